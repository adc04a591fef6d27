package auth

import (
	"cmp"
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

	method string // how; a password where empty
}

// SignIn checks a password and opens a session: it returns the cookie's token
// and who has signed in. Errors: Denied "bad-credentials", the same for a wrong
// password, an unknown login and a disabled account; RateLimited "rate-limited"
// with param seconds, before anything is hashed; Unavailable "busy".
func (s *Service) SignIn(ctx context.Context, t *store.Tenant, in SignIn) (token string, p store.Principal, err error) {
	in.Login = cleanLogin(in.Login)
	u, replace, err := s.check(ctx, t, in, "")
	if err != nil {
		return "", p, err
	}
	return s.open(ctx, t, u, in, replace)
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
		if ok, replace, err = s.hash.verify(ctx, u.Password, in.Password); err != nil {
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

// open stores a session for an account whose password was right, unless the
// account changed while it was being hashed.
func (s *Service) open(ctx context.Context, t *store.Tenant, u store.User, in SignIn, replace string) (token string, p store.Principal, err error) {
	secret := store.NewToken()
	rec := store.Session{ID: store.NewID(), UserID: u.ID, Created: s.now().UTC(), Expires: s.now().UTC().Add(s.opts.SessionFor), Agent: printable(in.Agent, 200)}
	ev := chain.Event{
		Action: chain.AuthSignIn, Object: chain.Object{Kind: "user", ID: u.ID}, Session: rec.ID, Request: in.Request,
		Detail:  chain.Detail{"method": cmp.Or(in.method, "password")},
		Private: chain.Detail{"address": printable(in.Address, 64), "agent": rec.Agent},
	}
	by := store.Person(u.ID)
	_, err = t.Update(ctx, by, ev, func(tx *store.Tx) error {
		now, err := tx.User(u.ID)
		if err != nil || now.Disabled || now.Password != u.Password {
			return badCredentials()
		}
		if replace != "" {
			now.Password = replace
			tx.Event.Detail["rehashed"] = true
			if err := tx.UpdateUser(now); err != nil {
				return err
			}
		}
		if p, err = tx.Principal(u.ID, by); err != nil {
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
	p.Session = rec.ID
	s.touch(store.TokenDigest(secret))
	return cookieToken(t.ID, secret), p, nil
}
