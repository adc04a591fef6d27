package page

import (
	"strings"
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Journal is the audit page: the verdict, the checkpoint, and the entries.
type Journal struct {
	look.Frame
	Filter  JournalFilter
	Entries []Entry // the newest first
	Total   uint64  // size of the chain
	Next    string  // address of the next page, or empty
	First   string  // address of the first page, or empty when this is it
	// Verdict is the last verification of this session, or one that runs; nil
	// when there was none.
	Verdict    *Verdict
	Checkpoint Checkpoint
	Faults     look.Faults // of the filter: "from", "to"
	// Search: the reader may search the private parts.
	Search bool
	// Silent: no witness has looked for SilentDays.
	Silent     bool
	SilentDays int
	// Export of this session, nil without one.
	Export *Export
	// PrivateExport: the reader may export the private parts too.
	PrivateExport bool
	Verify        VerifyForm
	Nightly       Nightly
}

// JournalFilter holds the filter as it was asked for, with the choices.
type JournalFilter struct {
	Actors   []look.Choice // the first, empty value: anybody
	Classes  []string      // classes of actions that occur, e.g. "document"
	Class    string
	Outcome  string // ok, denied, error or empty
	From, To string // dates as 2006-01-02, or empty
}

// Entry is one line of the journal.
type Entry struct {
	Seq     uint64
	Time    time.Time
	Actor   string // display name; empty for kinds that have none
	Kind    string // user, api_key, system, connector, cli
	Action  string // e.g. document.add
	Outcome string // ok, denied, error
	Object  string // the object's title or name, or its id
	// Facts are the payload's details, then the private part where the reader
	// may see it and it still exists.
	Facts   []Fact
	Private []Fact
	// Sealed: there is a private part that isn't shown.
	Sealed  bool
	Request string
	Session string
	Hash    string // chain hash, hex
}

// Fact is a name of the payload, as it stands there, and its value.
type Fact struct{ Name, Value string }

// Checkpoint is the chain's newest signed state.
type Checkpoint struct {
	Size uint64
	Root string // base64
	Note string // the whole signed note
	Key  string // the first verifier key
	Code Part   // the note as a QR code; zero where none is shown
}

// action is the sentence of an action, or the action itself where a newer box
// wrote one that this catalogue doesn't know.
func action(l words.Lang, name string) string {
	if key := "action." + name; l.Has(key) {
		return l.T(key)
	}
	return name
}

func outcomeTone(outcome string) look.Tone {
	switch outcome {
	case "denied":
		return look.Warn
	case "error":
		return look.Bad
	}
	return look.Good
}

func (e Entry) who(l words.Lang) string {
	kind := l.Or("actor", e.Kind)
	if e.Actor == "" {
		return kind
	}
	if e.Kind == "user" {
		return e.Actor
	}
	return e.Actor + " (" + kind + ")"
}

func (f JournalFilter) classChoices(l words.Lang) []look.Choice {
	choices := []look.Choice{{Value: "", Label: l.T("journal.any-class")}}
	for _, c := range f.Classes {
		choices = append(choices, look.Choice{Value: c, Label: l.Or("class", c), Selected: c == f.Class})
	}
	return choices
}

func (f JournalFilter) outcomes(l words.Lang) []look.Choice {
	choices := []look.Choice{{Value: "", Label: l.T("journal.any-outcome")}}
	for _, o := range []string{"ok", "denied", "error"} {
		choices = append(choices, look.Choice{Value: o, Label: l.Or("outcome", o), Selected: o == f.Outcome})
	}
	return choices
}

func (f JournalFilter) active() bool {
	for _, a := range f.Actors {
		if a.Selected && a.Value != "" {
			return true
		}
	}
	return strings.TrimSpace(f.Class+f.Outcome+f.From+f.To) != ""
}

func (f JournalFilter) actor() string {
	for _, a := range f.Actors {
		if a.Selected {
			return a.Value
		}
	}
	return ""
}
