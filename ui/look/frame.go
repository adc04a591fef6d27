package look

import (
	"coffre/ui/words"
)

// Theme is a person's choice of colours, kept in the cookie ThemeCookie.
type Theme string

// The three choices; System follows prefers-color-scheme.
const (
	System Theme = ""
	Light  Theme = "light"
	Dark   Theme = "dark"
)

// The cookies that keep a browser's appearance. Neither is a secret: scripts
// may read them, and they need no __Host- prefix.
const (
	ThemeCookie    = "coffre-theme"
	LanguageCookie = "coffre-lang"
)

// ParseTheme reads a cookie's or a form's value; anything unknown is System.
func ParseTheme(s string) Theme {
	if t := Theme(s); t == Light || t == Dark {
		return t
	}
	return System
}

// Area is the part of the product that a page belongs to: it marks the
// navigation's current entry.
type Area string

// The areas of the navigation; None marks nothing.
const (
	NoArea    Area = ""
	Ask       Area = "ask"
	Documents Area = "documents"
	Journal   Area = "journal"
	Access    Area = "access"
	Settings  Area = "settings"
	Health    Area = "health"
)

// Frame is what the shell around every page needs. The zero Person means that
// nobody is signed in: no navigation is drawn.
type Frame struct {
	L      words.Lang
	Theme  Theme
	Firm   string // the tenant's display name
	Person Person
	Area   Area
	// Path is the request's path and query: where a change of language or
	// theme comes back to.
	Path string
	// Notices are shown once at the top of the page, after a redirect.
	Notices []Notice
	// Once: the page can't be had a second time, so nothing on it leads away
	// by itself, not even a change of language.
	Once bool
	// AirGap adds the line that says that nothing leaves the local network.
	AirGap bool
	// Hardened adds the badge of hardened mode, for administrators and auditors.
	Hardened bool
	// Demo adds the line that says that the data is thrown away.
	Demo bool
	// Public says instead that this is a demonstration for visitors, who may
	// become one of Guests.
	Public bool
	Guests []Guest
}

// Person is who is signed in, and which entries of the navigation they see.
type Person struct {
	Name  string // display name
	Role  string // admin, auditor or member
	Audit bool   // may open the journal
	Admin bool   // may open access and settings of the box
	Ill   int    // checks of health that are bad, for those who may see them
}

// SignedIn says whether the frame belongs to somebody.
func (f Frame) SignedIn() bool { return f.Person.Name != "" }

// Tone is the meaning of a notice, a badge or a banner. It is always said in
// words or by an icon too, never by colour alone.
type Tone string

// The tones; Plain has no colour.
const (
	Plain Tone = "plain"
	Good  Tone = "good"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
	Busy  Tone = "busy"
)

func (t Tone) icon() string {
	switch t {
	case Good:
		return "circle-check"
	case Warn:
		return "triangle-alert"
	case Bad:
		return "circle-alert"
	case Busy:
		return "loader-circle"
	}
	return "info"
}

// Notice is a finished sentence for the reader, with an optional act to undo
// or to go on: a plain form that posts to Action.
type Notice struct {
	Tone   Tone
	Text   string
	Action string // address to post to, or empty
	Label  string // the button's words, with Action
}

// Fault is an error code of the catalogue with the parameters of its sentence.
type Fault struct {
	Code   string
	Params map[string]string
}

// Sentence is the fault in words.
func (f Fault) Sentence(l words.Lang) string { return words.Error(l, f.Code, f.Params) }

// Faults are the faults of a form by the name of their field; the key "" is
// the form as a whole. A nil map has none.
type Faults map[string]Fault

// For is the sentence beside the field, empty when it has none.
func (f Faults) For(l words.Lang, field string) string {
	fault, ok := f[field]
	if !ok {
		return ""
	}
	return fault.Sentence(l)
}

// Form is the sentence above the form: its own fault, or that fields are
// marked below; empty when there is nothing wrong.
func (f Faults) Form(l words.Lang) string {
	if s := f.For(l, ""); s != "" {
		return s
	}
	if len(f) > 0 {
		return l.T("problem.form")
	}
	return ""
}

// Choice is one entry of a select, a checkbox list or a radio group.
type Choice struct {
	Value, Label string
	Hint         string // small text beside the label, or empty
	Selected     bool
}
