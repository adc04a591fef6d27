package store

import (
	"encoding/json"
	"fmt"
	"time"

	"coffre/chain"
)

// Hardened mode is one switch of a firm with secrets of patients or clients. It
// changes no setting: while it is on, whoever reads one gets what the mode allows
// (View.Setting), and whoever reads a key gets the end that the mode leaves it. So
// nothing can be forgotten, and after it everything is as it was before.

// The states of the disk when the mode was switched on.
const (
	DiskEncrypted = "encrypted" // seen by the box
	DiskAttested  = "attested"  // can't be seen; an administrator said so
)

// Hardened is the firm's hardened mode.
type Hardened struct {
	On    bool      `json:"on"`
	Since time.Time `json:"since,omitzero"`
	Disk  string    `json:"disk,omitempty"`
	Deed  Deed      `json:"deed"` // of the latest change
	// Planned is when the box switches it on by itself; zero: nothing is planned.
	Planned time.Time `json:"planned,omitzero"`
	Plan    Deed      `json:"plan"`
	// Late is since when a plan can't be carried out, because nobody could
	// administer the firm then.
	Late time.Time `json:"late,omitzero"`
}

// keyHardened holds JSON as a string, like every setting.
const keyHardened = "hardened.mode"

// Hardened returns the firm's. A record that can't be read counts as on.
func (v *View) Hardened() (h Hardened) {
	s := v.Stored(keyHardened, "")
	if s == "" {
		return h
	}
	if err := json.Unmarshal([]byte(s), &h); err != nil {
		return Hardened{On: true}
	}
	return h
}

// ends bounds a key's end. One of before the mode goes on for HardenedKeyNotice
// days where it has no end or may do everything, for HardenedKeyDays otherwise.
func (h Hardened) ends(k APIKeyRecord) APIKeyRecord {
	if !h.On || k.ID == "" {
		return k
	}
	last := k.Created.AddDate(0, 0, HardenedKeyDays)
	if k.Created.Before(h.Since) {
		last = h.Since.AddDate(0, 0, HardenedKeyDays)
		if k.Expires.IsZero() || k.Scopes == nil {
			last = h.Since.AddDate(0, 0, HardenedKeyNotice)
		}
	}
	if k.Expires.IsZero() || k.Expires.After(last) {
		k.Expires = last
	}
	return k
}

// KeyEnd tells when a key would end if the mode were switched on at a moment, and
// whether that is another end than it has.
func KeyEnd(k APIKeyRecord, at time.Time) (end time.Time, changes bool) {
	then := Hardened{On: true, Since: at}.ends(k)
	return then.Expires, !then.Expires.Equal(k.Expires)
}

// PlanHardened sets when the mode switches itself on, or with the zero time that it
// doesn't. Errors: Conflict "hardened-on", "hardened-no-plan"; Invalid
// "hardened-when" for a moment that has passed or is more than 90 days ahead.
func (tx *Tx) PlanHardened(at time.Time, disk, reason string) error {
	h, now := tx.Hardened(), tx.t.now()
	switch {
	case h.On:
		return Fail(Conflict, "hardened-on")
	case at.IsZero() && h.Planned.IsZero():
		return Fail(Conflict, "hardened-no-plan")
	case !at.IsZero() && (!at.After(now) || at.After(now.AddDate(0, 0, 90))):
		return Fail(Invalid, "hardened-when", "name", "at")
	}
	h.Planned, h.Plan, h.Late, h.Disk = at.UTC(), tx.deed(), time.Time{}, disk
	tx.Event.Detail["on"] = !at.IsZero()
	if !at.IsZero() {
		tx.Event.Detail["at"], tx.Event.Detail["disk"] = h.Planned.Format(time.RFC3339), disk
	} else {
		h.Disk = ""
	}
	tx.tellHardened(reason)
	return tx.putHardened(h)
}

// Harden switches the mode on. Who calls it has seen that somebody can still
// administer the firm. Error: Conflict "hardened-on".
func (tx *Tx) Harden(disk, reason string) error {
	h := tx.Hardened()
	if h.On {
		return Fail(Conflict, "hardened-on")
	}
	tx.Event.Detail["planned"] = !h.Planned.IsZero()
	h = Hardened{On: true, Since: tx.t.now().UTC(), Disk: disk, Deed: tx.deed()}
	keys, err := tx.APIKeys("")
	if err != nil {
		return err
	}
	n := 0
	for _, k := range keys {
		if _, changes := KeyEnd(k, h.Since); changes && !k.Revoked {
			n++
		}
	}
	tx.Event.Detail["disk"], tx.Event.Detail["keys"] = disk, n
	tx.tellHardened(reason)
	return tx.putHardened(h)
}

func (tx *Tx) tellHardened(reason string) {
	tx.Event.Object = chain.Object{Kind: "settings", ID: "hardened"}
	if reason != "" {
		tx.Event.Private = chain.Detail{"reason": reason}
	}
}

// lateHardened keeps since when a plan can't be carried out.
func (tx *Tx) lateHardened(h Hardened) error {
	h.Late = tx.t.now().UTC()
	tx.Event.Detail["on"] = false
	tx.tellHardened("")
	return tx.putHardened(h)
}

// soften switches the mode off; only what two people decided gets here.
func (tx *Tx) soften() error {
	if err := tx.checkSoften(); err != nil {
		return err
	}
	tx.tellHardened("")
	return tx.putHardened(Hardened{Deed: tx.deed()})
}

func (v *View) checkSoften() error {
	if !v.Hardened().On {
		return Fail(Conflict, "hardened-off")
	}
	return nil
}

func (tx *Tx) putHardened(h Hardened) error {
	text, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode hardened mode: %w", err)
	}
	b, err := json.Marshal(string(text))
	if err != nil {
		return fmt.Errorf("encode hardened mode: %w", err)
	}
	return tx.putRaw("settings", []byte(keyHardened), b)
}
