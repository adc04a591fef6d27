package auth

import (
	"context"
	"crypto/rand"
	"math/big"
	"strings"

	"coffre/chain"
	"coffre/store"
)

// BreakGlassLasts is the longest session that the code on paper opens.
const BreakGlassLasts = store.BreakGlassFor

const (
	codeGroups = 6 // of codeGroup letters: 150 bits
	codeGroup  = 5
	// codeLogin is what guesses of the code are counted under: no login has it.
	codeLogin       = "\x00break-glass"
	reasonWrongCode = "wrong-code"
)

// newCode draws a code for paper.
func newCode() string {
	var b strings.Builder
	for i := range codeGroups * codeGroup {
		if i > 0 && i%codeGroup == 0 {
			b.WriteByte('-')
		}
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		if err != nil {
			panic(err) // crypto/rand never fails (since Go 1.24 it ends the program)
		}
		b.WriteByte(letters[n.Int64()])
	}
	return b.String()
}

// cleanCode drops what people add when they type a code from paper.
func cleanCode(code string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(letters, r) {
			return r
		}
		return -1
	}, strings.ToLower(code))
}

func codeDigest(code string) string { return store.TokenDigest("break-glass\x00" + cleanCode(code)) }

// SealCode draws a new emergency code and returns it: it is stored nowhere, and
// the one before is worth nothing from then on. Errors: Denied "not-allowed";
// Conflict "name-taken".
func (s *Service) SealCode(ctx context.Context, t *store.Tenant, p store.Principal, request string) (code string, err error) {
	if err := Require(p, ElevationAdmin); err != nil {
		return "", err
	}
	code = newCode()
	ev := chain.Event{Action: chain.ElevationSeal, Session: p.Session, Request: request}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		_, err := tx.PutSeal(codeDigest(code), p.UserID)
		return err
	})
	if err != nil {
		return "", err
	}
	return code, nil
}

// BreakGlass opens an administrator's session of BreakGlassLasts with the code on
// paper, which is used up by that. Guesses are throttled by address and together,
// and entered like failed sign-ins. Errors: Denied "bad-credentials", whatever is
// wrong; RateLimited "rate-limited".
func (s *Service) BreakGlass(ctx context.Context, t *store.Tenant, code string, in SignIn) (token string, err error) {
	x := failure{login: codeLogin, address: in.Address, request: in.Request}
	if len(cleanCode(code)) != codeGroups*codeGroup { // no code at all: it costs no guess
		x.reason = reasonWrongCode
		s.failures.note(ctx, t, x)
		return "", badCredentials()
	}
	end, wait := s.throttle.begin(t.ID, codeLogin, in.Address)
	if wait > 0 {
		x.reason = reasonThrottle
		s.failures.note(ctx, t, x)
		return "", rateLimited(wait)
	}
	ended := unknown
	defer func() { end(ended) }()
	seal, err := view(t, (*store.View).Seal)
	if err != nil && !store.IsNotFound(err) {
		return "", err
	}
	secret, now := store.NewToken(), s.now().UTC()
	rec := store.Session{
		ID: store.NewID(), UserID: seal.UserID, Created: now, Expires: now.Add(BreakGlassLasts), Seen: now, Fresh: now,
		Agent: printable(in.Agent, 200), Address: printable(in.Address, 64), Method: methodBreakGlass,
	}
	ev := chain.Event{
		Action: chain.ElevationBreak, Session: rec.ID, Request: in.Request,
		Private: chain.Detail{"address": rec.Address, "agent": rec.Agent},
	}
	if seal.UserID == "" {
		err = badCredentials()
	} else {
		_, err = t.Update(ctx, store.Person(seal.UserID), ev, func(tx *store.Tx) error {
			if _, _, err := tx.BreakSeal(codeDigest(code)); err != nil {
				return err
			}
			return tx.PutSession(store.TokenDigest(secret), rec)
		})
	}
	if store.AsError(err).Code == "bad-credentials" {
		x.reason = reasonWrongCode
		ended = failed
		s.failures.note(ctx, t, x)
		return "", badCredentials()
	}
	if err != nil {
		return "", err
	}
	ended = succeeded
	s.touch(t.ID, store.TokenDigest(secret))
	return cookieToken(t.ID, secret), nil
}
