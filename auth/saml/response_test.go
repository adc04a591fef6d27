package saml

import (
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"coffre/auth/saml/samltest"
)

var at = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

const (
	ours     = "https://coffre.test/signin/saml/prv-1/metadata"
	consumer = "https://coffre.test/signin/saml/prv-1/acs"
	request  = "_request1"
)

func newIdP(t testing.TB) (*samltest.IdP, Config) {
	i := samltest.New(t, at)
	p, err := ParseMetadata([]byte(i.Metadata()))
	if err != nil {
		t.Fatal(err)
	}
	return i, Config{EntityID: ours, Consumer: consumer, Provider: p, Now: func() time.Time { return at }}
}

func answer() samltest.Answer {
	return samltest.Answer{Now: at, Request: request, Consumer: consumer, Audience: ours, Session: "s-1", Groups: []string{"b", "a"}}
}

func want(t *testing.T, name string, err error, why Reason) {
	t.Helper()
	if ReasonOf(err) != why {
		t.Errorf("%s: refused for %q (%v), want %q", name, ReasonOf(err), err, why)
	}
}

func TestVerify(t *testing.T) {
	i, cfg := newIdP(t)
	p, err := Verify(cfg, i.Good(answer()), request, Attributes{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Subject != "subject-1" || p.Login != "zoe" || p.Session != "s-1" || p.ID != "_a1" || strings.Join(p.Groups, " ") != "a b" || !p.Until.After(at) {
		t.Errorf("%+v", p)
	}
	// The response signed, the assertion not; and both.
	a := answer()
	if _, err := Verify(cfg, samltest.Encode(i.Sign(i.Response(a, i.Assertion(a)))), request, Attributes{}); err != nil {
		t.Errorf("signed response: %v", err)
	}
	if _, err := Verify(cfg, samltest.Encode(i.Sign(i.Response(a, i.Sign(i.Assertion(a))))), request, Attributes{}); err != nil {
		t.Errorf("both signed: %v", err)
	}
	p, err = Verify(cfg, i.Good(a), request, Attributes{Login: "groups", Groups: "uid"})
	if err != nil || p.Login != "b" || strings.Join(p.Groups, "") != "zoe" {
		t.Errorf("chosen attributes: %+v %v", p, err)
	}
}

// TestVerifyRefuses: each response differs from a good one in one thing, and is
// signed all the same.
func TestVerifyRefuses(t *testing.T) {
	i, cfg := newIdP(t)
	for name, c := range map[string]struct {
		edit func(*samltest.Answer)
		why  Reason
	}{
		"another audience":    {func(a *samltest.Answer) { a.Audience = "https://other.test" }, Audience},
		"another recipient":   {func(a *samltest.Answer) { a.Recipient = "https://other.test/acs" }, Recipient},
		"another destination": {func(a *samltest.Answer) { a.Destination = "https://other.test/acs" }, Destination},
		"another request":     {func(a *samltest.Answer) { a.Request = "_other" }, Request},
		"unasked":             {func(a *samltest.Answer) { a.Request = "" }, Request},
		"another issuer":      {func(a *samltest.Answer) { a.Issuer = "https://evil.test" }, Issuer},
		"expired":             {func(a *samltest.Answer) { a.End = at.Add(-2 * time.Minute) }, Expired},
		"not yet":             {func(a *samltest.Answer) { a.NotBefore = at.Add(2 * time.Minute) }, NotYet},
		"issued tomorrow":     {func(a *samltest.Answer) { a.Now = at.Add(24 * time.Hour) }, NotYet},
		"a transient name":    {func(a *samltest.Answer) { a.Format = transient }, Subject},
		"an empty name":       {func(a *samltest.Answer) { a.Subject = " " }, Subject},
		"a failure":           {func(a *samltest.Answer) { a.Status = "urn:oasis:names:tc:SAML:2.0:status:Responder" }, Status},
	} {
		a := answer()
		c.edit(&a)
		_, err := Verify(cfg, i.Good(a), request, Attributes{})
		want(t, name, err, c.why)
	}
	a := answer()
	_, err := Verify(cfg, samltest.Encode(i.Response(a, i.Assertion(a))), request, Attributes{})
	want(t, "unsigned", err, Unsigned)
	other := samltest.New(t, at)
	_, err = Verify(cfg, other.Good(a), request, Attributes{})
	want(t, "another key", err, Signature)
	_, err = Verify(cfg, i.Good(a), "", Attributes{})
	want(t, "a flow without a request", err, Request)
	late := cfg
	late.Now = func() time.Time { return at.Add(48 * time.Hour) }
	a.Now = at.Add(48 * time.Hour)
	_, err = Verify(late, i.Good(a), request, Attributes{})
	want(t, "a certificate that has expired", err, Signature)
	strange := cfg
	strange.Provider.Certificates = []*x509.Certificate{other.Cert}
	_, err = Verify(strange, i.Good(answer()), request, Attributes{})
	want(t, "a certificate that the response brings", err, Signature)
}

// edited posts a good response whose text was changed after it was signed.
func edited(t *testing.T, good, from, to string) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(good)
	if err != nil || !strings.Contains(string(raw), from) {
		t.Fatalf("%q is not in the response (%v)", from, err)
	}
	return base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(raw), from, to, 1)))
}

