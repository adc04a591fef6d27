package page

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"coffre/ui/look"
	"coffre/ui/words"
)

// How far somebody is who brings something back, beside RestoreFile, RestoreRuns and
// RestoreFound.
const (
	BackTakes = "takes" // documents come back
	BackDone  = "done"
)

// Back is the page that brings something back from a backup into the box at work.
type Back struct {
	look.Frame
	RestoreState
	Other string // who has one open already, "" for nobody
	Rest  int    // minutes without an act after which what is open is removed

	Folder      string // of the copies, "" where none is set
	Copies      []look.Choice
	CopiesFault *look.Fault // why they can't be listed

	AsksReason  bool
	ReasonTyped string

	// Made and Entries are of the backup that was read.
	Made    time.Time
	Entries uint64
	List
	Missing      int // of All, today
	In, Show     string
	InCollection []look.Choice // to look in
	Shows        []look.Choice
	Documents    []BackDocument
	Chosen       int           // on all pages
	Whole        []look.Choice // collections

	Plan  *BackPlan
	Taken *BackTaken
}

// BackDocument is a document of a backup. State is store's word for what becomes of
// it, or has.
type BackDocument struct {
	ID, Title, Name, Collection string
	Added                       time.Time
	Bytes                       int64
	State                       string
	Binned                      bool // it was in the bin then
	Chosen                      bool
	To                          string // name of the collection that it goes to, or is in
	Again                       bool   // that one is made again
	Version                     bool   // it becomes a new version of a document
	Open                        bool   // the reader may open it
}

// Listed is what the list is put in order by.
func (d BackDocument) Listed() (name, id string) { return d.Title, d.ID }

// BackCollection is a collection that is made again, or was.
type BackCollection struct {
	ID, Name string
	Readers  []string // who would get their rights of then
	Left     int      // rights of then that nobody gets
}

// BackPlan is what would happen.
type BackPlan struct {
	Into      string
	Targets   []look.Choice
	Fault     *look.Fault
	Again     []BackCollection
	Rights    bool // there is something to give rights of then to
	Counts    map[string]int
	All       int
	Documents []BackDocument // the first of them
}

// Comes is how many documents would come back.
func (p BackPlan) Comes() int { return p.Counts["back"] + p.Counts["bin"] }

// BackTaken is what came back.
type BackTaken struct {
	Seq       uint64
	Made      time.Time
	Counts    map[string]int
	All       int
	Again     []BackCollection
	Documents []BackDocument // the first of them
	Journal   bool           // the reader may open the journal
}

// now is how a document of the backup stands today.
func (d BackDocument) now(l words.Lang) (look.Tone, string) {
	switch d.State {
	case "there":
		return look.Good, l.T("back.now-there")
	case "newer":
		return look.Good, l.T("back.now-newer")
	case "bin":
		return look.Warn, l.T("back.now-bin")
	case "erased":
		return look.Plain, l.T("back.now-erased")
	}
	return look.Warn, l.T("back.now-gone")
}

// would says what would become of it.
func (d BackDocument) would(l words.Lang) string {
	switch {
	case d.State == "there":
		return l.T("back.would-there", "to", d.To)
	case d.State == "newer":
		return l.T("back.would-newer", "to", d.To)
	case d.State == "bin":
		return l.T("back.would-bin", "to", d.To)
	case d.State == "erased":
		return l.T("back.would-erased")
	case d.Version:
		return l.T("back.would-version", "to", d.To)
	case d.Again:
		return l.T("back.would-again", "to", d.To)
	}
	return l.T("back.would-back", "to", d.To)
}

// did says what became of it.
func (d BackDocument) did(l words.Lang) (look.Tone, string) {
	switch d.State {
	case "there":
		return look.Plain, l.T("back.did-there")
	case "newer":
		return look.Plain, l.T("back.did-newer")
	case "bin":
		return look.Good, l.T("back.did-bin")
	case "erased":
		return look.Warn, l.T("back.did-erased")
	}
	return look.Good, l.T("back.did-back")
}

// under tells a document from another of the same title.
func (d BackDocument) under(l words.Lang) string {
	s := l.Date(d.Added) + " · " + l.Size(d.Bytes)
	if d.Name != d.Title {
		s = d.Name + " · " + s
	}
	if d.Collection != "" {
		s = d.Collection + " · " + s
	}
	if d.Binned {
		s += " · " + l.T("back.binned-then")
	}
	return s
}

// where says where it is now.
func (d BackDocument) where(l words.Lang) string {
	s := l.Date(d.Added) + " · " + l.Size(d.Bytes)
	if d.To != "" && d.State != "erased" {
		return d.To + " · " + s
	}
	return s
}

// none says why the list is empty.
func (v Back) none() string {
	if v.Query == "" && v.In == "" && v.Show == "" {
		return v.L.T("back.none-missing")
	}
	return v.L.T("back.none-match")
}

// sums says of how many documents what becomes.
func sums(l words.Lang, counts map[string]int) (out []string) {
	for _, one := range []struct{ state, key string }{
		{"back", "back.sum-back"}, {"bin", "back.sum-bin"}, {"there", "back.sum-there"}, {"newer", "back.sum-newer"}, {"erased", "back.sum-erased"},
	} {
		if n := counts[one.state]; n > 0 {
			out = append(out, l.T(one.key, "n", n))
		}
	}
	return out
}

func (v Back) step() string {
	switch {
	case v.Phase == BackTakes:
		return v.L.T("back.taking")
	case v.Step == "verify":
		return v.L.T("restore.verifying")
	}
	return v.L.T("restore.reading")
}

func (v Back) asksAgain() templ.Attributes {
	return templ.Attributes{"hx-get": "/settings/backups/back/state", "hx-trigger": "every 1s", "hx-target": "this", "hx-swap": "outerHTML"}
}

func (v Back) pageAfter(n int) string { return strconv.Itoa(v.Page + n) }
