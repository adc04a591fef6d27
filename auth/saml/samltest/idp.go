// Package samltest is a SAML identity provider for tests: it signs what it is told
// to, and wraps its signatures the ways that are published.
package samltest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// IdP signs with one key.
type IdP struct {
	EntityID, SignInURL string
	Cert                *x509.Certificate
	key                 *ecdsa.PrivateKey
	t                   testing.TB
}

// New makes a provider whose certificate is good for a day around now.
func New(t testing.TB, now time.Time) *IdP {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &IdP{EntityID: "https://idp.test/entity", SignInURL: "https://idp.test/sso", Cert: cert, key: key, t: t}
}

// Metadata is the provider's.
func (i *IdP) Metadata() string {
	return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="` + i.EntityID + `"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
		`<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` + base64.StdEncoding.EncodeToString(i.Cert.Raw) +
		`</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="` + i.SignInURL + `"/></IDPSSODescriptor></EntityDescriptor>`
}

// Answer is what a response says. The zero times are five minutes around Now.
type Answer struct {
	Now                         time.Time
	Request, Consumer, Audience string
	ID, Subject, Format         string
	Login, Session              string
	Groups                      []string
	Context                     string   // AuthnContextClassRef, a password's where empty
	Methods                     []string // Microsoft's attribute
	Status                      string
	NotBefore, End              time.Time
	Recipient, Destination      string // Consumer where empty
	Issuer                      string // the provider's where empty
}

const stamp = time.RFC3339

// Assertion is the unsigned assertion.
func (i *IdP) Assertion(a Answer) *etree.Element {
	or := func(s, d string) string {
		if s == "" {
			return d
		}
		return s
	}
	from, end := a.NotBefore, a.End
	if from.IsZero() {
		from = a.Now.Add(-5 * time.Minute)
	}
	if end.IsZero() {
		end = a.Now.Add(5 * time.Minute)
	}
	var groups strings.Builder
	for _, g := range a.Groups {
		groups.WriteString(`<saml:AttributeValue>` + g + `</saml:AttributeValue>`)
	}
	x := `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="` + or(a.ID, "_a1") + `" Version="2.0" IssueInstant="` + a.Now.UTC().Format(stamp) + `">` +
		`<saml:Issuer>` + or(a.Issuer, i.EntityID) + `</saml:Issuer><saml:Subject><saml:NameID Format="` + or(a.Format, "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent") + `">` + or(a.Subject, "subject-1") + `</saml:NameID>` +
		`<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="` + end.UTC().Format(stamp) + `" Recipient="` + or(a.Recipient, a.Consumer) + `" InResponseTo="` + a.Request + `"/></saml:SubjectConfirmation></saml:Subject>` +
		`<saml:Conditions NotBefore="` + from.UTC().Format(stamp) + `" NotOnOrAfter="` + end.UTC().Format(stamp) + `"><saml:AudienceRestriction><saml:Audience>` + a.Audience + `</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
		`<saml:AuthnStatement AuthnInstant="` + a.Now.UTC().Format(stamp) + `" SessionIndex="` + a.Session + `"><saml:AuthnContext><saml:AuthnContextClassRef>` + or(a.Context, "urn:oasis:names:tc:SAML:2.0:ac:classes:Password") + `</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
		`<saml:AttributeStatement><saml:Attribute Name="uid"><saml:AttributeValue>` + or(a.Login, "zoe") + `</saml:AttributeValue></saml:Attribute><saml:Attribute Name="groups">` + groups.String() + `</saml:Attribute>` + methods(a.Methods) + `</saml:AttributeStatement></saml:Assertion>`
	return i.parse(x)
}

func methods(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return `<saml:Attribute Name="http://schemas.microsoft.com/claims/authnmethodsreferences"><saml:AttributeValue>` +
		strings.Join(all, `</saml:AttributeValue><saml:AttributeValue>`) + `</saml:AttributeValue></saml:Attribute>`
}

// Response puts elements into a response.
func (i *IdP) Response(a Answer, inside ...*etree.Element) *etree.Element {
	status, to, by := a.Status, a.Destination, a.Issuer
	if status == "" {
		status = "urn:oasis:names:tc:SAML:2.0:status:Success"
	}
	if to == "" {
		to = a.Consumer
	}
	if by == "" {
		by = i.EntityID
	}
	r := i.parse(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r1" Version="2.0" IssueInstant="` + a.Now.UTC().Format(stamp) +
		`" Destination="` + to + `" InResponseTo="` + a.Request + `"><saml:Issuer>` + by + `</saml:Issuer><samlp:Status><samlp:StatusCode Value="` + status + `"/></samlp:Status></samlp:Response>`)
	for _, e := range inside {
		r.AddChild(e)
	}
	return r
}

func (i *IdP) parse(x string) *etree.Element {
	d := etree.NewDocument()
	if err := d.ReadFromString(x); err != nil {
		i.t.Fatal(err)
	}
	return d.Root()
}

// Sign puts a signature into a copy of an element, behind its issuer.
func (i *IdP) Sign(e *etree.Element) *etree.Element {
	ctx, err := dsig.NewSigningContext(i.key, [][]byte{i.Cert.Raw})
	if err != nil {
		i.t.Fatal(err)
	}
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := ctx.SetSignatureMethod(dsig.ECDSASHA256SignatureMethod); err != nil {
		i.t.Fatal(err)
	}
	signed, err := ctx.SignEnveloped(e)
	if err != nil {
		i.t.Fatal(err)
	}
	// The library hangs it at the end without telling it its parent.
	sig := signed.Child[len(signed.Child)-1]
	signed.Child = signed.Child[:len(signed.Child)-1]
	signed.InsertChildAt(1, sig)
	return signed
}

// Good is a whole response with a signed assertion, as a browser posts it.
func (i *IdP) Good(a Answer) string { return Encode(i.Response(a, i.Sign(i.Assertion(a)))) }

// Encode is an element as the form field SAMLResponse.
func Encode(e *etree.Element) string {
	d := etree.NewDocument()
	d.SetRoot(e.Copy())
	b, err := d.WriteToBytes()
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(b)
}
