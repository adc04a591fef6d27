package store

import (
	"context"
	"errors"
	"slices"

	"coffre/chain"
)

// KeyAdmins are the ids of the accounts that could administer the firm in hardened
// mode: enabled, with that role or able to take it, and with a security key or
// passkey that isn't blocked.
func (v *View) KeyAdmins() (ids []string, err error) {
	us, err := v.Users()
	if err != nil {
		return nil, err
	}
	off := v.ElevationMode() == ElevationOff
	for _, u := range us {
		if u.Disabled || !u.Erased.IsZero() || u.Source == SourceBreakGlass {
			continue
		}
		role, err := v.roleOf(u)
		if err != nil {
			return nil, err
		}
		if role != Admin && (off || u.May != Admin) {
			continue
		}
		have, err := v.Factors(u.ID)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(have, func(f Factor) bool { return f.Kind == FactorKey && f.Blocked.IsZero() }) {
			ids = append(ids, u.ID)
		}
	}
	return ids, nil
}

// roleOf is an account's role, its groups' included.
func (v *View) roleOf(u User) (Role, error) {
	role := u.Role
	err := groups.each(v, nil, func(_ []byte, g Group) bool {
		if slices.Contains(g.Members, u.ID) {
			role = Strongest(role, g.Role)
		}
		return true
	})
	return role, err
}

// runHardened carries out a plan whose moment has come. Where nobody could
// administer the firm afterwards it keeps that, once, and waits.
func (t *Tenant) runHardened(ctx context.Context) error {
	due := false
	err := t.View(func(v *View) error {
		h := v.Hardened()
		due = !h.On && !h.Planned.IsZero() && !t.now().Before(h.Planned)
		return nil
	})
	if err != nil || !due {
		return err
	}
	ev := chain.Event{Action: chain.HardenedOn}
	_, err = t.Update(ctx, System("hardened"), ev, func(tx *Tx) error {
		able, err := tx.KeyAdmins()
		if err != nil {
			return err
		}
		h := tx.Hardened()
		if len(able) == 0 || h.On {
			return errNothing
		}
		return tx.Harden(h.Disk, "")
	})
	if err == nil {
		return t.wayFollower.call()
	}
	if !errors.Is(err, errNothing) {
		return err
	}
	ev = chain.Event{Action: chain.HardenedPlan, Outcome: chain.Failed}
	_, err = t.Update(ctx, System("hardened"), ev, func(tx *Tx) error {
		h := tx.Hardened()
		if h.On || !h.Late.IsZero() {
			return errNothing
		}
		return tx.lateHardened(h)
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}
