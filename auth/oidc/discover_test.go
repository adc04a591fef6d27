package oidc

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestParseEndpoints(t *testing.T) {
	const good = `{"issuer":"https://a.test","authorization_endpoint":"https://a.test/a","token_endpoint":"https://b.test/t","jwks_uri":"https://c.test/k","id_token_signing_alg_values_supported":["RS256","HS256","none","ES256"],"token_endpoint_auth_methods_supported":["client_secret_post"]}`
	e, err := ParseEndpoints([]byte(good), "https://a.test")
	if err != nil || strings.Join(e.Algorithms, " ") != "RS256 ES256" || e.Basic || e.TokenURL != "https://b.test/t" {
		t.Fatalf("%+v %v", e, err)
	}
	for name, c := range map[string]struct {
		from, to string
		why      Reason
	}{
		"another issuer":     {`"https://a.test"`, `"https://a.test/"`, Issuer},
		"clear text":         {`https://b.test`, `http://b.test`, Clear},
		"no keys":            {`"jwks_uri"`, `"x"`, Discovery},
		"user in an address": {`https://c.test`, `https://u:p@c.test`, Discovery},
		"no algorithm":       {`"RS256","HS256","none","ES256"`, `"HS256","none"`, Algorithm},
		"no JSON":            {`{`, ``, Discovery},
	} {
		_, err := ParseEndpoints([]byte(strings.Replace(good, c.from, c.to, 1)), "https://a.test")
		if ReasonOf(err) != c.why {
			t.Errorf("%s: %v, want %s", name, err, c.why)
		}
	}
	for in, why := range map[string]Reason{"http://a.test": Clear, "https://": Issuer, "https://a.test?x=1": Issuer, "https://u@a.test": Issuer, "a.test": Issuer, "https://a.test/realms/x": ""} {
		if got := ReasonOf(CheckIssuer(in)); got != why {
			t.Errorf("%s: %s, want %s", in, got, why)
		}
	}
}

// TestDiscoverBounds: no redirect is followed, and no answer read without end.
func TestDiscoverBounds(t *testing.T) {
	hits := 0
	var answer http.HandlerFunc
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hits++; answer(w, r) }))
	defer s.Close()
	answer = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, s.URL+"/other", http.StatusFound) }
	_, err := Discover(t.Context(), s.Client(), s.URL)
	if want(t, err, Discovery); hits != 1 {
		t.Errorf("%d requests, want 1", hits)
	}
	answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"issuer":"`))
		for range 300 {
			w.Write([]byte(strings.Repeat("x", 8192)))
		}
	}
	_, err = Discover(t.Context(), s.Client(), s.URL)
	want(t, err, Discovery)
}

func FuzzParseEndpoints(f *testing.F) {
	f.Add([]byte(`{"issuer":"https://a.test","authorization_endpoint":"https://a.test/a","token_endpoint":"https://a.test/t","jwks_uri":"https://a.test/k"}`))
	f.Add([]byte(`{"issuer":"https://a.test","jwks_uri":"javascript:x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseEndpoints(b, "https://a.test")
		if err != nil {
			if ReasonOf(err) == "" {
				t.Fatalf("an error without a reason: %v", err)
			}
			return
		}
		for _, u := range []string{e.AuthURL, e.TokenURL, e.KeysURL} {
			if !strings.HasPrefix(strings.ToLower(u), "https://") {
				t.Fatalf("accepted %q", u)
			}
		}
		if len(e.Algorithms) == 0 {
			t.Fatal("accepted without an algorithm")
		}
	})
}
