package page

import (
	"net/url"

	"github.com/a-h/templ"

	"coffre/ui/look"
)

// Setup is the first run's form.
type Setup struct {
	look.Frame
	Token       string // from the one-time link, sent back with the form
	Firm        string
	AdminName   string
	AdminUser   string
	MinPassword int // characters
	Faults      look.Faults
}

// Kit is what set-up shows once: the keys to print and keep away from the box.
type Kit struct {
	look.Frame
	FirstKey    string // first checkpoint verifier key; public
	RecoveryKey string // secret: never on the box, never shown again
	// Public is the recovery key's public half.
	Public string
	// The codes are what an auditor's telephone reads from the paper.
	FirstCode, PublicCode Part
	// Paper opens the backups; nil where it could not be made, or was before.
	Paper *PaperKit
	// Box is the kit of the box's own journal; nil where it was shown before.
	Box     *BoxKit
	Tenant  string
	Created string // customer.created_at, as it stands in the chain
	Address string // where people reach the box
	CA      string // SHA-256 of the box's own certificate authority, or empty
}

// BoxKit is the emergency kit of the box's own journal.
type BoxKit struct {
	FirstKey    string
	RecoveryKey string // secret
}

// SignIn is the sign-in form. A refused try shows its fault beside the form:
// bad-credentials, or rate-limited with the parameter seconds.
type SignIn struct {
	look.Frame
	User   string
	Next   string // path to go to afterwards
	Faults look.Faults
	// Wait is how many seconds a next try has to wait; 0 when it needn't.
	Wait int
	// Passkey: the address is one that browsers accept keys for.
	Passkey bool
	// Through are the identity providers that people may sign in through.
	Through []SignInThrough
}

// SignInThrough is a provider on the sign-in page.
type SignInThrough struct{ ID, Kind, Name string }

func (v SignIn) through(p SignInThrough) templ.SafeURL {
	at := join("/signin", p.Kind, p.ID)
	if v.Next != "" && v.Next != "/" {
		at += "?next=" + url.QueryEscape(v.Next)
	}
	return templ.SafeURL(at)
}

// Problem is a whole page for a request that failed: 403, 404, 500, 503 or
// another status. What a person may not see is 404.
type Problem struct {
	look.Frame
	Status  int
	Fault   look.Fault
	Request string // request id
}
