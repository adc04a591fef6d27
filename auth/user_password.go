package auth

import (
	"context"
	"crypto/rand"
	"math/big"
	"strings"

	"coffre/chain"
	"coffre/store"
)

// PasswordChange sets a new password. A person who changes their own gives the
// old one; Keep is the cookie's token of the session that goes on.
type PasswordChange struct {
	UserID                  string
	Old, New                string
	Keep                    string
	MustChange              bool // somebody else's must be replaced at the next sign-in
	Address, Agent, Request string
}

// SetPassword changes a password and ends the account's other sessions in the
// same commit. One's own needs the old one, which is throttled like a sign-in;
// somebody else's needs users.admin and an account that isn't guarded
// (store.View.Guarded), for the operator too. Errors: Denied "not-allowed",
// "bad-credentials"; RateLimited "rate-limited"; NotFound; Conflict "password-two";
// those of CheckPassword.
func (s *Service) SetPassword(ctx context.Context, t *store.Tenant, p store.Principal, c PasswordChange) error {
	own := c.UserID == p.UserID && c.UserID != ""
	need := UsersAdmin
	if own {
		need = ProfileOwn
	}
	if err := Require(p, need); err != nil {
		return err
	}
	u, err := view(t, func(v *store.View) (store.User, error) { return v.User(c.UserID) })
	if err != nil {
		return err
	}
	if u.Source == Directory {
		return store.Fail(store.Conflict, "account-elsewhere")
	}
	if err := CheckPassword(c.New, u.Login, u.Name); err != nil {
		return err
	}
	if own && !p.All {
		in := SignIn{Login: u.Login, Password: c.Old, Address: c.Address, Agent: c.Agent, Request: c.Request}
		if u, _, err = s.check(ctx, t, in, c.UserID); err != nil {
			return err
		}
	}
	stored, err := s.hashes(t).hash(ctx, c.New)
	if err != nil {
		return err
	}
	ev := chain.Event{Action: chain.UserPassword, Session: p.Session, Request: c.Request, Detail: chain.Detail{"own": own}}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		if !own {
			if err := notGuarded(tx, u.ID); err != nil {
				return err
			}
			if err := tx.PutAlert(store.Alert{UserID: u.ID, What: chain.UserPassword, By: p.UserID}); err != nil {
				return err
			}
		}
		return s.replacePassword(tx, t, u, stored, c.Keep, c.MustChange && !own)
	})
	return err
}

// notGuarded refuses to give somebody else's guarded account a password.
func notGuarded(tx *store.Tx, userID string) error {
	u, err := tx.User(userID)
	if err != nil {
		return err
	}
	guarded, err := tx.Guarded(u)
	if err == nil && guarded {
		err = store.Fail(store.Conflict, "password-two")
	}
	return err
}

func (s *Service) replacePassword(tx *store.Tx, t *store.Tenant, u store.User, stored, keep string, mustChange bool) error {
	now, err := tx.User(u.ID)
	if err != nil {
		return err
	}
	if now.Password != u.Password {
		return store.Fail(store.Conflict, "changed-meanwhile")
	}
	now.Password, now.PasswordAt, now.MustChange = stored, s.now().UTC(), mustChange
	if err := tx.UpdateUser(now); err != nil {
		return err
	}
	kept := store.Session{}
	digest, ok := digestFor(t, keep)
	if ok {
		kept, err = tx.Session(digest)
		ok = err == nil && kept.UserID == u.ID
	}
	if err := tx.DeleteSessionsOf(u.ID); err != nil || !ok {
		return err
	}
	return tx.PutSession(digest, kept)
}

// letters are easy to tell apart in print and to type on any keyboard.
const letters = "abcdefghijkmnpqrstuvwxyz23456789"

// NewPassword draws a password to hand over: four groups of five characters,
// 100 bits.
func NewPassword() string {
	var b strings.Builder
	for i := range 20 {
		if i > 0 && i%5 == 0 {
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
