package auth

import (
	"context"
	"slices"

	"coffre/chain"
	"coffre/store"
)

const (
	methodGuest      = "guest"
	methodBreakGlass = "break-glass"
)

// admit completes a session that is about to be stored: when it ends at the
// latest, and whether its person was ever seen at its place before.
func (s *Service) admit(tx *store.Tx, t *store.Tenant, rec *store.Session) error {
	most := s.lasting(&tx.View)
	rec.Expires = rec.Created.Add(most.session)
	if rec.Method == methodBreakGlass {
		rec.Expires = rec.Created.Add(BreakGlassLasts)
		return nil
	}
	tx.AfterCommit(func() { s.uses.setLasting(t.ID, most.session) })
	if rec.Method == methodGuest {
		return nil
	}
	isNew, err := tx.Arrive(rec.UserID, network(rec.Address), DeviceOf(rec.Agent).String())
	if isNew {
		tx.Event.Detail["new_place"] = true
	}
	return err
}

// Sessions lists the sessions of a person that are still good, the latest used
// first: one's own, or with users.admin somebody else's, everybody's for "".
func (s *Service) Sessions(t *store.Tenant, p store.Principal, userID string) ([]store.Session, error) {
	if err := Require(p, overSessions(p, userID)); err != nil {
		return nil, err
	}
	var most lasts
	out, err := view(t, func(v *store.View) ([]store.Session, error) {
		most = s.lasting(v)
		return v.SessionsOf(userID)
	})
	out = slices.DeleteFunc(out, func(r store.Session) bool { return s.over(r, "", most) != "" })
	slices.SortFunc(out, func(a, b store.Session) int { return b.Seen.Compare(a.Seen) })
	return out, err
}

func overSessions(p store.Principal, userID string) Action {
	if userID == p.UserID && userID != "" {
		return ProfileOwn
	}
	return UsersAdmin
}

// EndSession ends one session of a person at once, one's own or with users.admin
// anybody's. Errors: Denied "not-allowed", NotFound.
func (s *Service) EndSession(ctx context.Context, t *store.Tenant, p store.Principal, userID, id, request string) error {
	if err := Require(p, overSessions(p, userID)); err != nil {
		return err
	}
	digest := ""
	ev := chain.Event{
		Action: chain.AuthSignOut, Object: chain.Object{Kind: "user", ID: userID}, Session: p.Session, Request: request,
		Detail: chain.Detail{"reason": "ended", "ended": id},
	}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *store.Tx) (err error) {
		var rec store.Session
		if rec, digest, err = tx.EndSession(id); err == nil && rec.UserID != userID {
			return store.Fail(store.NotFound, "not-found")
		}
		return err
	})
	if err == nil {
		s.uses.forget(t.ID, digest)
	}
	return err
}

// EndSessions ends all sessions of a person but p's own, and tells how many.
// Errors: Denied "not-allowed", NotFound.
func (s *Service) EndSessions(ctx context.Context, t *store.Tenant, p store.Principal, userID, request string) (n int, err error) {
	if err := Require(p, overSessions(p, userID)); err != nil {
		return 0, err
	}
	ev := chain.Event{
		Action: chain.AuthSignOut, Object: chain.Object{Kind: "user", ID: userID}, Session: p.Session, Request: request,
		Detail: chain.Detail{"reason": "ended"},
	}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		if _, err := tx.User(userID); err != nil {
			return err
		}
		n, err = tx.EndSessionsOf(userID, p.Session)
		tx.Event.Detail["count"] = n
		return err
	})
	return n, err
}

// Strangers are the places from where somebody signed in for the first time and
// which they have not called their own yet, but the one where p is.
func (s *Service) Strangers(t *store.Tenant, p store.Principal) ([]store.Place, error) {
	if p.UserID == "" || p.Session == "" {
		return nil, nil
	}
	return view(t, func(v *store.View) (out []store.Place, err error) {
		u, err := v.User(p.UserID)
		if err != nil || !slices.ContainsFunc(u.Places, func(o store.Place) bool { return o.Strange }) {
			return nil, err
		}
		own, err := v.SessionsOf(p.UserID)
		for _, place := range u.Places {
			here := slices.ContainsFunc(own, func(r store.Session) bool {
				return r.ID == p.Session && network(r.Address) == place.Address && DeviceOf(r.Agent).String() == place.Device
			})
			if place.Strange && !here {
				out = append(out, place)
			}
		}
		return out, err
	})
}

// KnowPlaces ends the notice about places: the person says that they are theirs.
func (s *Service) KnowPlaces(ctx context.Context, t *store.Tenant, p store.Principal, request string) error {
	if err := Require(p, ProfileOwn); err != nil {
		return err
	}
	ev := chain.Event{Action: chain.UserUpdate, Session: p.Session, Request: request, Detail: chain.Detail{"changed": []string{"places"}}}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		_, err := tx.KnowPlaces(p.UserID)
		return err
	})
	return err
}
