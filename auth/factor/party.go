package factor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Bounds of what a browser may send, and of how many keys a person may have.
const (
	MaxAnswer = 64 << 10 // bytes
	MaxKeys   = 20
)

// Party is the box under one of its names: what a key is made for, and the only
// thing that it answers to (WebAuthn level 3, section 5.1.2).
type Party struct {
	id, origin string
	w          *webauthn.WebAuthn
}

// Ceremony is what must be remembered between question and answer. It holds
// once, and for a few minutes: the caller sees to both.
type Ceremony struct{ data webauthn.SessionData }

// NewParty is the box under host, a host name with or without a port, as the
// browser sees it over TLS. firm is shown by the browser. ErrHost for an address.
func NewParty(host, firm string) (*Party, error) {
	host = strings.ToLower(host)
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil || name == "" {
		return nil, ErrHost
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: name, RPDisplayName: firm, RPOrigins: []string{"https://" + host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:      protocol.ResidentKeyRequirementPreferred,
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHost, err)
	}
	return &Party{id: name, origin: "https://" + host, w: w}, nil
}

// ID is the host name that keys made here are bound to.
func (p *Party) ID() string { return p.id }

// holder is a Holder with the keys of this party alone.
type holder struct {
	Holder
	party string
}

func (h holder) WebAuthnID() []byte          { return []byte(h.ID) }
func (h holder) WebAuthnName() string        { return h.Login }
func (h holder) WebAuthnDisplayName() string { return h.Name }

func (h holder) WebAuthnCredentials() []webauthn.Credential {
	var out []webauthn.Credential
	for _, k := range h.Keys {
		if k.Party == h.party {
			out = append(out, k.credential())
		}
	}
	return out
}

// BeginAdd asks for a new key: one that verifies its owner by PIN or finger, and
// that can be found without a name where it is able to. Keys that the person has
// here already are refused by the authenticator. options go to
// navigator.credentials.create as they are.
func (p *Party) BeginAdd(h Holder) (options []byte, c Ceremony, err error) {
	u := holder{h, p.id}
	var have []protocol.CredentialDescriptor
	for _, k := range u.WebAuthnCredentials() {
		have = append(have, k.Descriptor())
	}
	creation, data, err := p.w.BeginRegistration(u, webauthn.WithExclusions(have), webauthn.WithExtensions(webauthn.WithExtensionCredProps()))
	if err != nil {
		return nil, c, fmt.Errorf("ask for a new key: %w", err)
	}
	options, err = json.Marshal(creation.Response)
	return options, Ceremony{*data}, err
}

// FinishAdd checks the answer to BeginAdd. Errors: Refused.
func (p *Party) FinishAdd(h Holder, c Ceremony, answer []byte) (Key, error) {
	if len(answer) > MaxAnswer {
		return Key{}, refuse(Malformed, nil)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Key{}, refuse(Malformed, err)
	}
	flags := parsed.Response.AttestationObject.AuthData.Flags
	if err := p.early(c, parsed.Response.CollectedClientData, flags.UserVerified()); err != nil {
		return Key{}, err
	}
	cred, err := p.w.CreateCredential(holder{h, p.id}, c.data, parsed)
	if err != nil {
		return Key{}, refuse(BadAnswer, err)
	}
	return newKey(cred, p.id), nil
}

// BeginUse asks for one of the person's keys. ok is false where they have none
// under this name. options go to navigator.credentials.get as they are.
func (p *Party) BeginUse(h Holder) (options []byte, c Ceremony, ok bool, err error) {
	u := holder{h, p.id}
	if len(u.WebAuthnCredentials()) == 0 {
		return nil, c, false, nil
	}
	assertion, data, err := p.w.BeginLogin(u)
	if err != nil {
		return nil, c, false, fmt.Errorf("ask for a key: %w", err)
	}
	options, err = json.Marshal(assertion.Response)
	return options, Ceremony{*data}, true, err
}

// FinishUse checks the answer to BeginUse and returns the key with its new
// counter. Errors: Refused; with Cloned the key is returned too.
func (p *Party) FinishUse(h Holder, c Ceremony, answer []byte) (Key, error) {
	parsed, err := p.parseUse(c, answer)
	if err != nil {
		return Key{}, err
	}
	u := holder{h, p.id}
	cred, err := p.w.ValidateLogin(u, c.data, parsed)
	return p.used(u, cred, parsed, err)
}

// BeginPasskey asks for a passkey of anybody.
func (p *Party) BeginPasskey() (options []byte, c Ceremony, err error) {
	assertion, data, err := p.w.BeginDiscoverableLogin()
	if err != nil {
		return nil, c, fmt.Errorf("ask for a passkey: %w", err)
	}
	options, err = json.Marshal(assertion.Response)
	return options, Ceremony{*data}, err
}

// FinishPasskey checks the answer to BeginPasskey. find returns the person with
// this id; its error stays in Refused. Errors: those of FinishUse.
func (p *Party) FinishPasskey(c Ceremony, answer []byte, find func(id string) (Holder, error)) (Holder, Key, error) {
	parsed, err := p.parseUse(c, answer)
	if err != nil {
		return Holder{}, Key{}, err
	}
	var u holder
	_, cred, err := p.w.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		h, err := find(string(handle))
		u = holder{h, p.id}
		return u, err
	}, c.data, parsed)
	k, err := p.used(u, cred, parsed, err)
	return u.Holder, k, err
}

func (p *Party) parseUse(c Ceremony, answer []byte) (*protocol.ParsedCredentialAssertionData, error) {
	if len(answer) > MaxAnswer {
		return nil, refuse(Malformed, nil)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, refuse(Malformed, err)
	}
	return parsed, p.early(c, parsed.Response.CollectedClientData, parsed.Response.AuthenticatorData.Flags.UserVerified())
}

// early looks at what the library would refuse too, to say why in the trail.
func (p *Party) early(c Ceremony, d protocol.CollectedClientData, verified bool) error {
	switch {
	case !protocol.IsOriginInHaystack(d.Origin, []string{p.origin}) || d.CrossOrigin:
		return refuse(WrongOrigin, nil)
	case d.Challenge != c.data.Challenge || c.data.RelyingPartyID != p.id:
		return refuse(Stale, nil)
	case !verified:
		return refuse(NotVerified, nil)
	}
	return nil
}

// used finishes a use: which key it was, whether its counter went on.
func (p *Party) used(u holder, cred *webauthn.Credential, parsed *protocol.ParsedCredentialAssertionData, err error) (Key, error) {
	var k Key
	for _, own := range u.Keys {
		if own.Party == p.id && bytes.Equal(own.ID, parsed.RawID) {
			k = own
		}
	}
	switch {
	case k.ID == nil:
		return k, refuse(UnknownKey, err)
	case err != nil:
		return k, refuse(BadAnswer, err)
	case cred.Authenticator.CloneWarning:
		return k, refuse(Cloned, nil)
	}
	k.Count = cred.Authenticator.SignCount
	return k, nil
}
