package page

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Account is what somebody sees of their own account.
type Account struct {
	look.Frame
	Login, Mail string
	Source      bool   // somebody else than this box answers for the account
	Method      string // how this session was opened
	Since       time.Time
	Sessions    int // open ones, this one included
	Keys        int // that can be used
	Known       []Identity
	Takes       bool // may take a role for a time, or give one
}

// Sessions are the sign-ins of a person that are open.
type Sessions struct {
	look.Frame
	// Of is whose they are where an administrator looks at somebody else's, with
	// the address of the person's part of /people; else the reader's own.
	Of, OfID string
	Items    []SessionItem
	Places   []SessionPlace // new ones that nobody has called their own
	Hours    int            // after the sign-in, a session ends
	Minutes  int            // or after the last request
}

// SessionItem is one session.
type SessionItem struct {
	ID      string
	Browser string
	System  string
	Phone   bool
	Address string
	Method  string
	Created time.Time
	Seen    time.Time
	Ends    time.Time
	Current bool
	New     bool // from a place that is new
	Steps   bool // the sign-in is not complete
}

// SessionPlace is a place of which a person has not said that it is theirs.
type SessionPlace struct {
	Address, Device string
	First           time.Time
}

// device is the browser and system in words.
func (v Sessions) device(s SessionItem) string {
	switch {
	case s.Browser != "" && s.System != "":
		return v.L.T("sessions.device", "browser", s.Browser, "system", s.System)
	case s.Browser+s.System != "":
		return s.Browser + s.System
	}
	return v.L.T("sessions.unknown")
}

func (v Sessions) action() string {
	if v.OfID != "" {
		return join("/people", v.OfID, "sessions")
	}
	return "/account/sessions"
}

func (v Sessions) heading() string {
	if v.OfID != "" {
		return v.L.T("sessions.of", "name", v.Of)
	}
	return v.L.T("sessions.title")
}

func (v Sessions) others() int {
	n := 0
	for _, s := range v.Items {
		if !s.Current {
			n++
		}
	}
	return n
}

func orUnknown(l words.Lang, device string) string {
	if device == "" {
		return l.T("sessions.unknown")
	}
	return device
}
