package auth

import (
	"context"
	"errors"
	"slices"

	"coffre/auth/factor"
	"coffre/chain"
	"coffre/store"
)

// Prove checks what somebody shows, ends the step of their session, or with step
// "" proves presence anew, and returns the session's new token. left is how many
// recovery codes are left where one was used, else -1. Errors: Denied "signed-out",
// "factor-wrong", "bad-credentials", "factor-key-needed"; RateLimited; Conflict
// "step-done"; that of store.Root.MasterError while no code of an app can be
// checked.
func (s *Service) Prove(ctx context.Context, t *store.Tenant, token, step string, in Shown) (fresh string, left int, err error) {
	rec, u, err := s.sessionOf(t, token)
	if err != nil {
		return "", -1, err
	}
	if step != "" && !slices.Contains(rec.Needs, step) {
		return "", -1, store.Fail(store.Conflict, "step-done")
	}
	left = -1
	switch {
	case len(in.Answer) > 0:
		fresh, err = s.proveKey(ctx, t, token, step, rec, u, in)
	case in.Code != "" && factor.LooksLikeRecovery(in.Code):
		fresh, left, err = s.proveRecovery(ctx, t, token, step, u, in)
	case in.Code != "":
		fresh, err = s.proveApp(ctx, t, token, step, u, in)
	case step == "" && in.Password != "":
		if _, _, err = s.check(ctx, t, SignIn{Login: u.Login, Password: in.Password, Address: in.Address, Agent: in.Agent, Request: in.Request}, u.ID); err == nil {
			fresh, err = s.Satisfy(ctx, t, token, step, "password", nil)
		}
	default:
		err = wrongFactor()
	}
	return fresh, left, err
}

func wrongFactor() *store.Error { return store.Fail(store.Denied, "factor-wrong") }

func (s *Service) sessionOf(t *store.Tenant, token string) (rec store.Session, u store.User, err error) {
	digest, ok := digestFor(t, token)
	if !ok {
		return rec, u, signedOut()
	}
	err = t.View(func(v *store.View) (err error) {
		if rec, err = v.Session(digest); err == nil {
			u, err = v.User(rec.UserID)
		}
		return err
	})
	if store.IsNotFound(err) || err == nil && u.Disabled {
		return rec, u, signedOut()
	}
	return rec, u, err
}

// proveApp checks six digits against the person's apps. The step that they belong
// to is stored in the commit that counts them, so that they hold once.
func (s *Service) proveApp(ctx context.Context, t *store.Tenant, token, step string, u store.User, in Shown) (fresh string, err error) {
	err = s.guess(ctx, t, u, in, func() (string, error) {
		var h held
		var w wanted
		var secrets [][]byte
		err := t.View(func(v *store.View) (err error) {
			if h, err = hold(v, u.ID); err != nil {
				return err
			}
			if w, err = want(v, u); err != nil {
				return err
			}
			for _, f := range h.codes {
				secret, err := v.OpenFactor(f)
				if err != nil {
					return err
				}
				secrets = append(secrets, secret)
			}
			return nil
		})
		switch {
		case err != nil:
			return "", err
		case len(h.codes) == 0:
			return reasonNoFactor, wrongFactor()
		case w.keyOnly && len(h.keys) > 0:
			return reasonKeyOnly, store.Fail(store.Denied, "factor-key-needed")
		}
		for i, f := range h.codes {
			fresh, err = s.acceptCode(ctx, t, token, step, f, secrets[i], in.Code)
			if !errors.Is(err, errNotThis) {
				return "", err
			}
		}
		return reasonCode, wrongFactor()
	})
	return fresh, err
}

var (
	errNotThis = errors.New("not this factor")
	errKeyOnly = errors.New("only a key will do")
)

func (s *Service) acceptCode(ctx context.Context, t *store.Tenant, token, step string, f store.Factor, secret []byte, code string) (string, error) {
	if _, ok := factor.CheckTOTP(secret, code, s.now(), 0); !ok {
		return "", errNotThis
	}
	return s.Satisfy(ctx, t, token, step, store.FactorTOTP, func(tx *store.Tx) error {
		f, err := tx.Factor(f.UserID, f.ID)
		if err != nil {
			return errNotThis
		}
		was, err := stateOf[codeState](f)
		if err != nil {
			return err
		}
		at, ok := factor.CheckTOTP(secret, code, s.now(), was.Step)
		if !ok {
			return errNotThis // shown before
		}
		f.Used = s.now().UTC()
		if err := setState(&f, codeState{Step: at}); err != nil {
			return err
		}
		_, err = tx.PutFactor(f)
		return err
	})
}

// proveRecovery takes a code off the person's sheet. They are told at their next
// page, since nobody uses one without need.
func (s *Service) proveRecovery(ctx context.Context, t *store.Tenant, token, step string, u store.User, in Shown) (fresh string, left int, err error) {
	left = -1
	err = s.guess(ctx, t, u, in, func() (string, error) {
		fresh, err = s.Satisfy(ctx, t, token, step, store.FactorRecovery, func(tx *store.Tx) error {
			h, err := hold(&tx.View, u.ID)
			if err != nil {
				return err
			}
			w, err := want(&tx.View, u)
			if err != nil {
				return err
			}
			if w.strict && w.keyOnly && len(h.keys) > 0 {
				return errKeyOnly
			}
			for _, f := range h.sheet {
				sheet, err := stateOf[factor.Sheet](f)
				if err != nil {
					return err
				}
				rest, ok := sheet.Use(in.Code)
				if !ok {
					continue
				}
				left, f.Used = len(rest.Digests), s.now().UTC()
				if err := setState(&f, rest); err != nil {
					return err
				}
				if err := tx.PutAlert(store.Alert{UserID: u.ID, What: chain.AuthStep, Kind: store.FactorRecovery}); err != nil {
					return err
				}
				_, err = tx.PutFactor(f)
				return err
			}
			return errNotThis
		})
		switch {
		case errors.Is(err, errNotThis):
			return reasonRecovery, wrongFactor()
		case errors.Is(err, errKeyOnly):
			return reasonKeyOnly, store.Fail(store.Denied, "factor-key-needed")
		}
		return "", err
	})
	return fresh, left, err
}
