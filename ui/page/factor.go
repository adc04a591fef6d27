package page

import (
	"time"

	"coffre/ui/look"
)

// Step is a page between a sign-in and the box, or the one that asks for presence
// anew.
type Step struct {
	look.Frame
	Next   string // own path to go on with
	Action string // address that the forms post to
	Faults look.Faults
	Login  string
	// Code: six digits or a recovery code are taken; Sheet: the person has such codes.
	Code, Sheet bool
	// Key are options for navigator.credentials, as JSON; "" where there is no key
	// under this name.
	Key string
	// KeyElsewhere: there are keys, but none for the name that the browser used.
	KeyElsewhere bool
	// Password is asked for too, where presence is proven anew.
	Password    bool
	MinPassword int
}

// Enroll is the choice of a factor to add.
type Enroll struct {
	look.Frame
	Action  string // address that the forms post to
	Next    string
	Step    bool // at sign-in: there is no way around
	KeyOnly bool // none but a key will do
	Faults  look.Faults
	Name    string
	// Code and Text are the app's secret, to be scanned and to be typed.
	Code Part
	Text string
	// Key are options for navigator.credentials.create, "" where the address allows none.
	Key string
}

// RecoverySheet shows codes once.
type RecoverySheet struct {
	look.Frame
	Codes []string
	Next  string
	Made  time.Time
	Login string
}

// Factors is the page of one's own factors.
type Factors struct {
	look.Frame
	Faults      look.Faults
	Editing     string // id of the factor whose form has faults
	Items       []Factor
	Sheet       *Factor // recovery codes
	Required    bool    // the firm asks for one
	KeyOnly     bool    // and for a key
	MinPassword int
	Local       bool // the box itself keeps the password
}

// Factor is one row of it.
type Factor struct {
	ID, Kind, Name string
	Created, Used  time.Time
	Blocked        time.Time
	Passkey        bool
	Synced         bool
	Party          string
	Here           bool // answers under the name that the browser used
	Left           int
	Low            bool
}

// Reset is the page behind a one-time link.
type Reset struct {
	look.Frame
	Token, Name, Login string
	Expires            time.Time
	Faults             look.Faults
	MinPassword        int
}

// ResetLink shows a link once.
type ResetLink struct {
	look.Frame
	Name, Login, Link string
	Expires           time.Time
}

// once is the frame of a page that is shown a single time.
func (v RecoverySheet) once() look.Frame {
	f := v.Frame
	f.Once = true
	return f
}

func (v ResetLink) once() look.Frame {
	f := v.Frame
	f.Once = true
	return f
}

// Again is for somebody whom another service answers for, and who has nothing to
// show here: they sign in there once more.
type Again struct {
	look.Frame
	Next    string
	Through SignInThrough // where presence is proven anew; no ID: the person signs out
}
