package page

import (
	"time"

	"github.com/a-h/templ"

	"coffre/ui/look"
)

// SettingsBackups is the part of the settings about backups.
const SettingsBackups = "backups"

// Backups is what was kept of the firm, and who can open it.
type Backups struct {
	look.Frame
	Kit     BackupKit
	Openers []Opener // of the next backup, the kit first
	Made    []Backup // newest first
	Tried   []Tried  // newest first
	Running bool     // one is being made
	Trying  Trying
	Lacks   []string // what there is to remind of, in words
	Typed   string   // a recipient that was refused
	Two     OpenerTwo
	Pending []Approval // requests for another key
	Refuse  bool       // the reader may refuse them
	Copies  FolderCopies
	// TypedCopies is what was refused.
	TypedCopies *FolderCopies
	Faults      look.Faults
}

// Trying is a trial restore that was started here.
type Trying struct {
	Running     bool
	Step        string // store's words; "" before the first
	Done, Total int64  // bytes of the backup that is being made
	Code        string // why the last one could not run
}

func (v Backups) step() string {
	switch v.Trying.Step {
	case "restoring":
		return v.L.T("backups.try-restoring")
	case "searching":
		return v.L.T("backups.try-searching")
	}
	return v.L.T("backups.try-making")
}

func (v Backups) asksAgain() templ.Attributes {
	if !v.Trying.Running {
		return nil
	}
	return templ.Attributes{"hx-get": "/settings/backups/tried", "hx-trigger": "every 2s", "hx-target": "this", "hx-swap": "outerHTML"}
}

// byID marks a part that htmx puts where the page has one of its id.
func byID(elsewhere bool) templ.Attributes {
	if !elsewhere {
		return nil
	}
	return templ.Attributes{"hx-swap-oob": "true"}
}

// Tried is a trial restore.
type Tried struct {
	At                          time.Time
	OK                          bool
	Code                        string // of the fault, where it failed
	Bytes                       int64
	Entries, Seq                uint64 // verified of the journal; of its own entry
	Originals, Questions, Found int
	Damaged                     int // firms that the backup has as files alone
}

// Opener is a recipient of backups.
type Opener struct {
	Mark string
	Kit  bool // the one of the paper
	Old  bool // X25519 alone: not safe from a future quantum computer
}

// Backup is one that was begun.
type Backup struct {
	ID, Way, State string // store's words
	At             time.Time
	Who            string
	Bytes          int64 // of the whole file, also while it runs
	SHA256         string
	Code           string // of the fault, where it failed
	Seq            uint64 // of its entry
	Entries        uint64 // of the journal that it holds
	Originals      int
	Damaged        int // firms that it has as files alone
}

func (b Backup) tone() look.Tone {
	switch b.shown() {
	case "done":
		return look.Good
	case "partial":
		return look.Warn
	case "running":
		return look.Busy
	}
	return look.Bad
}

// shown is the state with what it leaves out.
func (b Backup) shown() string {
	if b.State == "done" && b.Damaged > 0 {
		return "partial"
	}
	return b.State
}

func (v Backups) opener(o Opener) string {
	switch {
	case o.Kit:
		return v.L.T("backups.opener-kit")
	case o.Old:
		return v.L.T("backups.opener-old")
	}
	return v.L.T("backups.opener-own")
}
