package saml

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	saml2 "github.com/russellhaering/gosaml2"
	"github.com/russellhaering/gosaml2/types"
	dsig "github.com/russellhaering/goxmldsig"
)

// Config is one firm's registration at one provider.
type Config struct {
	EntityID string // this box's, at the provider
	Consumer string // address of its assertion consumer service
	Provider Provider
	Contexts []string // asked for as RequestedAuthnContext
	Now      func() time.Time
}

// Attributes names those that a person is read from; "" for the usual ones.
type Attributes struct{ Login, Name, Groups string }

// Person is who a verified assertion speaks of.
type Person struct {
	ID      string    // of the assertion, to be accepted once
	Until   time.Time // until then ID must be remembered
	Subject string    // NameID, 1 to 255 bytes
	Session string    // SessionIndex
	Login   string
	Name    string
	Mail    string
	Groups  []string
	// Contexts say how they proved who they are: AuthnContextClassRef, and what
	// Microsoft's providers tell in an attribute instead.
	Contexts []string
	At       time.Time // when they did (AuthnInstant); zero where it isn't told
}

const (
	skew        = time.Minute
	maxResponse = 512 << 10 // bytes of base64
	maxText     = 300
	maxGroups   = 2000
)

// Verify checks a response (the form field SAMLResponse) to the request of an id,
// and reads who has signed in. Error: Refusal.
func Verify(cfg Config, encoded, request string, names Attributes) (p Person, err error) {
	defer func() {
		if e := recover(); e != nil {
			p, err = Person{}, refuse(Panicked, fmt.Errorf("%v", e))
		}
	}()
	if len(encoded) > maxResponse {
		return p, refuse(TooLarge, nil)
	}
	encoded = strings.Join(strings.Fields(encoded), "")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) == 0 {
		return p, refuse(Malformed, errors.New("no base64"))
	}
	if err := checkShape(raw); err != nil {
		return p, err
	}
	return verified(cfg, encoded, request, names)
}

// verified checks a response of the right shape.
func verified(cfg Config, encoded, request string, names Attributes) (p Person, err error) {
	now := cfg.Now()
	sp := &saml2.SAMLServiceProvider{
		IdentityProviderIssuer: cfg.Provider.EntityID, AssertionConsumerServiceURL: cfg.Consumer, ServiceProviderIssuer: cfg.EntityID, AudienceURI: cfg.EntityID,
		IDPCertificateStore: &dsig.MemoryX509CertificateStore{Roots: cfg.Provider.Certificates}, AllowMissingAttributes: true,
		Clock: dsig.NewFakeClockAt(now.Add(-skew)), MaximumXMLTokens: 3 * maxElements,
	}
	r, err := sp.ValidateEncodedResponse(encoded)
	if err != nil {
		return p, libraryRefused(err)
	}
	if len(r.Assertions) != 1 {
		return p, refuse(Assertions, nil)
	}
	a := r.Assertions[0]
	if !r.SignatureValidated && !a.SignatureValidated {
		return p, refuse(Unsigned, nil)
	}
	if err := check(cfg, r, &a, request, now); err != nil {
		return p, err
	}
	return person(&a, names, now)
}

// libraryRefused finds the reason in what the library says.
func libraryRefused(err error) error {
	var missing saml2.ErrMissingElement
	var value saml2.ErrInvalidValue
	switch {
	case errors.Is(err, dsig.ErrMissingSignature):
		return refuse(Unsigned, nil)
	case errors.As(err, &value):
		return refuse(reasonOfValue(value), nil)
	case errors.As(err, &missing):
		return refuse(Malformed, errors.New("an element is missing"))
	case strings.Contains(err.Error(), "ertificate") && strings.Contains(err.Error(), "not valid at this time"):
		return refuse(Signature, errors.New("the provider's certificate has expired"))
	}
	return refuse(Signature, errors.New("the signature doesn't hold"))
}

func reasonOfValue(v saml2.ErrInvalidValue) Reason {
	switch v.Key {
	case saml2.DestinationAttr:
		return Destination
	case saml2.IssuerTag:
		return Issuer
	case saml2.StatusCodeTag:
		return Status
	case saml2.RecipientAttr:
		return Recipient
	case saml2.NotOnOrAfterAttr:
		return Expired
	}
	return Malformed
}

