package store

import (
	"context"
	"errors"

	"coffre/chain"
)

// SweepElevations ends what is over, with its entry: roles whose time has passed,
// also where it passed while the box was off or the clock was set back; requests
// that nobody decided or began.
func (t *Tenant) SweepElevations(ctx context.Context) error {
	due := map[string]string{} // id: why
	err := t.View(func(v *View) error {
		all, err := v.Elevations()
		for _, e := range all {
			why, err := v.elevationOver(e)
			if err != nil {
				return err
			}
			if why != "" {
				due[e.ID] = why
			}
		}
		return err
	})
	for id, why := range due {
		err = errors.Join(err, t.finishElevation(ctx, id, why))
	}
	return err
}

// elevationOver says why an elevation has to end or lapse, "" where it hasn't.
func (v *View) elevationOver(e Elevation) (why string, err error) {
	now := v.t.now()
	switch e.State {
	case ElevationWaiting, ElevationApproved:
		if !now.Before(e.Lapses()) {
			return "lapsed", nil
		}
		return "", nil
	case ElevationRunning:
	default:
		return "", nil
	}
	u, err := v.User(e.UserID)
	if err != nil && !IsNotFound(err) {
		return "", err
	}
	switch {
	case err != nil || u.Disabled:
		return "account", nil
	case !now.Before(e.Until):
		return "time", nil
	case !e.runs(now):
		return "clock", nil
	case !e.Break && (u.May != e.Role || v.ElevationMode() == ElevationOff):
		return "setting", nil
	}
	// Along the entries a clock that was set back is seen.
	passed, err := v.countedSince(e.BegunSeq, now)
	if err == nil && passed >= e.For() {
		why = "time"
	}
	return why, err
}

func (t *Tenant) finishElevation(ctx context.Context, id, why string) error {
	action := chain.ElevationEnd
	if why == "lapsed" {
		action = chain.ElevationExpire
	}
	_, err := t.Update(ctx, System("elevations"), chain.Event{Action: action}, func(tx *Tx) error {
		e, err := tx.Elevation(id)
		if err != nil {
			return err
		}
		switch {
		case why == "lapsed" && (e.State == ElevationWaiting || e.State == ElevationApproved):
			e.State, e.Ended = ElevationExpired, tx.t.now().UTC()
			return tx.putElevation(e)
		case why != "lapsed" && e.State == ElevationRunning:
			return tx.stopElevation(&e, "", why)
		}
		return errNothing
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// dropOldElevations forgets what ended long ago; the chain keeps it.
func (tx *Tx) dropOldElevations(all []Elevation) error {
	for _, e := range all {
		over := e.State == ElevationEnded || e.State == ElevationRefused || e.State == ElevationExpired
		if !over || tx.t.now().Sub(e.Asked) < keptElevations {
			continue
		}
		if err := elevations.delete(tx, []byte(e.ID)); err != nil {
			return err
		}
	}
	return nil
}

// eraseElevations clears the reasons that a person gave.
func (tx *Tx) eraseElevations(user string) error {
	all, err := tx.Elevations()
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.UserID != user {
			continue
		}
		e.Reason = ""
		if err := elevations.put(tx, []byte(e.ID), e); err != nil {
			return err
		}
	}
	return nil
}
