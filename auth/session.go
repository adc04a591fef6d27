package auth

import (
	"context"
	"time"

	"coffre/chain"
	"coffre/store"
)

// Session resolves a cookie's token to who asks now, with the role and groups of
// this moment. Error: Denied "signed-out", whatever the reason: no such session,
// another tenant's, expired, idle for too long, account disabled or gone.
func (s *Service) Session(ctx context.Context, t *store.Tenant, token string) (store.Principal, error) {
	digest, ok := digestFor(t, token)
	if !ok {
		return store.Principal{}, signedOut()
	}
	var rec store.Session
	var most lasts
	var tooWeak bool
	p, err := view(t, func(v *store.View) (p store.Principal, err error) {
		if rec, err = v.Session(digest); err != nil {
			return p, err
		}
		most = s.lasting(v)
		if tooWeak, err = weak(v, rec); err != nil {
			return p, err
		}
		return v.Principal(rec.UserID, store.Person(rec.UserID))
	})
	if store.IsNotFound(err) {
		return store.Principal{}, signedOut()
	}
	if err != nil {
		return store.Principal{}, err
	}
	why := s.over(rec, digest, most)
	if why == "" && tooWeak {
		why = endedHardened
	}
	if why != "" {
		s.end(ctx, t, digest, rec, why)
		return store.Principal{}, signedOut()
	}
	s.touch(t.ID, digest)
	p.Session, p.Fresh, p.Needs = rec.ID, rec.Fresh, rec.Needs
	return p, nil
}

// SignOut ends a session. A token that is not valid any more is no error.
func (s *Service) SignOut(ctx context.Context, t *store.Tenant, token string) error {
	digest, ok := digestFor(t, token)
	if !ok {
		return nil
	}
	rec, err := view(t, func(v *store.View) (store.Session, error) { return v.Session(digest) })
	if store.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.end(ctx, t, digest, rec, "")
}

// end deletes a session with its entry: by its user, or by the box where reason
// says why.
func (s *Service) end(ctx context.Context, t *store.Tenant, digest string, rec store.Session, reason string) error {
	ev := chain.Event{Action: chain.AuthSignOut, Object: chain.Object{Kind: "user", ID: rec.UserID}, Session: rec.ID}
	by := store.Person(rec.UserID)
	if reason != "" {
		ev.Detail = chain.Detail{"reason": reason}
		by = store.System("auth")
	}
	_, err := t.Update(context.WithoutCancel(ctx), by, ev, func(tx *store.Tx) error {
		if _, err := tx.Session(digest); err != nil {
			return err
		}
		return tx.DeleteSession(digest)
	})
	if err != nil && !store.IsNotFound(err) {
		s.log.Error("session not ended", "tenant", t.ID, "session", rec.ID, "err", err)
		return err
	}
	s.uses.forget(t.ID, digest)
	return nil
}

func digestFor(t *store.Tenant, token string) (string, bool) {
	tenant, secret, ok := ParseCookie(token)
	return store.TokenDigest(secret), ok && tenant == t.ID
}

// over says why a session is not valid any more although it is stored: "idle",
// "expired", or "" for one that is. The firm's limits of this moment count, so
// that a shorter one holds at once.
func (s *Service) over(rec store.Session, digest string, most lasts) string {
	now := s.now()
	last := rec.Seen
	if at, ok := s.uses.session(digest); ok && at.After(last) {
		last = at
	}
	switch {
	case !now.Before(rec.Created.Add(most.session)) && rec.Method != methodBreakGlass:
		return "expired"
	case !last.IsZero() && now.Sub(last) > most.idle:
		return "idle"
	case last.IsZero() && now.Sub(rec.Created) > most.idle: // from before uses were kept
		return "idle"
	}
	return ""
}

// touch notes a request.
func (s *Service) touch(tenant, digest string) { s.uses.noteSession(tenant, digest, s.now()) }

// moved puts a session under a new token in the same commit.
func moved(tx *store.Tx, digest string, rec store.Session, secret string) error {
	if err := tx.DeleteSession(digest); err != nil {
		return err
	}
	return tx.PutSession(store.TokenDigest(secret), rec)
}

// hasMoved follows a token that was replaced once that is durable.
func (s *Service) hasMoved(t *store.Tenant, digest, secret string) string {
	s.uses.forget(t.ID, digest)
	s.touch(t.ID, store.TokenDigest(secret))
	return cookieToken(t.ID, secret)
}

// lasts are how long sessions last.
type lasts struct{ session, idle time.Duration }
