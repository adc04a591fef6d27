package store

import (
	"slices"
	"strings"
	"time"
)

// Identity is what somebody is known as elsewhere: in the firm's directory or at
// an identity provider. It belongs to one account for good, whatever names and
// mail addresses become.
type Identity struct {
	Provider string `json:"provider"` // "directory", or a provider's id
	Subject  string `json:"subject"`  // the lasting id there: objectGUID, entryUUID, sub, NameID
	UserID   string `json:"user,omitempty"`
	Login    string `json:"login,omitempty"` // the name there, as it was last seen
	Name     string `json:"name,omitempty"`
	Mail     string `json:"mail,omitempty"`
	// State is what is known of the account there: "", or disabled, expired,
	// locked, must-change, gone; waiting where it has no account here yet.
	State  string    `json:"state,omitempty"`
	Groups []string  `json:"groups,omitempty"` // lasting ids there
	Synced time.Time `json:"synced,omitzero"`  // last seen there
	// Via are the names of the groups on the way into a nested one of Groups, by its
	// id: of the one that names the person first.
	Via map[string][]string `json:"via,omitempty"`
	// Ended is set where the account was shut because of State, by nobody here.
	Ended bool `json:"ended,omitempty"`
	// Verifier is a PHC string of the password that was last right there, kept only
	// where the firm lets people in while the directory can't be reached.
	Verifier   string    `json:"verifier,omitempty"`
	VerifiedAt time.Time `json:"verified_at,omitzero"`
}

// IdentityWaiting is the state of one that an administrator must link first.
const IdentityWaiting = "waiting"

var identities = table[Identity]("identities")

func identityKey(provider, subject string) []byte { return []byte(provider + "\x00" + subject) }

// Identity returns one by provider and lasting id; NotFound where there is none.
func (v *View) Identity(provider, subject string) (Identity, error) {
	return identities.get(v, identityKey(provider, subject))
}

// Identities returns a provider's identities, in order of login.
func (v *View) Identities(provider string) (out []Identity, err error) {
	err = identities.each(v, identityKey(provider, ""), func(_ []byte, i Identity) bool { out = append(out, i); return true })
	slices.SortFunc(out, func(a, b Identity) int { return strings.Compare(a.Login+"\x00"+a.Subject, b.Login+"\x00"+b.Subject) })
	return out, err
}

// IdentitiesOf returns all that an account is known as.
func (v *View) IdentitiesOf(userID string) (out []Identity, err error) {
	err = identities.each(v, nil, func(_ []byte, i Identity) bool {
		if i.UserID == userID {
			out = append(out, i)
		}
		return true
	})
	return out, err
}

// PutIdentity adds an identity or replaces its record. One that belongs to an
// account never passes to another: Conflict "identity-taken".
func (tx *Tx) PutIdentity(i Identity) error {
	if i.Provider == "" || i.Subject == "" || len(i.Subject) > 1024 || strings.ContainsRune(i.Provider+i.Subject, 0) {
		return Fail(Invalid, "invalid-name", "field", "subject")
	}
	old, err := tx.Identity(i.Provider, i.Subject)
	if err != nil && !IsNotFound(err) {
		return err
	}
	if err == nil && old.UserID != "" && i.UserID != old.UserID {
		return Fail(Conflict, "identity-taken")
	}
	return identities.put(tx, identityKey(i.Provider, i.Subject), i)
}

// DeleteIdentity forgets one.
func (tx *Tx) DeleteIdentity(provider, subject string) error {
	return identities.delete(tx, identityKey(provider, subject))
}

// deleteIdentitiesOf forgets all that an account is known as.
func (tx *Tx) deleteIdentitiesOf(userID string) error {
	all, err := tx.IdentitiesOf(userID)
	for _, i := range all {
		if err := tx.DeleteIdentity(i.Provider, i.Subject); err != nil {
			return err
		}
	}
	return err
}
