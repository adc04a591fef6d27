package auth

import (
	"context"

	"coffre/auth/factor"
	"coffre/chain"
	"coffre/store"
)

// SheetLow is how few recovery codes are left when a person is told so.
const SheetLow = 3

// NewSheet makes a sheet of recovery codes in place of the one before, and returns
// the codes, which exist nowhere else. Errors: Denied "not-allowed",
// "step-needed"; Conflict "factor-first" where there is no factor that a sheet
// could stand in for.
func (s *Service) NewSheet(ctx context.Context, t *store.Tenant, p store.Principal, request string) (codes []string, err error) {
	if err := mayAdd(p); err != nil {
		return nil, err
	}
	ev := chain.Event{Action: chain.FactorAdd, Session: p.Session, Request: request}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		h, err := hold(&tx.View, p.UserID)
		if err != nil {
			return err
		}
		if !h.any() {
			return store.Fail(store.Conflict, "factor-first")
		}
		for _, old := range h.sheet {
			if err := tx.DeleteFactor(p.UserID, old.ID); err != nil {
				return err
			}
		}
		var sheet factor.Sheet
		codes, sheet = factor.NewSheet()
		f := store.Factor{UserID: p.UserID, Kind: store.FactorRecovery}
		if err := setState(&f, sheet); err != nil {
			return err
		}
		return addFactor(tx, f)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// HasSheet tells whether an account has recovery codes.
func (s *Service) HasSheet(t *store.Tenant, userID string) (bool, error) {
	h, err := view(t, func(v *store.View) (held, error) { return hold(v, userID) })
	return len(h.sheet) > 0, err
}

// Enrolled ends the step that asks for a new factor, once there is one: the factor
// that has just been registered is one that was shown. Errors: those of Satisfy;
// Conflict "factor-first" where what the firm asks for is still missing.
func (s *Service) Enrolled(ctx context.Context, t *store.Tenant, token, kind string) (fresh string, err error) {
	return s.Satisfy(ctx, t, token, StepEnroll, kind, func(tx *store.Tx) error {
		digest, _ := digestFor(t, token)
		rec, err := tx.Session(digest)
		if err != nil {
			return err
		}
		u, err := tx.User(rec.UserID)
		if err != nil {
			return err
		}
		h, err := hold(&tx.View, u.ID)
		if err != nil {
			return err
		}
		w, err := want(&tx.View, u)
		if err != nil {
			return err
		}
		if !h.any() || w.keyOnly && len(h.keys) == 0 {
			return store.Fail(store.Conflict, "factor-first")
		}
		return nil
	})
}
