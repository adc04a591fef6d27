package page

import (
	"strings"
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Update is the page about the program's own updates.
type Update struct {
	look.Frame
	Version string
	Format  int
	Keys    bool   // the program knows release keys
	May     bool   // update, where the box has a single firm
	Why     string // not, as a sentence
	Running bool
	Waiting *UpdateWaiting
	Made    []UpdateMade // newest first
	Faults  look.Faults
}

// UpdateWaiting is a release that was verified and waits for its installation.
type UpdateWaiting struct {
	Version string
	Date    time.Time
	Format  int
	Notes   string // in the reader's language
	Key     string // id
	SHA256  string
	Bytes   int64 // of the program
}

// UpdateMade is an update that was begun.
type UpdateMade struct {
	At       time.Time
	From, To string
	State    string // begun, done or undone
	Code     string // why it was undone
	Seq      uint64
}

// notes are the lines of what is new.
func (w UpdateWaiting) notes() []string {
	return strings.FieldsFunc(w.Notes, func(r rune) bool { return r == '\n' || r == '\r' })
}

func (v Update) state(m UpdateMade) (look.Tone, string) {
	switch m.State {
	case "done":
		return look.Good, v.L.T("update.done")
	case "undone":
		return look.Bad, v.L.T("update.undone")
	}
	return look.Warn, v.L.T("update.begun")
}

// why is the sentence for an update that was undone.
func (v Update) why(m UpdateMade) string {
	if m.State != "undone" {
		return ""
	}
	return UpdateWhy(v.L, m.Code)
}

// UpdateWhy says why an update was undone.
func UpdateWhy(l words.Lang, code string) string {
	switch code {
	case "copy":
		return l.T("update.why-copy")
	case "link":
		return l.T("update.why-link")
	case "cut":
		return l.T("update.why-cut")
	case "slow":
		return l.T("update.why-slow")
	case "chain":
		return l.T("update.why-chain")
	case "health":
		return l.T("update.why-health")
	case "format", "open":
		return l.T("update.why-open")
	case "asked":
		return l.T("update.why-asked")
	}
	return l.T("update.why-failed")
}
