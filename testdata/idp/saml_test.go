package idp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/xml"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"coffre/auth/saml"
)

const (
	consumer = "https://coffre.test/signin/saml/prv-1/acs"
	entity   = "https://coffre.test/signin/saml/prv-1/metadata"
)

// firm knows one service provider and one person.
type firm struct{ sp *crewjam.EntityDescriptor }

func (f firm) GetServiceProvider(_ *http.Request, id string) (*crewjam.EntityDescriptor, error) {
	if id != entity {
		return nil, os.ErrNotExist
	}
	return f.sp, nil
}

func (firm) GetSession(http.ResponseWriter, *http.Request, *crewjam.IdpAuthnRequest) *crewjam.Session {
	now := time.Now()
	return &crewjam.Session{
		ID: "s", CreateTime: now, ExpireTime: now.Add(time.Hour), Index: "index-1", NameID: "lasting-1", NameIDFormat: string(crewjam.PersistentNameIDFormat),
		UserName: "zoe", UserCommonName: "Zoé Müller", UserEmail: "zoe@acme.test", Groups: []string{"staff"},
	}
}

// provider is crewjam's, which shares no code with what checks its answers but
// goxmldsig.
func provider(t *testing.T) (*crewjam.IdentityProvider, *httptest.Server) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := x509.ParseCertificate(der)
	var own crewjam.EntityDescriptor
	if err := xml.Unmarshal(saml.OwnMetadata(entity, consumer), &own); err != nil {
		t.Fatal(err)
	}
	idp := &crewjam.IdentityProvider{Key: key, Certificate: cert, Logger: log.New(io.Discard, "", 0), ServiceProviderProvider: firm{&own}, SessionProvider: firm{}, SignatureMethod: dsig.RSASHA256SignatureMethod}
	var inner http.Handler
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	at, _ := url.Parse(s.URL)
	idp.MetadataURL = url.URL{Scheme: "https", Host: at.Host, Path: "/metadata"}
	idp.SSOURL = url.URL{Scheme: "https", Host: at.Host, Path: "/sso"}
	inner = idp.Handler()
	return idp, s
}

func TestCrewjam(t *testing.T) {
	idp, s := provider(t)
	resp, err := s.Client().Get(idp.MetadataURL.String())
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	p, err := saml.ParseMetadata(raw)
	if err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	cfg := saml.Config{EntityID: entity, Consumer: consumer, Provider: p, Now: time.Now}
	ask := func() (request, answer string) {
		request = saml.NewRequestID()
		at, err := saml.RequestURL(cfg, request, false)
		if err != nil {
			t.Fatal(err)
		}
		req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, at, nil)
		resp, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		page, _ := io.ReadAll(resp.Body)
		m := regexp.MustCompile(`name="SAMLResponse" value="([^"]+)"`).FindSubmatch(page)
		if m == nil {
			t.Fatalf("%d %s", resp.StatusCode, page)
		}
		return request, strings.NewReplacer("&#43;", "+", "&#x2b;", "+", "&#x2B;", "+").Replace(string(m[1]))
	}
	request, answer := ask()
	who, err := saml.Verify(cfg, answer, request, saml.Attributes{})
	if err != nil {
		t.Fatal(err)
	}
	if who.Subject != "lasting-1" || who.Login != "zoe" || who.Session != "index-1" {
		t.Errorf("%+v", who)
	}
	other, _ := ask()
	if _, err := saml.Verify(cfg, answer, other, saml.Attributes{}); saml.ReasonOf(err) != saml.Request {
		t.Errorf("the answer to another request: %v", err)
	}
	foreign := cfg
	foreign.EntityID = "https://other.test"
	if _, err := saml.Verify(foreign, answer, request, saml.Attributes{}); saml.ReasonOf(err) != saml.Audience {
		t.Errorf("another audience: %v", err)
	}
	strange := cfg
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, _ := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	cert, _ := x509.ParseCertificate(der)
	strange.Provider.Certificates = []*x509.Certificate{cert}
	if _, err := saml.Verify(strange, answer, request, saml.Attributes{}); saml.ReasonOf(err) != saml.Signature {
		t.Errorf("another certificate: %v", err)
	}
}
