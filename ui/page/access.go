package page

import (
	"coffre/ui/look"
)

// The pages under Access share their tabs. Each list has what there is, found by
// name, and a form to add one; what is on it is changed on a page of its own.

// Collections is the list of collections with their readers and writers.
type Collections struct {
	look.Frame
	List
	Items []Collection
	// Who may be given rights in the form to add: everyone and, in a small firm,
	// groups and people. Values carry their kind: "group:ID", "user:ID".
	Who    []look.Choice
	New    Collection // values of a refused form to add
	Faults look.Faults
}

// Collection is one collection. Readers and Writers are names on the list, and
// values of Who in the form to add; writers read too.
type Collection struct {
	ID, Name         string
	Readers, Writers []string
	Documents        int
}

// Listed is what it is put in order by.
func (c Collection) Listed() (name, id string) { return c.Name, c.ID }

// CollectionOwn is the page of one collection.
type CollectionOwn struct {
	look.Frame
	List // of the grants
	Collection
	Grants []Grant
	Picker Picker
	Faults look.Faults
}

// Grant is a right that a collection gives to everyone, a group or a person.
type Grant struct {
	Value  string // as the handler wants it back
	Label  string
	Kind   string // everyone, group, user
	Path   string // to its page, "" for everyone
	Writes bool
	People int  // in the group
	Closed bool // the person's account is closed
}

// Listed is what it is put in order by: everyone, groups, people.
func (g Grant) Listed() (name, id string) {
	return map[string]string{"everyone": "0", "group": "1", "user": "2"}[g.Kind] + g.Label, g.Value
}

// People is the list of people who can sign in.
type People struct {
	look.Frame
	List
	Items       []User
	Groups      []look.Choice // for the form to add, in a small firm
	ManyGroups  bool          // there are too many for it
	MinPassword int
	New         User
	Faults      look.Faults
}

// User is one person.
type User struct {
	ID, Name, User string
	Role           string   // admin, auditor, member: at least by a group
	Groups         []string // ids, of a refused form to add
	Disabled       bool
	MustChange     bool   // the password is to be replaced at the next sign-in
	Sealed         bool   // the account of the emergency code
	Source         string // who answers for the account, in words; "" where it is this box
	Memberships    int
	Factors        bool // there are second factors
}

// Listed is what the person is put in order by.
func (u User) Listed() (name, id string) { return u.Name, u.ID }

// Person is the page of one person.
type Person struct {
	look.Frame
	User
	OwnRole     string // without what groups give
	May         string // role that the person may take for a time
	Takes       bool   // roles may be taken for a time
	Self        bool   // the reader, who can't disable themselves
	Local       bool   // this box keeps the password
	Two         AccountTwo
	In          []Membership
	Picker      Picker
	MinPassword int
	Faults      look.Faults
}

// Membership is a group that a person is in.
type Membership struct {
	ID, Name string
	Outside  bool // decided elsewhere
}

// Listed is what it is put in order by.
func (m Membership) Listed() (name, id string) { return m.Name, m.ID }

// Groups is the list of groups.
type Groups struct {
	look.Frame
	List
	Items      []Group
	People     []look.Choice // for the form to add, in a small firm
	ManyPeople bool
	New        Group
	Faults     look.Faults
}

// Group is one group; Members are ids of people, of a refused form to add.
type Group struct {
	ID, Name string
	Members  []string
	Count    int
	Outside  bool     // its members come from a directory or an identity provider
	Source   string   // that, in words
	Role     string   // that membership gives, "" for none
	Opens    []string // names of the collections that it opens
}

// Listed is what it is put in order by.
func (g Group) Listed() (name, id string) { return g.Name, g.ID }

// GroupOwn is the page of one group.
type GroupOwn struct {
	look.Frame
	List // of the members
	Group
	People []User
	Opened []Link
	Picker Picker
	Faults look.Faults
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

// faultsOf are the faults if they belong to that form, otherwise none.
func faultsOf(f look.Faults, editing, id string) look.Faults {
	if editing == id {
		return f
	}
	return nil
}
