package saml

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"strings"
)

// Provider is what its metadata says.
type Provider struct {
	EntityID     string
	SignInURL    string // HTTP-Redirect binding, https
	Certificates []*x509.Certificate
}

const (
	maxMetadata     = 1 << 20
	maxCertificates = 10
	redirectBinding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	postBinding     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

// ParseMetadata reads a provider's metadata (saml-metadata-2.0-os): one
// EntityDescriptor with an IDPSSODescriptor. Error: Refusal Metadata, DocType or
// TooLarge.
func ParseMetadata(raw []byte) (p Provider, err error) {
	if len(raw) > maxMetadata {
		return p, refuse(TooLarge, nil)
	}
	if err := plainXML(raw); err != nil {
		return p, err
	}
	var m struct {
		XMLName  xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:metadata EntityDescriptor"`
		EntityID string   `xml:"entityID,attr"`
		IDP      []struct {
			Keys []struct {
				Use   string   `xml:"use,attr"`
				Certs []string `xml:"http://www.w3.org/2000/09/xmldsig# KeyInfo>X509Data>X509Certificate"`
			} `xml:"KeyDescriptor"`
			SignIn []struct {
				Binding  string `xml:"Binding,attr"`
				Location string `xml:"Location,attr"`
			} `xml:"SingleSignOnService"`
		} `xml:"urn:oasis:names:tc:SAML:2.0:metadata IDPSSODescriptor"`
	}
	if err := xml.Unmarshal(raw, &m); err != nil || len(m.IDP) != 1 {
		return p, refuse(Metadata, errors.New("not one identity provider's metadata"))
	}
	p.EntityID = m.EntityID
	if p.EntityID == "" || len(p.EntityID) > 1024 || !plain(p.EntityID) {
		return p, refuse(Metadata, errors.New("no entity id"))
	}
	for _, s := range m.IDP[0].SignIn {
		if s.Binding == redirectBinding && p.SignInURL == "" {
			p.SignInURL = s.Location
		}
	}
	if u, err := url.Parse(p.SignInURL); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(p.SignInURL) > 500 {
		return p, refuse(Metadata, errors.New("no https sign-in address with the redirect binding"))
	}
	for _, k := range m.IDP[0].Keys {
		if k.Use != "" && k.Use != "signing" {
			continue
		}
		for _, c := range k.Certs {
			der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(c), ""))
			if err != nil {
				return p, refuse(Metadata, errors.New("a certificate is no base64"))
			}
			cert, err := x509.ParseCertificate(der)
			if err != nil || len(p.Certificates) >= maxCertificates {
				return p, refuse(Metadata, errors.New("a certificate can't be read, or too many"))
			}
			p.Certificates = append(p.Certificates, cert)
		}
	}
	if len(p.Certificates) == 0 {
		return p, refuse(Metadata, errors.New("no signing certificate"))
	}
	return p, nil
}

// plainXML refuses document types, and nesting without end.
func plainXML(raw []byte) error {
	d := xml.NewDecoder(bytes.NewReader(raw))
	depth := 0
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return refuse(Metadata, errors.New("no well-formed XML"))
		}
		switch t.(type) {
		case xml.Directive:
			return refuse(DocType, nil)
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return refuse(TooLarge, nil)
			}
		case xml.EndElement:
			depth--
		}
	}
}

// OwnMetadata is this box's as a service provider, for the provider to read.
func OwnMetadata(entityID, consumer string) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.WriteString(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="`)
	xml.EscapeText(&b, []byte(entityID))
	b.WriteString(`"><SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true" protocolSupportEnumeration="` + protocolNS + `">` +
		`<NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</NameIDFormat>` +
		`<AssertionConsumerService Binding="` + postBinding + `" Location="`)
	xml.EscapeText(&b, []byte(consumer))
	b.WriteString(`" index="0" isDefault="true"></AssertionConsumerService></SPSSODescriptor></EntityDescriptor>` + "\n")
	return b.Bytes()
}
