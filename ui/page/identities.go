package page

import (
	"time"

	"coffre/ui/look"
)

// Identities is what a person is known as elsewhere, and where an administrator
// links their account.
type Identities struct {
	look.Frame
	ID, Of    string
	Items     []Identity
	Waiting   []look.Choice // of all providers, without an account
	Directory bool          // it is switched on
	Local     bool          // the account is this box's own
	Sealed    bool          // nobody may link it
	Login     string        // typed
	Faults    look.Faults
}

// Identity is one of them.
type Identity struct {
	Provider, Subject string
	Where             string // name of the provider, or the directory in words
	Login, Mail       string
	Seen              time.Time
	Own               bool // the account came by it
}
