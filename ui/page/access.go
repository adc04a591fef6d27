package page

import (
	"time"

	"coffre/ui/look"
)

// The four pages under Access share their tabs. Each lists what there is, with
// a form to change each entry, and a form to add one. Faults belong to the
// form whose entry's id is in Editing; the empty Editing is the form to add.

// Collections is the list of collections with their readers and writers.
type Collections struct {
	look.Frame
	Items []Collection
	// Who may be given rights: groups and people. Values carry their kind, as
	// the handler wants them back: "group:ID", "user:ID".
	Who     []look.Choice
	Editing string
	New     Collection // values of a refused form to add
	Faults  look.Faults
}

// Collection is one collection. Readers and Writers hold values of Who;
// writers read too.
type Collection struct {
	ID, Name         string
	Readers, Writers []string
	Documents        int
}

// People is the list of people who can sign in.
type People struct {
	look.Frame
	Takes       bool // roles may be taken for a time
	Items       []User
	Groups      []look.Choice
	MinPassword int
	Editing     string
	New         User
	Faults      look.Faults
}

// User is one person.
type User struct {
	ID, Name, User string
	Role           string   // admin, auditor, member
	Groups         []string // ids
	Disabled       bool
	LastSeen       time.Time // zero: nobody has counted
	Self           bool      // the reader, who can't disable themselves
	Local          bool      // this box keeps the password
	Factors        bool      // there are second factors
	MustChange     bool      // the password is to be replaced at the next sign-in
	May            string    // role that the person may take for a time
	Sealed         bool      // the account of the emergency code
}

// Groups is the list of groups.
type Groups struct {
	look.Frame
	Items   []Group
	People  []look.Choice
	Editing string
	New     Group
	Faults  look.Faults
}

// Group is one group; Members are ids of people.
type Group struct {
	ID, Name string
	Members  []string
	Outside  bool     // its members come from a directory or an identity provider
	Role     string   // that membership gives, "" for none
	Opens    []string // names of the collections that it opens
}

// pick marks the choices whose value is in selected.
func pick(choices []look.Choice, selected []string) []look.Choice {
	in := make(map[string]bool, len(selected))
	for _, s := range selected {
		in[s] = true
	}
	out := make([]look.Choice, len(choices))
	for i, c := range choices {
		c.Selected = in[c.Value]
		out[i] = c
	}
	return out
}

// labels are the names of the selected values, in the order of the choices.
func labels(choices []look.Choice, selected []string) []string {
	var names []string
	for _, c := range pick(choices, selected) {
		if c.Selected {
			names = append(names, c.Label)
		}
	}
	return names
}

// faultsOf are the faults if they belong to that form, otherwise none.
func faultsOf(f look.Faults, editing, id string) look.Faults {
	if editing == id {
		return f
	}
	return nil
}
