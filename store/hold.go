package store

import (
	"slices"
	"strings"
	"time"

	"coffre/chain"
)

// Hold keeps what it covers from retention, pruning and erasure. What is empty
// covers everything; where more than one is given, all must fit.
type Hold struct {
	ID     string    `json:"id"`
	Class  string    `json:"class,omitempty"`
	Person string    `json:"person,omitempty"` // user id
	From   time.Time `json:"from,omitzero"`    // inclusive
	To     time.Time `json:"to,omitzero"`      // exclusive
	Reason string    `json:"reason"`
	By     string    `json:"by"` // actor id
	Placed time.Time `json:"placed"`
	Seq    uint64    `json:"seq"`
	Lifted time.Time `json:"lifted,omitzero"`
	Ended  uint64    `json:"ended,omitempty"` // entry of the lifting
}

var holds = table[Hold]("holds")

// maxReason is the most bytes of a reason; it must be a sentence, and no essay.
const (
	minReason = 10
	maxReason = 1000
)

// checkReason refuses a reason that gives none: Invalid "reason".
// CheckReason trims the reason that a person gives and refuses one that says
// nothing: Invalid "reason".
func CheckReason(reason string) (string, error) { return checkReason(reason) }

func checkReason(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if len(reason) < minReason || len(reason) > maxReason {
		return reason, Fail(Invalid, "reason", "min", "10", "max", "1000")
	}
	return reason, nil
}

// Active tells whether the hold is in force.
func (h Hold) Active() bool { return h.Lifted.IsZero() }

// covers tells whether the hold keeps an entry. subject is whose key its
// private part is sealed with, "" for the tenant's.
func (h Hold) covers(p chain.Payload, subject string) bool {
	made := madeAt(p)
	about := h.Person == "" || h.Person == subject || h.Person == p.Actor.ID || h.Person == p.Object.ID
	return h.Active() && about && (h.Class == "" || h.Class == classOf(p.Action)) &&
		(h.From.IsZero() || !made.Before(h.From)) && (h.To.IsZero() || made.Before(h.To))
}

type holdList []Hold

func (l holdList) cover(p chain.Payload, subject string) bool {
	return slices.ContainsFunc(l, func(h Hold) bool { return h.covers(p, subject) })
}

// Holds returns all holds, the newest first, those that were lifted last.
func (v *View) Holds() ([]Hold, error) {
	all, err := holds.all(v)
	slices.SortFunc(all, func(a, b Hold) int {
		if a.Active() != b.Active() {
			if a.Active() {
				return -1
			}
			return 1
		}
		return b.Placed.Compare(a.Placed)
	})
	return all, err
}

// Hold returns one hold.
func (v *View) Hold(id string) (Hold, error) { return holds.get(v, []byte(id)) }

func (v *View) activeHolds() (holdList, error) {
	all, err := holds.all(v)
	return slices.DeleteFunc(all, func(h Hold) bool { return !h.Active() }), err
}

// PutHold places a hold. It needs one person only, since it destroys nothing.
// It belongs in the Update whose event is hold.put. Errors: Invalid "reason",
// "retention-class", "hold-range"; NotFound for nobody.
func (tx *Tx) PutHold(by Actor, h Hold) (Hold, error) {
	var err error
	if h.Reason, err = checkReason(h.Reason); err != nil {
		return h, err
	}
	if h.Class != "" && !slices.Contains(chain.Classes(), h.Class) {
		return h, Fail(Invalid, "retention-class", "class", h.Class)
	}
	if !h.From.IsZero() && !h.To.IsZero() && !h.From.Before(h.To) {
		return h, Fail(Invalid, "hold-range")
	}
	if h.Person != "" {
		if _, err := tx.User(h.Person); err != nil {
			return h, err
		}
	}
	h.ID, h.By, h.Placed, h.Seq = NewID(), by.ID, tx.t.now().UTC(), tx.Seq
	h.Lifted, h.Ended = time.Time{}, 0
	tx.Event.Object = chain.Object{Kind: "hold", ID: h.ID}
	tx.Event.Private["reason"] = h.Reason
	for name, val := range map[string]string{"class": h.Class, "person": h.Person, "from": stamp(h.From), "to": stamp(h.To)} {
		if val != "" {
			tx.Event.Detail[name] = val
		}
	}
	return h, holds.put(tx, []byte(h.ID), h)
}

// liftHold ends a hold; the approval of two people lies with the caller.
func (tx *Tx) liftHold(id string) error {
	h, err := tx.Hold(id)
	if err != nil {
		return err
	}
	if !h.Active() {
		return Fail(Conflict, "hold-lifted")
	}
	h.Lifted, h.Ended = tx.t.now().UTC(), tx.Seq
	tx.Event.Object = chain.Object{Kind: "hold", ID: h.ID}
	return holds.put(tx, []byte(id), h)
}

// stamp writes a time as entries do, "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
