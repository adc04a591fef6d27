package saml

import (
	"compress/flate"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/url"
	"strings"
	"testing"
)

func TestParseMetadata(t *testing.T) {
	i, cfg := newIdP(t)
	good := i.Metadata()
	if cfg.Provider.EntityID != i.EntityID || cfg.Provider.SignInURL != i.SignInURL || len(cfg.Provider.Certificates) != 1 {
		t.Fatalf("%+v", cfg.Provider)
	}
	for name, c := range map[string]struct {
		from, to string
		why      Reason
	}{
		"no entity":          {`entityID="` + i.EntityID + `"`, ``, Metadata},
		"clear text":         {`Location="https`, `Location="http`, Metadata},
		"a script":           {`Location="https://idp.test/sso"`, `Location="javascript:x"`, Metadata},
		"another binding":    {redirectBinding, postBinding, Metadata},
		"encryption only":    {`use="signing"`, `use="encryption"`, Metadata},
		"no certificate":     {`<X509Certificate>`, `<X509Certificate>AAAA`, Metadata},
		"a service provider": {"IDPSSODescriptor", "SPSSODescriptor", Metadata},
		"a document type":    {"<EntityDescriptor", "<!DOCTYPE x><EntityDescriptor", DocType},
		"cut":                {"</EntityDescriptor>", "", Metadata},
	} {
		in := strings.Replace(good, c.from, c.to, 1)
		if name == "a service provider" {
			in = strings.ReplaceAll(good, c.from, c.to)
		}
		_, err := ParseMetadata([]byte(in))
		want(t, name, err, c.why)
	}
	_, err := ParseMetadata([]byte(strings.Repeat("x", maxMetadata+1)))
	want(t, "huge", err, TooLarge)
}

func TestOwnMetadata(t *testing.T) {
	var m struct {
		EntityID string `xml:"entityID,attr"`
		SP       struct {
			ACS []struct {
				Location string `xml:"Location,attr"`
			} `xml:"AssertionConsumerService"`
		} `xml:"SPSSODescriptor"`
	}
	if err := xml.Unmarshal(OwnMetadata(`https://a.test/"><x`, consumer), &m); err != nil || m.EntityID != `https://a.test/"><x` || m.SP.ACS[0].Location != consumer {
		t.Errorf("%+v %v", m, err)
	}
}

func TestRequestURL(t *testing.T) {
	_, cfg := newIdP(t)
	cfg.Provider.SignInURL += "?tenant=1"
	id := NewRequestID()
	at, err := RequestURL(cfg, id, false)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(at)
	if err != nil || u.Query().Get("tenant") != "1" {
		t.Fatalf("%s %v", at, err)
	}
	small, err := base64.StdEncoding.DecodeString(u.Query().Get("SAMLRequest"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(flate.NewReader(strings.NewReader(string(small))))
	var r struct {
		XMLName xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol AuthnRequest"`
		ID      string   `xml:"ID,attr"`
		ACS     string   `xml:"AssertionConsumerServiceURL,attr"`
		Issuer  string   `xml:"urn:oasis:names:tc:SAML:2.0:assertion Issuer"`
	}
	if xerr := xml.Unmarshal(b, &r); err != nil || xerr != nil || r.ID != id || r.ACS != consumer || r.Issuer != ours {
		t.Errorf("%+v %v %v", r, err, xerr)
	}
}

func FuzzParseMetadata(f *testing.F) {
	i, _ := newIdP(f)
	f.Add([]byte(i.Metadata()))
	f.Add([]byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="a"/>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := ParseMetadata(raw)
		if err == nil && (p.EntityID == "" || len(p.Certificates) == 0 || !strings.HasPrefix(strings.ToLower(p.SignInURL), "https://")) {
			t.Fatalf("accepted %+v", p)
		}
		if err != nil && ReasonOf(err) == "" {
			t.Fatalf("an error without a reason: %v", err)
		}
	})
}