func TestVerifyText(t *testing.T) {
	i, cfg := newIdP(t)
	good := i.Good(answer())
	bomb := `<!DOCTYPE a [<!ENTITY x "ha">` + strings.Repeat(`<!ENTITY y "&x;&x;&x;">`, 20) + `]>`
	for name, c := range map[string]struct {
		from, to string
		why      Reason
	}{
		"a changed name":              {">subject-1<", ">subject-2<", Signature},
		"a comment in the name":       {">subject-1<", ">subject-1<!-- -->.evil<", Comment},
		"a comment that hides half":   {">subject-1<", ">subject<!-- x -->-1<", Comment},
		"a processing instruction":    {">subject-1<", ">subject<?x y?>-1<", Malformed},
		"a document type":             {"<samlp:Response", `<!DOCTYPE x><samlp:Response`, DocType},
		"an entity bomb":              {"<samlp:Response", bomb + `<samlp:Response`, DocType},
		"an external entity":          {"<samlp:Response", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><samlp:Response`, DocType},
		"an entity that isn't there":  {">subject-1<", ">&evil;<", Malformed},
		"a second document":           {"</samlp:Response>", "</samlp:Response><samlp:Response/>", Shape},
		"text behind":                 {"</samlp:Response>", "</samlp:Response>x", Malformed},
		"an id twice":                 {`ID="_r1"`, `ID="_a1"`, Shape},
		"an empty id":                 {`ID="_r1"`, `ID=""`, Shape},
		"an id in another case":       {"<saml:Subject>", `<saml:Subject Id="_a1">`, Shape},
		"an encrypted assertion":      {"<samlp:Status>", "<saml:EncryptedAssertion/><samlp:Status>", Encrypted},
		"SHA-1":                       {"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1", Algorithm},
		"HMAC":                        {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "http://www.w3.org/2000/09/xmldsig#hmac-sha256", Algorithm},
		"a reference to another id":   {`URI="#_a1"`, `URI="#_r1"`, Shape},
		"a reference to the document": {`URI="#_a1"`, `URI=""`, Shape},
		"no version 2.0":              {`Version="2.0"`, `Version="1.1"`, Malformed},
	} {
		_, err := Verify(cfg, edited(t, good, c.from, c.to), request, Attributes{})
		want(t, name, err, c.why)
	}
	deep := base64.StdEncoding.EncodeToString([]byte(`<samlp:Response xmlns:samlp="` + protocolNS + `">` + strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000) + `</samlp:Response>`))
	for name, in := range map[string]string{"nothing": "", "no base64": "%%%", "no XML": "AAAA", "huge": strings.Repeat("A", maxResponse+1), "deep": deep} {
		if _, err := Verify(cfg, in, request, Attributes{}); ReasonOf(err) != Malformed && ReasonOf(err) != TooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzVerify: nothing but what the provider signed gets anybody in, and no input
// brings the parsers down.
func FuzzVerify(f *testing.F) {
	i, cfg := newIdP(f)
	raw, _ := base64.StdEncoding.DecodeString(i.Good(answer()))
	f.Add(raw)
	f.Add([]byte(strings.Replace(string(raw), ">subject-1<", ">subject-1<!-- -->x<", 1)))
	f.Add([]byte(`<samlp:Response xmlns:samlp="` + protocolNS + `"><a/></samlp:Response>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := Verify(cfg, base64.StdEncoding.EncodeToString(raw), request, Attributes{})
		switch {
		case err == nil && (p.Subject != "subject-1" || p.Login != "zoe"):
			t.Fatalf("%+v got in", p)
		case err != nil && ReasonOf(err) == "":
			t.Fatalf("an error without a reason: %v", err)
		}
	})
}
