package saml

import (
	"bytes"
	"compress/flate"
	"crypto/rand"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/url"
	"time"
)

// NewRequestID is the id of a request: an NCName of 130 random bits.
func NewRequestID() string { return "_" + rand.Text() }

// RequestURL is where the browser goes to sign in: the HTTP-Redirect binding of
// saml-bindings-2.0-os, section 3.4, unsigned. fresh asks the provider to prove the
// person's presence again even if they are signed in there.
func RequestURL(cfg Config, id string, fresh bool) (string, error) {
	var b bytes.Buffer
	b.WriteString(`<samlp:AuthnRequest xmlns:samlp="` + protocolNS + `" xmlns:saml="` + assertionNS + `" ID="` + id + `" Version="2.0" IssueInstant="` +
		cfg.Now().UTC().Format(time.RFC3339) + `" ProtocolBinding="` + postBinding + `" Destination="`)
	xml.EscapeText(&b, []byte(cfg.Provider.SignInURL))
	if fresh {
		b.WriteString(`" ForceAuthn="true`)
	}
	b.WriteString(`" AssertionConsumerServiceURL="`)
	xml.EscapeText(&b, []byte(cfg.Consumer))
	b.WriteString(`"><saml:Issuer>`)
	xml.EscapeText(&b, []byte(cfg.EntityID))
	b.WriteString(`</saml:Issuer>`)
	if len(cfg.Contexts) > 0 {
		b.WriteString(`<samlp:RequestedAuthnContext Comparison="exact">`)
		for _, c := range cfg.Contexts {
			b.WriteString(`<saml:AuthnContextClassRef>`)
			xml.EscapeText(&b, []byte(c))
			b.WriteString(`</saml:AuthnContextClassRef>`)
		}
		b.WriteString(`</samlp:RequestedAuthnContext>`)
	}
	b.WriteString(`</samlp:AuthnRequest>`)
	var small bytes.Buffer
	w, err := flate.NewWriter(&small, flate.DefaultCompression)
	if err != nil {
		return "", fmt.Errorf("compress request: %w", err)
	}
	w.Write(b.Bytes())
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("compress request: %w", err)
	}
	u, err := url.Parse(cfg.Provider.SignInURL)
	if err != nil {
		return "", fmt.Errorf("read sign-in address: %w", err)
	}
	q := u.Query()
	q.Set("SAMLRequest", base64.StdEncoding.EncodeToString(small.Bytes()))
	u.RawQuery = q.Encode()
	return u.String(), nil
}
