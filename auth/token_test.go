package auth

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"coffre/store"
)

func TestParseTokens(t *testing.T) {
	secret := store.NewToken()
	for token, ok := range map[string]bool{
		"acme." + secret:                       true,
		"a-1." + secret:                        true,
		secret:                                 false,
		"." + secret:                           false,
		"-acme." + secret:                      false,
		"Acme." + secret:                       false,
		"../box." + secret:                     false,
		"acme." + strings.ToUpper(secret):      false,
		"acme." + secret[1:]:                   false,
		"acme." + secret + "=":                 false,
		"acme." + secret + ".x":                false,
		strings.Repeat("a", 64) + "." + secret: false,
		"acme. " + secret:                      false,
	} {
		if _, _, got := ParseCookie(token); got != ok {
			t.Errorf("cookie %q: %v", token, got)
		}
		key := keyPrefix + strings.Replace(token, ".", "_", 1)
		if _, _, got := ParseKey(key); got != ok {
			t.Errorf("key %q: %v", key, got)
		}
	}
	if _, _, ok := ParseKey("acme_" + secret); ok {
		t.Error("key without its prefix")
	}
}

func FuzzTokens(f *testing.F) {
	secret := store.NewToken()
	f.Add(cookieToken("acme", secret))
	f.Add(keyToken("acme", secret))
	f.Add("coffre__")
	f.Fuzz(func(t *testing.T, s string) {
		if tenant, secret, ok := ParseCookie(s); ok && cookieToken(tenant, secret) != s {
			t.Fatalf("cookie %q", s)
		}
		if tenant, secret, ok := ParseKey(s); ok && keyToken(tenant, secret) != s {
			t.Fatalf("key %q", s)
		}
	})
}

func TestCookies(t *testing.T) {
	c := SessionCookie("acme.x", time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC))
	for _, want := range []string{"__Host-coffre=acme.x", "Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Expires=Mon, 02 Mar 2026 20:00:00 GMT"} {
		if !strings.Contains(c.String(), want) {
			t.Errorf("%s lacks %s", c, want)
		}
	}
	if strings.Contains(c.String(), "Domain") {
		t.Error("__Host- cookies have no Domain")
	}
	if s := EndCookie().String(); !strings.Contains(s, "Max-Age=0") || !strings.Contains(s, "Secure") {
		t.Errorf("end cookie %s", s)
	}
	for header, want := range map[string]string{
		"":                                 "",
		"__Host-coffre=a":                  "a",
		"x=1; __Host-coffre=a":             "a",
		"__Host-coffre=a; __Host-coffre=b": "",
		"coffre=a":                         "",
	} {
		r := &http.Request{Header: http.Header{"Cookie": {header}}}
		if got := TokenOf(r); got != want {
			t.Errorf("%q: token %q", header, got)
		}
	}
	for header, want := range map[string]string{
		"": "", "Bearer abc": "abc", "bearer  abc ": "abc", "Basic abc": "", "Bearer": "", "abc": "",
	} {
		r := &http.Request{Header: http.Header{"Authorization": {header}}}
		if got := BearerOf(r); got != want {
			t.Errorf("%q: key %q", header, got)
		}
	}
}
