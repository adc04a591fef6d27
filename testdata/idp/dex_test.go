package idp

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dexidp/dex/server"
	"github.com/dexidp/dex/server/signer"
	"github.com/dexidp/dex/storage"
	"github.com/dexidp/dex/storage/memory"

	"coffre/auth/oidc"
)

const (
	clientID = "coffre"
	secret   = "secret-of-the-test"
	callback = "https://coffre.test/signin/oidc/prv-1/callback"
)

// dex starts one over TLS, with a connector that signs somebody in at once.
func dex(t *testing.T) *httptest.Server {
	t.Helper()
	s, _ := dexWith(t, storage.Connector{ID: "mock", Type: "mockCallback", Name: "Mock", ResourceVersion: "1"})
	return s
}

// dexWith starts one with a connector, and returns what it stores in.
func dexWith(t *testing.T, connector storage.Connector) (*httptest.Server, storage.Storage) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	store := memory.New(log)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	if err := store.CreateClient(ctx, storage.Client{ID: clientID, Secret: secret, Name: "coffre", RedirectURIs: []string{callback}}); err != nil {
		t.Fatal(err)
	}
	if err := store.CreateConnector(ctx, connector); err != nil {
		t.Fatal(err)
	}
	var inner http.Handler
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	keys, err := (&signer.LocalConfig{KeysRotationPeriod: "1h"}).Open(ctx, store, time.Hour, time.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	if inner, err = server.NewServer(ctx, server.Config{Issuer: s.URL, Storage: store, SkipApprovalScreen: true, Logger: log, Signer: keys}); err != nil {
		t.Fatal(err)
	}
	return s, store
}

// browse signs in as a browser would and returns what comes back.
func browse(t *testing.T, s *httptest.Server, at string) url.Values {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	c := *s.Client()
	c.Jar = jar
	var back *url.URL
	c.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), callback) {
			back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}
	resp, err := c.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if link := regexp.MustCompile(`href="(/[^"]*mock[^"]*)"`).FindSubmatch(body); back == nil && link != nil {
		if resp, err = c.Get(s.URL + strings.ReplaceAll(string(link[1]), "&amp;", "&")); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	if back == nil {
		t.Fatalf("status %d: %.500s", resp.StatusCode, body)
	}
	return back.Query()
}

func client(t *testing.T, s *httptest.Server) *oidc.Client {
	t.Helper()
	e, err := oidc.Discover(t.Context(), s.Client(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return oidc.New(oidc.Config{Endpoints: e, ClientID: clientID, RedirectURL: callback, Scopes: []string{"profile", "email", "groups"}}, s.Client())
}

func TestDex(t *testing.T) {
	s := dex(t)
	c := client(t, s)
	f := oidc.NewFlow()
	back := browse(t, s, c.AuthURL(f, false))
	code, err := c.Answer(f, back)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Exchange(t.Context(), f, code, []byte(secret), oidc.Claims{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Subject == "" || p.Name != "Kilgore Trout" || p.Mail != "kilgore@kilgore.trout" || !p.MailVerified || strings.Join(p.Groups, " ") != "authors" {
		t.Errorf("%+v", p)
	}
	// The code is good once.
	if _, err := c.Exchange(t.Context(), f, code, []byte(secret), oidc.Claims{}); oidc.ReasonOf(err) != oidc.Code {
		t.Errorf("the code again: %v", err)
	}
	// Another verifier, as a thief of the code would have.
	f2 := oidc.NewFlow()
	code, err = c.Answer(f2, browse(t, s, c.AuthURL(f2, false)))
	if err != nil {
		t.Fatal(err)
	}
	stolen := f2
	stolen.Verifier = oidc.NewFlow().Verifier
	if _, err := c.Exchange(t.Context(), stolen, code, []byte(secret), oidc.Claims{}); oidc.ReasonOf(err) != oidc.Code {
		t.Errorf("another verifier: %v", err)
	}
	// Another nonce than the browser's.
	f3 := oidc.NewFlow()
	code, _ = c.Answer(f3, browse(t, s, c.AuthURL(f3, false)))
	f3.Nonce = "another"
	if _, err := c.Exchange(t.Context(), f3, code, []byte(secret), oidc.Claims{}); oidc.ReasonOf(err) != oidc.Nonce {
		t.Errorf("another nonce: %v", err)
	}
}

// TestDexProbes: what the settings page's test says of a real provider.
func TestDexProbes(t *testing.T) {
	s := dex(t)
	c := client(t, s)
	if n, err := c.ReadKeys(t.Context()); err != nil || n == 0 {
		t.Errorf("%d %v", n, err)
	}
	if err := c.ProbeClient(t.Context(), []byte(secret)); err != nil {
		t.Errorf("the right secret: %v", err)
	}
	if err := c.ProbeClient(t.Context(), []byte("wrong")); oidc.ReasonOf(err) != oidc.ClientRefused {
		t.Errorf("a wrong secret: %v", err)
	}
	if bad, err := c.ProbeRedirect(t.Context()); err != nil || bad {
		t.Errorf("the right address: %v %v", bad, err)
	}
	e, _ := oidc.Discover(t.Context(), s.Client(), s.URL)
	other := oidc.New(oidc.Config{Endpoints: e, ClientID: clientID, RedirectURL: "https://coffre.test/other"}, s.Client())
	if bad, err := other.ProbeRedirect(t.Context()); err != nil || !bad {
		t.Errorf("an address that isn't registered: %v %v", bad, err)
	}
}
