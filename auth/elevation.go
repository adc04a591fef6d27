package auth

import (
	"context"
	"time"

	"coffre/chain"
	"coffre/store"
)

// TakeRole is a request for the role that a person may take for a time.
type TakeRole struct {
	Minutes  int
	Reason   string
	PaperKey string // recovery key of the emergency kit, where nobody else could approve
	Request  string
}

// RequestElevation asks for a role. Where the firm wants a reason only, it may
// begin at once. Errors: Denied "not-allowed", and those of
// store.Tx.RequestElevation.
func (s *Service) RequestElevation(ctx context.Context, t *store.Tenant, p store.Principal, r TakeRole) (e store.Elevation, err error) {
	if err := s.inPerson(p); err != nil {
		return e, err
	}
	ev := chain.Event{Action: chain.ElevationRequest, Session: p.Session, Request: r.Request}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		e, err = tx.RequestElevation(p.UserID, r.Minutes, r.Reason, r.PaperKey)
		return err
	})
	return e, err
}

// inPerson refuses keys and the command line: a role is taken by somebody who
// sits there.
func (s *Service) inPerson(p store.Principal) error {
	if err := Require(p, ElevationOwn); err != nil {
		return err
	}
	if p.UserID == "" || p.Session == "" {
		return store.Fail(store.Denied, "elevation-person")
	}
	return nil
}

// BeginElevation takes a role that was asked for, in the session of token, whose
// token is replaced: what somebody may have learned of the old one is worth
// nothing to them. Errors: Denied "not-allowed", "signed-out"; NotFound; and those
// of store.Tx.BeginElevation.
func (s *Service) BeginElevation(ctx context.Context, t *store.Tenant, p store.Principal, token, id, request string) (e store.Elevation, fresh string, err error) {
	if err := s.inPerson(p); err != nil {
		return e, "", err
	}
	ev := chain.Event{Action: chain.ElevationBegin, Session: p.Session, Request: request}
	fresh, err = s.rotate(ctx, t, p, token, ev, func(tx *store.Tx) error {
		e, err = tx.BeginElevation(p.UserID, id)
		return err
	})
	return e, fresh, err
}

// EndElevation gives a role back: one's own, or as somebody who decides about
// them anybody's. Where it is the one of the session of token, that is replaced;
// fresh is "" otherwise. Errors: NotFound; Conflict "elevation-over".
func (s *Service) EndElevation(ctx context.Context, t *store.Tenant, p store.Principal, token, id, request string) (e store.Elevation, fresh string, err error) {
	if err := Require(p, ElevationOwn); err != nil {
		return e, "", err
	}
	ev := chain.Event{Action: chain.ElevationEnd, Session: p.Session, Request: request}
	end := func(tx *store.Tx) error {
		e, err = tx.EndElevation(p, id)
		return err
	}
	own, err := view(t, func(v *store.View) (bool, error) {
		e, err := v.Elevation(id)
		return e.UserID == p.UserID && !e.Break, err
	})
	if err != nil {
		return e, "", err
	}
	if own && token != "" {
		fresh, err = s.rotate(ctx, t, p, token, ev, end)
		return e, fresh, err
	}
	_, err = t.Update(ctx, p.Actor, ev, end)
	return e, "", err
}

// DecideElevation approves or refuses somebody's request; one's own is taken back
// with a refusal. Errors: those of store.Tx.DecideElevation.
func (s *Service) DecideElevation(ctx context.Context, t *store.Tenant, p store.Principal, id string, approve bool, request string) (e store.Elevation, err error) {
	if err := Require(p, ElevationOwn); err != nil {
		return e, err
	}
	action := chain.ElevationRefuse
	if approve {
		action = chain.ElevationApprove
	}
	_, err = t.Update(ctx, p.Actor, chain.Event{Action: action, Session: p.Session, Request: request}, func(tx *store.Tx) error {
		e, err = tx.DecideElevation(p, id, approve)
		return err
	})
	return e, err
}

// rotate does an act that changes what a session may, and replaces its token in
// the same commit.
func (s *Service) rotate(ctx context.Context, t *store.Tenant, p store.Principal, token string, ev chain.Event, act func(*store.Tx) error) (fresh string, err error) {
	digest, ok := digestFor(t, token)
	if !ok {
		return "", signedOut()
	}
	secret := store.NewToken()
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		rec, err := tx.Session(digest)
		if store.IsNotFound(err) || err == nil && rec.ID != p.Session {
			return signedOut()
		}
		if err != nil {
			return err
		}
		if err := act(tx); err != nil {
			return err
		}
		return moved(tx, digest, rec, secret)
	})
	if err != nil {
		return "", err
	}
	return s.hasMoved(t, digest, secret), nil
}

const sweepsEvery = 15 * time.Second

// endElevations ends what is over, in every firm: the right itself has ended
// before, with the minute; this is its entry.
func (s *Service) endElevations(ctx context.Context, root *store.Root) {
	tick := time.NewTicker(sweepsEvery)
	defer tick.Stop()
	for {
		all, err := root.Tenants()
		if err != nil {
			s.log.Error("tenants can't be listed", "err", err)
		}
		for _, rec := range all {
			t, release, err := root.Acquire(rec.ID)
			if err == nil {
				err = t.SweepElevations(ctx)
				release()
			}
			if err != nil && ctx.Err() == nil {
				s.log.Error("roles taken for a time not ended", "tenant", rec.ID, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