// check is what the library leaves to its caller: saml-profiles-2.0-os, section
// 4.1.4.3, and saml-core-2.0-os, section 2.5.
func check(cfg Config, r *types.Response, a *types.Assertion, request string, now time.Time) error {
	data := a.Subject.SubjectConfirmation.SubjectConfirmationData
	switch {
	case request == "" || data.InResponseTo != request || r.InResponseTo != request:
		return refuse(Request, nil)
	case r.SignatureValidated && r.Destination != cfg.Consumer:
		return refuse(Destination, nil)
	case a.ID == "" || len(a.ID) > 255 || a.Version != "2.0":
		return refuse(Malformed, nil)
	case a.IssueInstant.After(now.Add(skew)):
		return refuse(NotYet, nil)
	case a.Conditions == nil || a.AuthnStatement == nil:
		return refuse(Malformed, errors.New("no Conditions or no AuthnStatement"))
	case len(a.Conditions.AudienceRestrictions) == 0:
		return refuse(Audience, nil)
	}
	for _, only := range a.Conditions.AudienceRestrictions {
		if !slices.ContainsFunc(only.Audiences, func(x types.Audience) bool { return x.Value == cfg.EntityID }) {
			return refuse(Audience, nil)
		}
	}
	if s := a.Conditions.NotBefore; s != "" {
		from, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return refuse(Malformed, nil)
		}
		if from.After(now.Add(skew)) {
			return refuse(NotYet, nil)
		}
	}
	end, err := time.Parse(time.RFC3339, a.Conditions.NotOnOrAfter)
	if err != nil {
		return refuse(Malformed, nil)
	}
	if !now.Add(-skew).Before(end) || a.AuthnStatement.SessionNotOnOrAfter != nil && !now.Before(*a.AuthnStatement.SessionNotOnOrAfter) {
		return refuse(Expired, nil)
	}
	return nil
}

// Usual names of attributes: by LDAP, Entra ID, ADFS, Okta, Authentik, Keycloak.
var (
	loginNames = []string{"urn:oid:0.9.2342.19200300.100.1.1", "uid", "username", "login", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "http://schemas.goauthentik.io/2021/02/saml/username"}
	nameNames  = []string{"urn:oid:2.16.840.1.113730.3.1.241", "displayName", "name", "cn", "http://schemas.microsoft.com/identity/claims/displayname"}
	mailNames  = []string{"urn:oid:0.9.2342.19200300.100.1.3", "email", "mail", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"}
	groupNames = []string{"groups", "memberOf", "http://schemas.xmlsoap.org/claims/Group", "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"}
)

const transient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"

func person(a *types.Assertion, names Attributes, now time.Time) (p Person, err error) {
	id := a.Subject.NameID
	if id == nil || id.Format == transient {
		return p, refuse(Subject, nil)
	}
	p.Subject = strings.TrimSpace(id.Value)
	if p.Subject == "" || len(p.Subject) > 255 || !plain(p.Subject) {
		return p, refuse(Subject, nil)
	}
	p.ID, p.Session = a.ID, text(a.AuthnStatement.SessionIndex)
	p.Until = now.Add(10 * time.Minute)
	for _, s := range []string{a.Conditions.NotOnOrAfter, a.Subject.SubjectConfirmation.SubjectConfirmationData.NotOnOrAfter} {
		if end, err := time.Parse(time.RFC3339, s); err == nil && end.Add(2*skew).After(p.Until) {
			p.Until = end.Add(2 * skew)
		}
	}
	all := attributes(a.AttributeStatement)
	p.Login, p.Name, p.Mail = all.one(names.Login, loginNames), all.one(names.Name, nameNames), all.one("", mailNames)
	of := groupNames
	if names.Groups != "" {
		of = []string{names.Groups}
	}
	for _, n := range of {
		p.Groups = append(p.Groups, all[n]...)
	}
	p.Contexts, p.At = contexts(a.AuthnStatement, all)
	slices.Sort(p.Groups)
	p.Groups = slices.Compact(p.Groups)
	return p, nil
}

// methodsName is Microsoft's attribute of how somebody signed in.
const (
	methodsName = "http://schemas.microsoft.com/claims/authnmethodsreferences"
	maxContexts = 32
)

// contexts is how and when somebody proved who they are.
func contexts(s *types.AuthnStatement, all values) (out []string, at time.Time) {
	if c := s.AuthnContext; c != nil && c.AuthnContextClassRef != nil {
		if ref := text(c.AuthnContextClassRef.Value); ref != "" {
			out = append(out, ref)
		}
	}
	out = append(out, all[methodsName]...)
	if len(out) > maxContexts {
		out = out[:maxContexts]
	}
	if s.AuthnInstant != nil {
		at = s.AuthnInstant.UTC()
	}
	return out, at
}

// values are those of attributes, by name and by friendly name.
type values map[string][]string

func attributes(s *types.AttributeStatement) values {
	all := values{}
	if s == nil {
		return all
	}
	for _, at := range s.Attributes {
		for _, v := range at.Values {
			one := text(v.Value)
			if one == "" || len(all[at.Name]) >= maxGroups {
				continue
			}
			all[at.Name] = append(all[at.Name], one)
			if at.FriendlyName != "" && at.FriendlyName != at.Name {
				all[at.FriendlyName] = append(all[at.FriendlyName], one)
			}
		}
	}
	return all
}

// one is the first value of the chosen attribute, or of the first usual one.
func (all values) one(chosen string, usual []string) string {
	if chosen != "" {
		usual = []string{chosen}
	}
	for _, n := range usual {
		if len(all[n]) > 0 {
			return all[n][0]
		}
	}
	return ""
}

func text(s string) string {
	if s = strings.TrimSpace(s); len(s) > maxText || !plain(s) {
		return ""
	}
	return s
}

func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError })
}
