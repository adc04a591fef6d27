package auth

import (
	"context"

	"coffre/chain"
	"coffre/store"
)

// RemoveFactor takes one of p's own factors away; with the last one the recovery
// codes go too. Errors: Denied "not-allowed"; NotFound; Conflict "factor-last"
// where the firm asks for what would be missing then.
func (s *Service) RemoveFactor(ctx context.Context, t *store.Tenant, p store.Principal, id, request string) error {
	if err := Require(p, FactorsOwn); err != nil {
		return err
	}
	ev := chain.Event{Action: chain.FactorRemove, Session: p.Session, Request: request}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		f, err := tx.Factor(p.UserID, id)
		if err != nil {
			return err
		}
		if err := tx.DeleteFactor(p.UserID, id); err != nil {
			return err
		}
		tx.Event.Detail["factor"], tx.Event.Detail["kind"] = f.ID, f.Kind
		u, err := tx.User(p.UserID)
		if err != nil {
			return err
		}
		left, err := hold(&tx.View, u.ID)
		if err != nil {
			return err
		}
		w, err := want(&tx.View, u)
		if err != nil {
			return err
		}
		usable := f.Kind != store.FactorRecovery && f.Blocked.IsZero()
		if usable && (w.required && !left.any() || w.keyOnly && len(left.keys) == 0) {
			return store.Fail(store.Conflict, "factor-last")
		}
		if left.any() {
			return nil
		}
		for _, sheet := range left.sheet {
			if err := tx.DeleteFactor(p.UserID, sheet.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// RenameFactor gives one of p's own factors another name. Errors: Denied
// "not-allowed"; NotFound; Invalid "invalid-name".
func (s *Service) RenameFactor(ctx context.Context, t *store.Tenant, p store.Principal, id, name, request string) error {
	if err := Require(p, FactorsOwn); err != nil {
		return err
	}
	name, err := factorName(name)
	if err != nil {
		return err
	}
	ev := chain.Event{Action: chain.FactorRename, Session: p.Session, Request: request}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		f, err := tx.Factor(p.UserID, id)
		if err != nil {
			return err
		}
		f.Name = name
		return addFactor(tx, f)
	})
	return err
}

// Alerts are what a person has not acknowledged about their account.
func (s *Service) Alerts(t *store.Tenant, p store.Principal) ([]store.Alert, error) {
	return view(t, func(v *store.View) ([]store.Alert, error) { return v.Alerts(p.UserID) })
}

// ClearAlerts says that p has read them.
func (s *Service) ClearAlerts(ctx context.Context, t *store.Tenant, p store.Principal, request string) error {
	if err := Require(p, ProfileOwn); err != nil {
		return err
	}
	ev := chain.Event{Action: chain.UserNotice, Object: chain.Object{Kind: "user", ID: p.UserID}, Session: p.Session, Request: request}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		have, err := tx.Alerts(p.UserID)
		if err != nil {
			return err
		}
		if len(have) == 0 {
			return store.Fail(store.Conflict, "notice-read")
		}
		tx.Event.Detail["count"] = len(have)
		return tx.ClearAlerts(p.UserID)
	})
	return err
}
