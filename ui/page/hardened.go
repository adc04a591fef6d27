package page

import (
	"time"

	"coffre/ui/look"
)

// Hardened is the page of hardened mode.
type Hardened struct {
	look.Frame
	On       bool
	Since    time.Time // of the mode
	By       Deed      // the latest change
	Attested bool      // the disk, on somebody's word
	Planned  time.Time
	Late     bool // the plan can't be carried out
	Lines    []HardenedLine
	Blocks   []look.Fault // why it can't be switched on now
	Disk     string       // encrypted, plain, memory or unknown
	Attest   bool         // an administrator must say that the disk is encrypted
	May      bool         // switch it
	Two      Two          // what its end needs
	OneKey   bool         // who asks has one key: losing it locks them out
	Faults   look.Faults  // attest, reason, at; off-reason, off-paper; "" for the whole
	Reason   string       // as typed
	At       string
}

// HardenedLine compares one thing without the mode and in it.
type HardenedLine struct {
	Name, Now, Then string
	Changes         bool
	Who             string // whom or what it meets, a sentence; or empty
}

// columns are the headings of the two values.
func (v Hardened) columns() (now, then string) {
	if v.On {
		return v.L.T("hardened.without"), v.L.T("hardened.in-force")
	}
	return v.L.T("hardened.today"), v.L.T("hardened.then")
}

func (v Hardened) state() (look.Tone, string) {
	switch {
	case v.On:
		return look.Good, v.L.T("hardened.on")
	case !v.Planned.IsZero():
		return look.Busy, v.L.T("hardened.planned")
	}
	return look.Plain, v.L.T("hardened.off")
}
