package factor

import (
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Key is what is kept of a security key or passkey: nothing secret.
type Key struct {
	ID         []byte   `json:"id"`     // the authenticator's own name of it
	PublicKey  []byte   `json:"public"` // COSE (RFC 9052)
	Party      string   `json:"party"`  // the host name that it answers to
	Count      uint32   `json:"count,omitempty"`
	Transports []string `json:"transports,omitempty"`
	// Passkey: it can be found without a name, so that it signs in by itself.
	Passkey bool `json:"passkey,omitempty"`
	// Synced: it may exist on several devices of its owner.
	Synced bool   `json:"synced,omitempty"`
	Format string `json:"format,omitempty"` // of the attestation; decides about old U2F keys
}

// Holder is the person whose keys are meant.
type Holder struct {
	ID, Login, Name string
	Keys            []Key
}

// Refused says why an answer of an authenticator was not accepted. Reason is a
// word for the audit trail and holds nothing of the answer.
type Refused struct {
	Reason string
	Err    error
}

// The reasons of Refused.
const (
	Malformed   = "malformed"        // not what a browser sends
	WrongOrigin = "wrong-origin"     // made on a page of another address: phishing, or another name of the box
	NotVerified = "not-verified"     // the key didn't ask for its PIN or a finger
	Stale       = "stale-challenge"  // an answer to another question
	UnknownKey  = "unknown-key"      // none of this person's
	Cloned      = "cloned-key"       // its counter went back: two of it may exist
	BadAnswer   = "invalid-response" // everything else, a wrong signature above all
)

func (r *Refused) Error() string { return "check security key: " + r.Reason }

func (r *Refused) Unwrap() error { return r.Err }

// ReasonOf is the reason of a refusal, "" for another error.
func ReasonOf(err error) string {
	var r *Refused
	if errors.As(err, &r) {
		return r.Reason
	}
	return ""
}

// ErrHost: keys need a host name. Browsers allow none for an IP address.
var ErrHost = errors.New("security keys need a host name")

// credential is the key as the library wants it.
func (k Key) credential() webauthn.Credential {
	c := webauthn.Credential{ID: k.ID, PublicKey: k.PublicKey, AttestationFormat: k.Format}
	c.Flags.UserPresent, c.Flags.UserVerified, c.Flags.BackupEligible = true, true, k.Synced
	c.Authenticator.SignCount = k.Count
	for _, t := range k.Transports {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

func newKey(c *webauthn.Credential, party string) Key {
	k := Key{
		ID: c.ID, PublicKey: c.PublicKey, Party: party, Count: c.Authenticator.SignCount,
		Synced: c.Flags.BackupEligible, Format: c.AttestationFormat,
		Passkey: c.Extensions.RK != nil && *c.Extensions.RK,
	}
	for _, t := range c.Transport {
		k.Transports = append(k.Transports, string(t))
	}
	return k
}

// refuse wraps what the library says. Its details name challenges and origins,
// which belong in no log: only the type goes on.
func refuse(reason string, err error) error {
	var pe *protocol.Error
	if errors.As(err, &pe) {
		err = fmt.Errorf("webauthn: %s", pe.Type)
	}
	return &Refused{Reason: reason, Err: err}
}
