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
	p, err := view(t, func(v *store.View) (p store.Principal, err error) {
		if rec, err = v.Session(digest); err != nil {
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
	if s.idle(digest) {
		s.end(ctx, t, digest, rec, "idle")
		return store.Principal{}, signedOut()
	}
	s.touch(digest)
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
	s.mu.Lock()
	delete(s.seen, digest)
	s.mu.Unlock()
	return nil
}

func digestFor(t *store.Tenant, token string) (string, bool) {
	tenant, secret, ok := ParseCookie(token)
	return store.TokenDigest(secret), ok && tenant == t.ID
}

// idle tells whether a session's last request is too long ago. A session that
// this process hasn't seen yet starts its idle time now.
func (s *Service) idle(digest string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.seen[digest]
	return ok && s.now().Sub(last) > s.opts.IdleFor
}

// touch notes a request. Sessions that have ended otherwise are forgotten once
// none of their requests can come any more, so seen stays as small as the number
// of sign-ins within SessionFor.
func (s *Service) touch(digest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.seen[digest] = now
	if now.Sub(s.swept) < time.Hour {
		return
	}
	s.swept = now
	for d, last := range s.seen {
		if now.Sub(last) > s.opts.SessionFor {
			delete(s.seen, d)
		}
	}
}
