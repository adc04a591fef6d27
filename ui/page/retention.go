package page

import (
	"slices"
	"strconv"
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Retention is the page of terms, holds, erasures and of what waits for a second
// person. What somebody may not do has no form: Change and Hold say it.
type Retention struct {
	look.Frame
	Change bool // may ask, approve, run
	Hold   bool // may place holds, ask to lift them, refuse
	Search bool // may look for words in private parts
	Alone  bool // the firm has one administrator: the paper key is asked for
	Faults look.Faults
	Form   string // which form Faults belong to: term, hold, erase, approval
	Typed  map[string]string

	Terms     []KeptTerm
	Classes   []look.Choice
	Backups   int // days, -1 unknown
	LastRun   time.Time
	NextRun   time.Time
	Expired   int
	Wait      int // days for which the clock is in doubt, rounded up
	Pruned    uint64
	PrunedBy  uint64
	Unwritten bool
	Copies    Copies

	People    []look.Choice
	Holds     []Hold
	Approvals []Approval
	Erasures  []Erasure
}

// Copies is what pruning waits for: entries First to To, past their time, stay
// until these copies have them.
type Copies struct {
	Archive, Forward bool
	First, To        uint64
	Since            time.Time // zero: the next run notes it
	Long             bool      // for so long that somebody must look at it
	Asked            bool      // a request to go on without them waits
}

// Missing names the copies.
func (c Copies) Missing(l words.Lang) (names []string) {
	if c.Archive {
		names = append(names, l.T("retention.copy-archive"))
	}
	if c.Forward {
		names = append(names, l.T("retention.copy-forward"))
	}
	return names
}

// KeptTerm is for how long a class keeps its texts; Days 0 is for ever. Class
// "entries" are the payloads.
type KeptTerm struct {
	Class string
	Days  int
}

// Hold is a legal hold.
type Hold struct {
	ID, Class, Person, Reason, By string
	From, To, Placed, Lifted      time.Time
	Asked                         bool // a request to lift it waits
}

// Approval is a request that needs two people.
type Approval struct {
	ID, Kind, State, Code, By, Reason string
	Class, Person                     string
	Days                              int
	Asked, Ends, Decided              time.Time
	Hours                             int // that a firm with one administrator has yet to wait, -1 where it doesn't
	Given, Needs                      int
	To                                uint64   // of a release: the last entry
	Archive, Forward                  bool     // which copies it does without, or which one ends
	Login                             string   // of identity: the name there
	Dir, Host                         string   // of witness: where the copy goes instead, "" for nowhere
	Marks                             []string // of opener and kit: the new keys
	Lost                              bool     // there is no paper key any more
	May                               bool     // the reader may approve
}

// Erasure is a line of the ledger.
type Erasure struct {
	Person     string
	Time       time.Time
	Seq        uint64
	Written    bool
	BackupsEnd time.Time
}

// PrivateSearch is the page that finds words in private parts.
type PrivateSearch struct {
	look.Frame
	Words, Reason string
	Faults        look.Faults
	Done, More    bool
	Hits          []PrivateHit
}

// PrivateHit is an entry that holds the words.
type PrivateHit struct {
	Seq                    uint64
	Time                   time.Time
	Actor, Action, Excerpt string
}

// StaffNotice says what is logged, who may read it and for how long.
type StaffNotice struct {
	look.Frame
	Terms    []KeptTerm
	Backups  int
	Held     int // legal holds in force
	Auditors []string
	Admins   []string
}

// Printed is the notice once in each language, for the wall.
func (v StaffNotice) printed() []words.Lang { return []words.Lang{words.French, words.English} }

func termText(l words.Lang, days int) string {
	if days == 0 {
		return l.T("retention.for-ever")
	}
	return l.T("retention.days", "n", days)
}

func entriesText(l words.Lang, days int) string {
	if days == 0 {
		return l.T("retention.never-pruned")
	}
	return l.T("retention.days", "n", days)
}

// enoughAlike is how many classes of one term are shown as one line.
const enoughAlike = 4

// alike lists the classes of texts that share the commonest term, where they are
// enough to be shown as one line.
func alike(terms []KeptTerm) (out []KeptTerm) {
	count, most := map[int]int{}, 0
	for _, t := range terms {
		if t.Class == "entries" {
			continue
		}
		if count[t.Days]++; count[t.Days] > count[most] || count[t.Days] == count[most] && t.Days > most {
			most = t.Days
		}
	}
	for _, t := range terms {
		if t.Class != "entries" && t.Days == most && count[most] >= enoughAlike {
			out = append(out, t)
		}
	}
	return out
}

// apart lists the terms that alike leaves, in their order.
func apart(terms []KeptTerm) (out []KeptTerm) {
	rest := alike(terms)
	for _, t := range terms {
		if !slices.Contains(rest, t) {
			out = append(out, t)
		}
	}
	return out
}

// termLabels names classes in one sentence.
func termLabels(l words.Lang, terms []KeptTerm) string {
	var names []string
	for _, t := range terms {
		names = append(names, t.label(l))
	}
	return l.List(names)
}

func (t KeptTerm) label(l words.Lang) string {
	if t.Class == "entries" {
		return l.T("retention.entries")
	}
	return l.Or("class", t.Class)
}

func (t KeptTerm) text(l words.Lang) string {
	if t.Class == "entries" {
		return entriesText(l, t.Days)
	}
	return termText(l, t.Days)
}

func (h Hold) scope(l words.Lang) string {
	var parts []string
	if h.Class != "" {
		parts = append(parts, l.Or("class", h.Class))
	}
	if h.Person != "" {
		parts = append(parts, h.Person)
	}
	if !h.From.IsZero() {
		parts = append(parts, l.T("hold.from", "day", l.Date(h.From)))
	}
	if !h.To.IsZero() {
		parts = append(parts, l.T("hold.to", "day", l.Date(h.To)))
	}
	if len(parts) == 0 {
		return l.T("hold.everything")
	}
	return l.List(parts)
}

// what names the act of a request in a sentence.
func (a Approval) what(l words.Lang) string {
	switch a.Kind {
	case "retention":
		t := KeptTerm{a.Class, a.Days}
		return l.T("approval.retention", "class", t.label(l), "term", t.text(l))
	case "erasure":
		return l.T("approval.erasure", "name", a.Person)
	case "factors":
		return l.T("approval.factors", "name", a.Person)
	case "link":
		return l.T("approval.link", "name", a.Person, "by", a.By)
	case "identity":
		return l.T("approval.identity", "name", a.Person, "login", a.Login)
	case "hardened":
		return l.T("approval.hardened")
	case "hold-lift":
		return l.T("approval.hold-lift")
	case "release":
		missing := Copies{Archive: a.Archive, Forward: a.Forward}.Missing(l)
		return l.T("approval.release", "n", a.To, "copies", l.List(missing))
	case "opener":
		return l.T("approval.opener", "marks", l.List(a.Marks))
	case "kit":
		return l.T("approval.kit", "marks", l.List(a.Marks))
	case "export":
		return l.T("approval.export", "by", a.By)
	case "witness":
		switch {
		case a.Dir != "":
			return l.T("approval.archive-move", "path", a.Dir)
		case a.Host != "":
			return l.T("approval.forward-move", "host", a.Host)
		case a.Archive:
			return l.T("approval.archive-end")
		}
		return l.T("approval.forward-end")
	}
	return l.T("approval.clock")
}

func (a Approval) tone() look.Tone {
	switch a.State {
	case "waiting", "approved":
		return look.Busy
	case "done":
		return look.Good
	case "failed":
		return look.Bad
	}
	return look.Plain
}

func (v Retention) fault(form, field string) string {
	if v.Form != form {
		return ""
	}
	return v.Faults.For(v.L, field)
}

func (v Retention) typed(form, field string) string {
	if v.Form != form {
		return ""
	}
	return v.Typed[field]
}

func (v Retention) backups() string {
	if v.Backups < 0 {
		return ""
	}
	return strconv.Itoa(v.Backups)
}

func anyChoice(label string, choices []look.Choice) []look.Choice {
	return append([]look.Choice{{Label: label}}, choices...)
}
