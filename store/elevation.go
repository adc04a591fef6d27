package store

import (
	"slices"
	"time"

	"coffre/chain"
)

// SettingElevation says how a role may be taken for a time.
const SettingElevation = "auth.elevation"

// The values of SettingElevation.
const (
	ElevationOff      = "off"      // not at all: roles are held for good
	ElevationReason   = "reason"   // at once, with a reason
	ElevationApproval = "approval" // once somebody else has approved
)

// The states of an elevation.
const (
	ElevationWaiting  = "waiting"
	ElevationApproved = "approved" // and may begin
	ElevationRunning  = "running"
	ElevationEnded    = "ended"
	ElevationRefused  = "refused" // or taken back
	ElevationExpired  = "expired" // nobody decided, or nobody began
)

// Bounds of an elevation, and how long it may wait: for a decision, and to begin
// once it may.
const (
	ElevationLeast = 15 * time.Minute
	ElevationMost  = 8 * time.Hour
	elevationWaits = 24 * time.Hour
	// elevationAlone is how long a request of a firm's only administrator stays
	// open after the 72 hours that it has to wait.
	elevationAlone = AloneWaits + elevationWaits
	keptElevations = 90 * 24 * time.Hour
)

// Elevation is a role that somebody takes for a stated time.
type Elevation struct {
	ID      string    `json:"id"`
	UserID  string    `json:"user"`
	Role    Role      `json:"role"`
	Minutes int       `json:"minutes"`
	Reason  string    `json:"reason"`
	Asked   time.Time `json:"asked"`
	Seq     uint64    `json:"seq"`             // of the request's entry
	Alone   bool      `json:"alone,omitempty"` // nobody could approve: a delay and the paper key instead

	State    string    `json:"state"`
	Decider  string    `json:"decider,omitempty"` // user id of who approved or refused
	Decided  time.Time `json:"decided,omitzero"`
	Begun    time.Time `json:"begun,omitzero"`
	BegunSeq uint64    `json:"begun_seq,omitempty"`
	Until    time.Time `json:"until,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Ender    string    `json:"ender,omitempty"` // user id; "" by itself
	Why      string    `json:"why,omitempty"`   // time, person, administrator, account, clock, setting
	Break    bool      `json:"break,omitempty"` // opened by the code on paper
}

var elevations = table[Elevation]("elevations")

const elevationPrefix = "elv-"

// For is how long the role is taken for.
func (e Elevation) For() time.Duration { return time.Duration(e.Minutes) * time.Minute }

// runs tells whether e gives its role now: not before it began, nor after its
// end. A clock that was set back gives nothing, one that was set forward ends it;
// Tenant.SweepElevations ends what a step of the clock would have made longer.
func (e Elevation) runs(now time.Time) bool {
	return e.State == ElevationRunning && !now.Before(e.Begun.Add(-clockStep)) && now.Before(e.Until)
}

// Open tells whether a request can still be approved or refused.
func (e Elevation) Open() bool { return e.State == ElevationWaiting }

// Lapses is when a request that nobody decided, or an elevation that nobody
// began, is over.
func (e Elevation) Lapses() time.Time {
	switch {
	case e.State == ElevationApproved:
		return e.Decided.Add(elevationWaits)
	case e.Alone:
		return e.Asked.Add(elevationAlone)
	}
	return e.Asked.Add(elevationWaits)
}

// Elevation returns one.
func (v *View) Elevation(id string) (Elevation, error) {
	if len(id) < len(elevationPrefix) || id[:len(elevationPrefix)] != elevationPrefix {
		return Elevation{}, errNotFound
	}
	return elevations.get(v, []byte(id))
}

// Elevations returns all that are kept, the newest first.
func (v *View) Elevations() (out []Elevation, err error) {
	err = elevations.each(v, []byte(elevationPrefix), func(_ []byte, e Elevation) bool { out = append(out, e); return true })
	slices.SortFunc(out, func(a, b Elevation) int { return b.Asked.Compare(a.Asked) })
	return out, err
}

// RunningElevations returns those that give a role now.
func (v *View) RunningElevations() ([]Elevation, error) {
	all, err := v.Elevations()
	now := v.t.now()
	return slices.DeleteFunc(all, func(e Elevation) bool { return !e.runs(now) }), err
}

// elevated returns the role that a person has taken and that still holds: what
// they may take is looked at anew, so taking it from them ends it at once.
func (v *View) elevated(u User) (role Role, err error) {
	if u.May == "" && u.Source != SourceBreakGlass {
		return "", nil
	}
	now := v.t.now()
	err = elevations.each(v, []byte(elevationPrefix), func(_ []byte, e Elevation) bool {
		if e.UserID == u.ID && e.runs(now) && (e.Break || e.Role == u.May && v.ElevationMode() != ElevationOff) {
			role = Strongest(role, e.Role)
		}
		return true
	})
	return role, err
}

// ElevationMode is the firm's setting.
func (v *View) ElevationMode() string {
	switch s := v.Setting(SettingElevation, ElevationOff); s {
	case ElevationReason, ElevationApproval:
		return s
	}
	return ElevationOff
}

// ValidElevationMode tells whether a value of SettingElevation will do.
func ValidElevationMode(s string) bool {
	return s == ElevationOff || s == ElevationReason || s == ElevationApproval
}

// describe names an elevation in its entries.
func (e Elevation) describe(ev *chain.Event) {
	ev.Object = chain.Object{Kind: "elevation", ID: e.ID}
	ev.Detail["person"], ev.Detail["role"], ev.Detail["minutes"] = e.UserID, string(e.Role), e.Minutes
}

func (tx *Tx) putElevation(e Elevation) error {
	e.describe(tx.Event)
	return elevations.put(tx, []byte(e.ID), e)
}

// ElevationLeft is how long the request of a firm's only administrator has yet to
// wait, counted along the entries.
func (v *View) ElevationLeft(e Elevation) (time.Duration, error) {
	if !e.Alone || e.State != ElevationWaiting {
		return 0, nil
	}
	passed, err := v.countedSince(e.Seq, v.t.now())
	return max(0, AloneWaits-passed), err
}
