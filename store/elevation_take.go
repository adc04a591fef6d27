package store

import (
	"strconv"
	"time"
)

// RequestElevation asks for the role that a person may take. With
// ElevationReason, or where approved is what the setting asks for, it may begin
// at once. paperKey is needed where nobody else could approve. Errors: Conflict
// "elevation-off", "elevation-open"; Denied "elevation-role", "paper-key"; Invalid
// "reason", "elevation-time".
func (tx *Tx) RequestElevation(userID string, minutes int, reason, paperKey string) (e Elevation, err error) {
	u, err := tx.User(userID)
	if err != nil {
		return e, err
	}
	mode := tx.ElevationMode()
	took := time.Duration(minutes) * time.Minute
	switch {
	case mode == ElevationOff:
		return e, Fail(Conflict, "elevation-off")
	case u.Disabled || !ValidRole(u.May) || u.May == u.Role:
		return e, Fail(Denied, "elevation-role")
	case took < ElevationLeast || took > ElevationMost:
		return e, Fail(Invalid, "elevation-time", "least", strconv.Itoa(int(ElevationLeast/time.Minute)), "most", strconv.Itoa(int(ElevationMost/time.Hour)))
	}
	if reason, err = checkReason(reason); err != nil {
		return e, err
	}
	all, err := tx.Elevations()
	if err != nil {
		return e, err
	}
	for _, o := range all {
		if o.UserID == userID && (o.State == ElevationWaiting || o.State == ElevationApproved || o.State == ElevationRunning) {
			return e, Fail(Conflict, "elevation-open")
		}
	}
	if err := tx.dropOldElevations(all); err != nil {
		return e, err
	}
	e = Elevation{ID: elevationPrefix + NewID(), UserID: userID, Role: u.May, Minutes: minutes, Reason: reason, Asked: tx.t.now().UTC(), Seq: tx.Seq, State: ElevationWaiting}
	switch {
	case mode == ElevationReason:
		e.State, e.Decided = ElevationApproved, e.Asked
	default:
		others, err := tx.elevationApprovers(userID)
		if err != nil {
			return e, err
		}
		if e.Alone = others == 0; e.Alone {
			if err := tx.checkPaperKey(paperKey); err != nil {
				return e, err
			}
		}
	}
	tx.Event.Private["reason"] = reason
	tx.Event.Detail["alone"], tx.Event.Detail["approval"] = e.Alone, mode == ElevationApproval
	return e, tx.putElevation(e)
}

// mayApprove tells whether an account may decide about others' elevations: an
// administrator, or somebody who may become one. Otherwise a firm where nobody is
// one for good could never begin.
func mayApprove(u User) bool {
	return !u.Disabled && u.Erased.IsZero() && u.Source != SourceBreakGlass && (u.Role == Admin || u.May == Admin)
}

// elevationApprovers counts the people but one who could approve.
func (v *View) elevationApprovers(but string) (n int, err error) {
	err = users.each(v, nil, func(_ []byte, u User) bool {
		if u.ID != but && mayApprove(u) {
			n++
		}
		return true
	})
	return n, err
}

// MayDecide tells whether a person may approve or refuse an elevation.
func (v *View) MayDecide(p Principal, e Elevation) bool {
	if p.All {
		return true
	}
	u, err := v.User(p.UserID)
	return err == nil && (mayApprove(u) || p.Role == Admin)
}

// DecideElevation approves or refuses a request; who asked takes it back with a
// refusal. Errors: Conflict "approval-over"; Denied "approval-self",
// "approver-new", "approval-person".
func (tx *Tx) DecideElevation(p Principal, id string, approve bool) (Elevation, error) {
	e, err := tx.Elevation(id)
	if err != nil {
		return e, err
	}
	if own := p.UserID == e.UserID && p.UserID != ""; !own && !tx.MayDecide(p, e) {
		return e, errNotFound
	}
	if e.State != ElevationWaiting && (approve || e.State != ElevationApproved) {
		return e, Fail(Conflict, "approval-over")
	}
	if approve {
		u, err := tx.User(p.UserID)
		switch {
		case err != nil || u.Source == SourceBreakGlass || p.Actor.Kind != "user":
			return e, Fail(Denied, "approval-person")
		case p.UserID == e.UserID:
			return e, Fail(Denied, "approval-self")
		}
		fresh, err := tx.isFresh(p.UserID)
		if err != nil {
			return e, err
		}
		if fresh {
			return e, Fail(Denied, "approver-new")
		}
	}
	e.State, e.Decider, e.Decided = ElevationRefused, p.UserID, tx.t.now().UTC()
	if approve {
		e.State = ElevationApproved
	}
	return e, tx.putElevation(e)
}

// BeginElevation takes the role: the person's own act, with presence just proven.
// Errors: Conflict "elevation-wait", "elevation-over"; Denied "elevation-role".
func (tx *Tx) BeginElevation(userID, id string) (Elevation, error) {
	e, err := tx.Elevation(id)
	if err != nil {
		return e, err
	}
	u, err := tx.User(userID)
	now := tx.t.now().UTC()
	switch {
	case err != nil:
		return e, err
	case e.UserID != userID:
		return e, errNotFound
	case u.Disabled || u.May != e.Role:
		return e, Fail(Denied, "elevation-role")
	case tx.ElevationMode() == ElevationOff:
		return e, Fail(Conflict, "elevation-off")
	case e.State != ElevationApproved && !(e.Alone && e.State == ElevationWaiting) || !now.Before(e.Lapses()):
		return e, Fail(Conflict, "elevation-over")
	}
	left, err := tx.ElevationLeft(e)
	if err != nil {
		return e, err
	}
	if left > 0 {
		return e, Fail(Conflict, "elevation-wait", "hours", strconv.Itoa(int(left/time.Hour)+1))
	}
	return e, tx.startElevation(&e, now)
}

func (tx *Tx) startElevation(e *Elevation, now time.Time) error {
	e.State, e.Begun, e.BegunSeq, e.Until = ElevationRunning, now, tx.Seq, now.Add(e.For())
	tx.Event.Detail["until"] = e.Until.Format(time.RFC3339)
	return tx.putElevation(*e)
}

// EndElevation gives a role back: the person themselves, or whoever may decide.
// Error: Conflict "elevation-over".
func (tx *Tx) EndElevation(p Principal, id string) (Elevation, error) {
	e, err := tx.Elevation(id)
	if err != nil {
		return e, err
	}
	why := "person"
	if p.UserID != e.UserID || p.UserID == "" {
		if why = "administrator"; !tx.MayDecide(p, e) {
			return e, errNotFound
		}
	}
	if e.State != ElevationRunning {
		return e, Fail(Conflict, "elevation-over")
	}
	return e, tx.stopElevation(&e, p.UserID, why)
}

func (tx *Tx) stopElevation(e *Elevation, ender, why string) error {
	e.State, e.Ended, e.Ender, e.Why = ElevationEnded, tx.t.now().UTC(), ender, why
	tx.Event.Detail["why"] = why
	if e.Break {
		if err := tx.DeleteSessionsOf(e.UserID); err != nil {
			return err
		}
	}
	return tx.putElevation(*e)
}
