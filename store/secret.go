package store

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffre/vault"
)

// Credential is a secret that the box keeps to sign in elsewhere, without its
// value: that is only in Sealed, and opens nowhere but in UseCredential.
type Credential struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Purpose string `json:"purpose"`
	// Address is the only place that the value may be sent to, as CredentialAddress
	// writes it. Sealed is bound to it: another one needs the value again.
	Address string `json:"address"`
	// Trust is the file of authorities that the server at Address was believed by
	// when the value was given, "" for the system's. Sealed is bound to it, too.
	Trust   string `json:"trust,omitempty"`
	Version uint64 `json:"version"` // from 1 on, one more with each rotation
	// Created, and Changed, when the value was last given, with the actors' ids.
	Created   time.Time `json:"created"`
	By        string    `json:"by"`
	Changed   time.Time `json:"changed"`
	ChangedBy string    `json:"changed_by"`
	// Remind is after how many days a new value is due; 0 for SettingRotateDays.
	Remind  int       `json:"remind,omitempty"`
	Expires time.Time `json:"expires,omitzero"` // it isn't used from then on
	// Ended is when it was revoked, by EndedBy, or expired, by nobody.
	Ended   time.Time `json:"ended,omitzero"`
	EndedBy string    `json:"ended_by,omitempty"`
	// Used is the newest entry of a use, UsedBy the part of the box that it was.
	Used   time.Time `json:"used,omitzero"`
	UsedBy string    `json:"used_by,omitempty"`

	Sealed []byte `json:"sealed,omitempty"` // vault.SealCredential; gone once it has ended
	Digest []byte `json:"digest,omitempty"` // of the value, vault.CredentialDigest
}

// SettingRotateDays is after how many days a new value is due, DefaultRotateDays
// where it is not set.
const (
	SettingRotateDays = "secrets.rotate_days"
	DefaultRotateDays = 90
	MaxRotateDays     = 3650
)

// The states of a credential.
const (
	SecretGood    = "good"
	SecretSoon    = "soon" // a new value is due, or it expires, in a short while
	SecretDue     = "due"
	SecretExpired = "expired"
	SecretRevoked = "revoked"
)

const (
	maxCredentials = 500 // that have not ended
	maxSecretName  = 100 // bytes
	// warnNinth of the time to a rotation is left when the warning begins: 10
	// days of 90.
	warnNinth = 9
	// warnExpiry is how long before it expires.
	warnExpiry = 10 * 24 * time.Hour
)

var credentials = table[Credential]("secrets")

// RotateDays is after how many days a new value of c is due.
func (v *View) RotateDays(c Credential) int {
	if c.Remind > 0 {
		return c.Remind
	}
	n, err := strconv.Atoi(v.Setting(SettingRotateDays, ""))
	if err != nil || n < 1 || n > MaxRotateDays {
		return DefaultRotateDays
	}
	return n
}

// CredentialState tells how c stands now, and when a new value is due.
func (v *View) CredentialState(c Credential) (state string, due time.Time) {
	days, now := v.RotateDays(c), v.t.now()
	due = c.Changed.AddDate(0, 0, days)
	switch {
	case c.EndedBy != "":
		return SecretRevoked, due
	case c.over(now):
		return SecretExpired, due
	case !now.Before(due):
		return SecretDue, due
	case !now.Before(due.AddDate(0, 0, -max(1, days/warnNinth))), !c.Expires.IsZero() && c.Expires.Sub(now) <= warnExpiry:
		return SecretSoon, due
	}
	return SecretGood, due
}

// over tells whether it may not be used any more.
func (c Credential) over(now time.Time) bool {
	return !c.Ended.IsZero() || !c.Expires.IsZero() && !now.Before(c.Expires)
}

func (c Credential) scope(tenant string) vault.CredentialScope {
	return vault.CredentialScope{Tenant: tenant, ID: c.ID, Purpose: c.Purpose, Address: c.Address, Trust: c.Trust, Version: c.Version}
}

// bare is c without what only the vault needs.
func (c Credential) bare() Credential {
	c.Sealed, c.Digest = nil, nil
	return c
}

// Credential returns one by id, ended or not; code "secret-unknown" for none.
func (v *View) Credential(id string) (Credential, error) {
	c, err := v.credential(id)
	return c.bare(), err
}

func (v *View) credential(id string) (Credential, error) {
	c, err := credentials.get(v, []byte(id))
	if IsNotFound(err) {
		return c, Fail(NotFound, "secret-unknown")
	}
	return c, err
}

// Credentials lists them by name, those that have ended last.
func (v *View) Credentials() ([]Credential, error) {
	all, err := credentials.all(v)
	for i, c := range all {
		all[i] = c.bare()
	}
	slices.SortFunc(all, func(a, b Credential) int {
		if ended := !a.Ended.IsZero(); ended != !b.Ended.IsZero() {
			if ended {
				return 1
			}
			return -1
		}
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), a.Created.Compare(b.Created))
	})
	return all, err
}

// secretSetting ends the names of the settings that hold a credential's id.
const secretSetting = "_secret"

// forwardSetting is what CredentialUsers calls the receiver of the journal.
const forwardSetting = "audit.forward"

// CredentialUsers names the settings and providers that a credential's id stands in.
func (v *View) CredentialUsers(id string) (names []string, err error) {
	if id == "" {
		return nil, nil
	}
	err = table[string]("settings").each(v, nil, func(name []byte, value string) bool {
		if strings.HasSuffix(string(name), secretSetting) && value == id {
			names = append(names, string(name))
		}
		return true
	})
	to, ferr := v.ForwardTarget()
	if to.ClientSecret == id {
		names = append(names, forwardSetting)
	}
	more, merr := v.providerSecrets(id)
	return append(names, more...), errors.Join(err, ferr, merr)
}
