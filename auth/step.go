package auth

import (
	"context"
	"slices"
	"strconv"
	"time"

	"coffre/chain"
	"coffre/store"
)

// The steps that a sign-in may still need once somebody has shown who they are.
// The page of a step is /signin/ and its name.
const (
	StepFactor   = "factor"   // show a second factor
	StepEnroll   = "enroll"   // register one
	StepPassword = "password" // replace the password
)

// SettingFresh is for how many minutes a proof of presence opens dangerous acts.
const SettingFresh = "auth.fresh_minutes"

// Bounds of SettingFresh and its default, in minutes.
const (
	FreshLeast   = 1
	FreshMost    = 60
	FreshDefault = 10
)

// needs are the steps that a session which begins with pr lacks, in their order.
// A second factor comes before a new password, so that whoever only has the
// password that an administrator gave can't replace it.
func (s *Service) needs(v *store.View, u store.User, pr proof) (steps []string, err error) {
	if steps, err = s.factorSteps(v, u, pr); err != nil {
		return nil, err
	}
	if u.MustChange && pr.method == "password" {
		at := 0
		if len(steps) > 0 && steps[0] == StepFactor {
			at = 1
		}
		steps = slices.Insert(steps, at, StepPassword)
	}
	return steps, nil
}

// Satisfy ends a step of a session, or, with step "", proves presence anew: the
// token is replaced and the old one is worth nothing from then on. factor is what
// was shown, "" where the step shows none. also, where not nil, writes in the same
// commit. Errors: Denied "signed-out"; Conflict "step-done" where the session
// doesn't lack the step.
func (s *Service) Satisfy(ctx context.Context, t *store.Tenant, token, step, factor string, also func(*store.Tx) error) (fresh string, err error) {
	digest, ok := digestFor(t, token)
	if !ok {
		return "", signedOut()
	}
	rec, err := view(t, func(v *store.View) (store.Session, error) { return v.Session(digest) })
	if store.IsNotFound(err) {
		return "", signedOut()
	}
	if err != nil {
		return "", err
	}
	secret := store.NewToken()
	ev := chain.Event{Action: chain.AuthStep, Object: chain.Object{Kind: "user", ID: rec.UserID}, Session: rec.ID, Detail: chain.Detail{"step": orPresence(step)}}
	if factor != "" {
		ev.Detail["factor"] = factor
	}
	_, err = t.Update(ctx, store.Person(rec.UserID), ev, func(tx *store.Tx) error {
		now, err := tx.Session(digest)
		if store.IsNotFound(err) {
			return signedOut()
		}
		if err != nil {
			return err
		}
		if step != "" && !slices.Contains(now.Needs, step) {
			return store.Fail(store.Conflict, "step-done")
		}
		now.Needs = slices.DeleteFunc(now.Needs, func(n string) bool { return n == step })
		now.Fresh = s.now().UTC()
		if factor != "" && !slices.Contains(now.Factors, factor) {
			now.Factors = append(now.Factors, factor)
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		return moved(tx, digest, now, secret)
	})
	if err != nil {
		return "", err
	}
	return s.hasMoved(t, digest, secret), nil
}

func orPresence(step string) string {
	if step == "" {
		return "presence"
	}
	return step
}

// Present tells whether p may do what needs a recent proof of presence: the
// operator and API keys always, whose keys were made by somebody present; a person
// for the minutes of SettingFresh.
func (s *Service) Present(t *store.Tenant, p store.Principal) bool {
	if p.All || p.Session == "" {
		return true
	}
	minutes, err := view(t, func(v *store.View) (int, error) {
		return strconv.Atoi(v.Setting(SettingFresh, strconv.Itoa(FreshDefault)))
	})
	if err != nil {
		minutes = FreshDefault
	}
	age := s.now().Sub(p.Fresh)
	return age >= 0 && age <= time.Duration(minutes)*time.Minute
}

// Dangerous tells whether an action needs a recent proof of presence.
func Dangerous(a Action) bool {
	return slices.ContainsFunc(rules, func(r Rule) bool { return r.Action == a && r.Danger })
}
