package page

import (
	"strings"
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// SettingsSecrets is a page of its own, shown among the settings.
const SettingsSecrets = "secrets"

// Secrets is the list of what the box keeps to sign in elsewhere. No value is in
// it, and none ever comes back from a form.
type Secrets struct {
	look.Frame
	Items []Secret
	Typed SecretTyped
	// Of is the secret whose form was refused, "" for the form of a new one, NewPair
	// for that of a new certificate.
	Of     string
	Lines  []look.Choice // purposes of values of one line
	Pairs  []look.Choice // and of certificates with their keys
	Faults look.Faults   // name, purpose, address, value, remind_days, expires, seen
	// Days is after how many days a new value is due, where a secret has no other.
	Days   int
	Locked *look.Fault // why none can be opened or kept
}

// SecretTyped is what was typed besides the value.
type SecretTyped struct{ Name, Purpose, Address, Days, Expires string }

// NewPair is what Secrets.Of calls the form of a new certificate with its key.
const NewPair = "pair"

// Secret is one of them.
type Secret struct {
	ID, Name, Purpose, Address string
	Pair                       bool   // a certificate with its key
	State                      string // good, soon, due, expired or revoked
	Changed, Due               time.Time
	Expires, Ended, Used       time.Time // zero: never
	UsedBy                     string    // part of the box
	Users                      []string  // settings that name it
	Running                    int       // uses that would end with it
	Days                       int       // 0: as everywhere
}

func (s Secret) ended() bool { return s.State == "expired" || s.State == "revoked" }

func (s Secret) tone() look.Tone {
	switch s.State {
	case "good":
		return look.Good
	case "soon":
		return look.Warn
	case "due":
		return look.Bad
	}
	return look.Plain
}

// faults are those of a secret's own form.
func (v Secrets) faults(id string) look.Faults {
	if v.Of == id {
		return v.Faults
	}
	return nil
}

func (v Secrets) revokes(id string) bool {
	return v.Of == id && v.Faults["seen"].Code != ""
}

// typed is what a form shows of name, address and days: what was typed in it, or
// what is kept.
func (v Secrets) typed(s Secret) SecretTyped {
	if v.Of == s.ID && len(v.Faults) > 0 {
		return v.Typed
	}
	t := SecretTyped{Name: s.Name, Address: s.Address}
	if s.Days > 0 {
		t.Days = number(s.Days)
	}
	if !s.Expires.IsZero() && !s.Pair { // a certificate brings its own end
		t.Expires = s.Expires.Format(time.DateOnly)
	}
	return t
}

// chosen tells whether something but the first, empty choice is.
func chosen(choices []look.Choice) bool {
	for _, c := range choices {
		if c.Selected && c.Value != "" {
			return true
		}
	}
	return false
}

// secretUser names a setting that a secret's id stands in.
func secretUser(l words.Lang, setting string) string {
	switch setting {
	case "llm.key_secret":
		return l.T("secret.user.llm")
	case "embed.key_secret":
		return l.T("secret.user.embed")
	case "audit.forward":
		return l.T("secret.user.siem")
	case "alerts.account_secret":
		return l.T("secret.user.mail")
	case "search.rerank_key_secret":
		return l.T("secret.user.rerank")
	case "embed.at_key_secret", "previous.embed.at_key_secret":
		return l.T("secret.user.embed-at")
	}
	if name, ok := strings.CutPrefix(setting, "provider:"); ok {
		return l.T("secret.user.provider", "name", name)
	}
	return setting
}
