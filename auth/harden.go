package auth

import (
	"context"
	"slices"
	"time"

	"coffre/chain"
	"coffre/store"
)

// endedHardened is why a session ended that had shown too little for hardened mode.
const endedHardened = "hardened"

// weak tells whether a session was opened with less than hardened mode asks of its
// person now. One that still lacks steps of its sign-in is asked for them there; a
// provider's word counts where it was examined under the mode; what break-glass
// opens is sealed on paper and for an hour.
func weak(v *store.View, rec store.Session) (bool, error) {
	h := v.Hardened()
	switch {
	case !h.On || len(rec.Needs) > 0 || rec.Method == methodBreakGlass:
		return false, nil
	case rec.Method == methodGuest:
		return true, nil
	}
	u, err := v.User(rec.UserID)
	if err != nil {
		return false, err
	}
	w, err := want(v, u)
	if err != nil {
		return false, err
	}
	shown := func(kinds ...string) bool {
		return slices.ContainsFunc(rec.Factors, func(f string) bool { return slices.Contains(kinds, f) })
	}
	switch {
	case shown(store.FactorKey):
		return false, nil
	case rec.Provider != "" && !rec.Created.Before(h.Since):
		return false, nil
	case w.keyOnly:
		return true, nil
	}
	return !shown(store.FactorTOTP, store.FactorRecovery), nil
}

// Hardening is the act of switching hardened mode on, or of planning it.
type Hardening struct {
	Disk    string    // store.DiskEncrypted or DiskAttested
	Reason  string    // of who attests the disk; sealed in the entry
	At      time.Time // a plan; zero: now
	Request string
}

// Harden switches hardened mode on, or plans it. Errors: Denied "not-allowed";
// Conflict "hardened-on", "hardened-no-key" where the acting administrator, or for
// the operator every one, has no security key or passkey and would be locked out;
// Invalid "hardened-when".
func (s *Service) Harden(ctx context.Context, t *store.Tenant, p store.Principal, in Hardening) error {
	if err := Require(p, HardenedAdmin); err != nil {
		return err
	}
	action := chain.HardenedOn
	if !in.At.IsZero() {
		action = chain.HardenedPlan
	}
	ev := chain.Event{Action: action, Session: p.Session, Request: in.Request}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		able, err := tx.KeyAdmins()
		if err != nil {
			return err
		}
		if len(able) == 0 || p.UserID != "" && !slices.Contains(able, p.UserID) {
			return store.Fail(store.Conflict, "hardened-no-key")
		}
		if !in.At.IsZero() {
			return tx.PlanHardened(in.At, in.Disk, in.Reason)
		}
		return tx.Harden(in.Disk, in.Reason)
	})
	return err
}

// DropHardening takes a plan back. Errors: Denied "not-allowed"; Conflict
// "hardened-on", "hardened-no-plan".
func (s *Service) DropHardening(ctx context.Context, t *store.Tenant, p store.Principal, request string) error {
	if err := Require(p, HardenedAdmin); err != nil {
		return err
	}
	ev := chain.Event{Action: chain.HardenedPlan, Session: p.Session, Request: request}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error { return tx.PlanHardened(time.Time{}, "", "") })
	return err
}

// HardenedEffect is what hardened mode changes for a firm's people and programs;
// once it is on, what is still to be done.
type HardenedEffect struct {
	NoFactor []store.User // have no second factor, and enrol at the next sign-in
	NoKey    []store.User // administrators and auditors without a key of their own
	Admins   []store.User // administrators who could go on
	Sessions int          // that end at once
	Keys     []HardenedKey
}

// HardenedKey is an API key that gets another end.
type HardenedKey struct {
	store.APIKeyRecord
	End time.Time // with the mode
	All bool      // it has no scopes
}

// HardenedEffectOf works out what the mode would change at a moment.
func (s *Service) HardenedEffectOf(v *store.View, at time.Time) (e HardenedEffect, err error) {
	us, err := v.Users()
	if err != nil {
		return e, err
	}
	able, err := v.KeyAdmins()
	if err != nil {
		return e, err
	}
	for _, u := range us {
		if u.Disabled || !u.Erased.IsZero() || u.Source == store.SourceBreakGlass {
			continue
		}
		if err := s.countHardened(v, u, &e); err != nil {
			return e, err
		}
		if slices.Contains(able, u.ID) {
			e.Admins = append(e.Admins, u)
		}
	}
	keys, err := v.APIKeys("")
	for _, k := range keys {
		end, changes := store.KeyEnd(k, at)
		if on := v.Hardened(); on.On {
			end, changes = k.Expires, k.Created.Before(on.Since)
		}
		if changes && !k.Revoked && (k.Expires.IsZero() || k.Expires.After(s.now())) {
			e.Keys = append(e.Keys, HardenedKey{k, end, k.Scopes == nil})
		}
	}
	return e, err
}

// LacksHardened tells whether somebody has to enrol something for hardened mode,
// and whether only a security key or passkey will do.
func (s *Service) LacksHardened(v *store.View, userID string) (lacks, keyOnly bool, err error) {
	h, err := hold(v, userID)
	if err != nil {
		return false, false, err
	}
	u, err := v.User(userID)
	if err != nil {
		return false, false, err
	}
	p, err := v.Principal(userID, store.Person(userID))
	if err != nil {
		return false, false, err
	}
	role := store.Strongest(store.Strongest(p.Role, u.Role), u.May)
	keyOnly = role == store.Admin || role == store.Auditor
	return !h.any() || keyOnly && len(h.keys) == 0, keyOnly, nil
}

func (s *Service) countHardened(v *store.View, u store.User, e *HardenedEffect) error {
	lacks, keyOnly, err := s.LacksHardened(v, u.ID)
	switch {
	case err != nil:
		return err
	case lacks && keyOnly:
		e.NoKey = append(e.NoKey, u)
	case lacks:
		e.NoFactor = append(e.NoFactor, u)
	}
	if v.Hardened().On {
		return nil
	}
	recs, err := v.SessionsOf(u.ID)
	most := s.lasting(v)
	for _, rec := range recs {
		if s.over(rec, "", most) != "" || rec.Method == methodBreakGlass || slices.Contains(rec.Factors, store.FactorKey) {
			continue
		}
		if keyOnly || rec.Provider != "" || !slices.Contains(rec.Factors, store.FactorTOTP) && !slices.Contains(rec.Factors, store.FactorRecovery) {
			e.Sessions++
		}
	}
	return err
}
