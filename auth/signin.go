package auth

import (
	"context"
	"strconv"
	"time"

	"coffre/chain"
	"coffre/store"
)

// SignIn is what somebody sends to sign in. Address is an IP address, with or
// without a port; Agent is the browser's User-Agent; Request the request's id.
type SignIn struct {
	Login, Password         string
	Address, Agent, Request string
	// Again asks a provider to have the person prove their presence anew, even if
	// they are signed in there.
	Again bool
}

// proof is what a way of signing in has shown about somebody.
type proof struct {
	user          store.User
	method        string                // password, directory, oidc, saml, passkey, guest, break-glass
	provider, sid string                // who vouched, and its own name for the session
	factors       []string              // password, totp, webauthn, recovery
	replace       string                // PHC string that replaces the stored one, if any
	also          func(*store.Tx) error // writes in the commit that opens the session, where not nil
	there         shownThere            // what the provider that vouched has shown
	present       time.Time             // when presence was proven there; a sign-in here proves it now
}

// SignIn checks a password and opens a session: it returns the cookie's token
// and who has signed in. Errors: Denied "bad-credentials", the same for a wrong
// password, an unknown login and a disabled account; RateLimited "rate-limited"
// with param seconds, before anything is hashed; Unavailable "busy".
func (s *Service) SignIn(ctx context.Context, t *store.Tenant, in SignIn) (token string, p store.Principal, err error) {
	in.Login = cleanLogin(in.Login)
	if away, err := s.elsewhere(t, in.Login); err != nil {
		return "", p, err
	} else if away {
		pr, err := s.atDirectory(ctx, t, in, "")
		if err != nil {
			return "", p, err
		}
		return s.open(ctx, t, pr, in)
	}
	u, replace, err := s.check(ctx, t, in, "")
	if err != nil {
		return "", p, err
	}
	return s.open(ctx, t, proof{user: u, method: "password", factors: []string{"password"}, replace: replace}, in)
}

// check is the one place that compares a password. userID, where not empty, is
// the account that must be meant. It returns the account and the PHC string that
// should replace the stored one, if any.
func (s *Service) check(ctx context.Context, t *store.Tenant, in SignIn, userID string) (u store.User, replace string, err error) {
	u, err = view(t, func(v *store.View) (store.User, error) {
		if userID != "" {
			return v.User(userID)
		}
		return v.UserByLogin(in.Login)
	})
	if err != nil && !store.IsNotFound(err) {
		return u, "", err
	}
	if userID != "" && u.Source == Directory {
		pr, err := s.atDirectory(ctx, t, in, userID)
		return pr.user, "", err
	}
	x := failure{userID: u.ID, login: in.Login, address: in.Address, request: in.Request}
	end, wait := s.throttle.begin(t.ID, in.Login, in.Address)
	if wait > 0 {
		x.reason = reasonThrottle
		s.failures.note(ctx, t, x)
		return u, "", rateLimited(wait)
	}
	ended := unknown
	defer func() { end(ended) }()
	ok := false
	if len(in.Password) <= MaxPasswordBytes {
		if ok, replace, err = s.hashes(t).verify(ctx, u.Password, in.Password); err != nil {
			return u, "", err
		}
	}
	switch {
	case u.ID == "":
		x.reason = reasonUnknown
	case u.Disabled:
		x.reason = reasonDisabled
	case !ok:
		x.reason = reasonPassword
	default:
		ended = succeeded
		return u, replace, nil
	}
	ended = failed
	s.failures.note(ctx, t, x)
	return u, "", badCredentials()
}

func badCredentials() error { return store.Fail(store.Denied, "bad-credentials") }

func rateLimited(wait time.Duration) error {
	return store.Fail(store.RateLimited, "rate-limited", "seconds", strconv.Itoa(seconds(wait)))
}

// open is where every way of signing in ends: it stores a session with the steps
// that it still needs, unless the account changed in the meantime.
func (s *Service) open(ctx context.Context, t *store.Tenant, pr proof, in SignIn) (token string, p store.Principal, err error) {
	u, secret, now := pr.user, store.NewToken(), s.now().UTC()
	rec := store.Session{
		ID: store.NewID(), UserID: u.ID, Created: now, Seen: now.Truncate(time.Minute), Fresh: now,
		Agent: printable(in.Agent, 200), Address: printable(in.Address, 64),
		Method: pr.method, Provider: pr.provider, Sid: pr.sid, Factors: pr.factors,
	}
	if pr.method == store.ProviderKindOIDC || pr.method == store.ProviderKindSAML {
		rec.Fresh = pr.present
	}
	ev := chain.Event{
		Action: chain.AuthSignIn, Object: chain.Object{Kind: "user", ID: u.ID}, Session: rec.ID, Request: in.Request,
		Detail:  chain.Detail{"method": pr.method},
		Private: chain.Detail{"address": printable(in.Address, 64), "agent": rec.Agent},
	}
	by := store.Person(u.ID)
	_, err = t.Update(ctx, by, ev, func(tx *store.Tx) error {
		now, err := tx.User(u.ID)
		if err != nil || now.Disabled || now.Password != u.Password {
			return badCredentials()
		}
		if pr.replace != "" {
			now.Password = pr.replace
			tx.Event.Detail["rehashed"] = true
			if err := tx.UpdateUser(now); err != nil {
				return err
			}
		}
		if pr.also != nil {
			if err := pr.also(tx); err != nil {
				return err
			}
		}
		if rec.Needs, err = s.needs(&tx.View, now, pr); err != nil {
			return err
		}
		pr.tell(tx.Event, rec.Needs)
		if p, err = tx.Principal(u.ID, by); err != nil {
			return err
		}
		if err := s.admit(tx, t, &rec); err != nil {
			return err
		}
		return tx.PutSession(store.TokenDigest(secret), rec)
	})
	if store.AsError(err).Code == "bad-credentials" {
		s.failures.note(ctx, t, failure{userID: u.ID, login: in.Login, address: in.Address, reason: reasonChanged, request: in.Request})
	}
	if err != nil {
		return "", store.Principal{}, err
	}
	p.Session, p.Fresh, p.Needs = rec.ID, rec.Fresh, rec.Needs
	s.touch(t.ID, store.TokenDigest(secret))
	return cookieToken(t.ID, secret), p, nil
}

// tell says in the sign-in's entry who vouched, with what, and what is missing.
func (pr proof) tell(ev *chain.Event, needs []string) {
	if pr.provider != "" {
		ev.Detail["provider"] = pr.provider
	}
	if len(pr.factors) > 0 {
		ev.Detail["factors"] = pr.factors
	}
	if len(pr.there.said) > 0 {
		ev.Detail["said"] = pr.there.said
	}
	if pr.there.by != "" {
		ev.Detail["proof"] = pr.there.by
	}
	if len(needs) > 0 {
		ev.Detail["needs"] = needs
	}
}
