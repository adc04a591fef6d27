package page

import (
	"time"

	"coffre/ui/look"
)

// Sight is /access: what a person may see, or who may see a collection, and why.
// It names collections and groups; a document's title only where its reader may
// read it.
type Sight struct {
	look.Frame
	Admin bool // may ask about others
	Self  bool // it is about the reader

	People, Collections []look.Choice // to choose from
	Person, PersonName  string        // id; "" where a collection alone was asked for
	Closed              bool          // the person's account is closed
	Group, GroupName    string        // that was asked for
	GroupMembers        int
	Of                  string        // name of the collection that was asked for
	Document            string        // title, "" where none was asked for
	Sees, Blind         []SightRow    // what the person may see, and may not
	Readers             []SightReader // who may see the collection
	Everyone            bool          // the collection is open to everyone

	Only string // address of the export of what the page shows, "" where it shows nothing of its own

	Checks bool // the reader may see the check of rights
	Check  RightsCheck
}

// SightRow is a collection as it stands to a person.
type SightRow struct {
	ID, Name  string
	Documents int
	Writes    bool
	Why       []SightWhy
	Needs     []string // what would open it, in words
}

// SightReader is a person as they stand to a collection.
type SightReader struct {
	ID, Name string
	Writes   bool
	Why      []SightWhy
}

// SightWhy is one reason in words.
type SightWhy struct {
	Text  string
	Way   string    // into a nested group, "" where it isn't one
	Since time.Time // zero where nobody knows
}

// RightsCheck is the newest check that retrieval respects rights; a zero At
// means that there was none yet.
type RightsCheck struct {
	At             time.Time
	OK             bool
	Groups, People int
	Tried          int // questions
	Meaning        bool
	Leaks, Misses  int
	Faults         []string // in words
	Seq            uint64
}

// accessPath is where a tab of the access pages leads.
func accessPath(tab string) string {
	if tab == "sight" {
		return "/access"
	}
	return "/" + tab
}
