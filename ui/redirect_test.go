package ui

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// TestRedirect: HTTP leads to the same page over HTTPS and nowhere else, and what
// was sent in the clear is refused.
func TestRedirect(t *testing.T) {
	for name, c := range map[string]struct {
		method, target, host, key string
		port, status              int
		location                  string
	}{
		"a page":           {"GET", "/ask?q=a%20b", "coffre.lan", "", 443, 307, "https://coffre.lan/ask?q=a%20b"},
		"another port":     {"GET", "/", "coffre.lan:8080", "", 8443, 307, "https://coffre.lan:8443/"},
		"IPv6":             {"GET", "/", "[fd00::2]:80", "", 8443, 307, "https://[fd00::2]:8443/"},
		"two slashes":      {"GET", "//evil.example/x", "coffre.lan", "", 443, 307, "https://coffre.lan//evil.example/x"},
		"a form":           {"POST", "/signin", "coffre.lan", "", 443, 403, ""},
		"a key":            {"GET", "/api/v1/users", "coffre.lan", "Bearer x", 443, 403, ""},
		"a bad name":       {"GET", "/", "coffre.lan/evil", "", 443, 400, ""},
		"a name with user": {"GET", "/", "a@evil.example", "", 443, 400, ""},
	} {
		r := httptest.NewRequest(c.method, "http://x"+"/", strings.NewReader(""))
		path, query, _ := strings.Cut(c.target, "?")
		r.URL.Path, r.URL.RawQuery, r.Host = path, query, c.host
		if c.key != "" {
			r.Header.Set("Authorization", c.key)
		}
		w := httptest.NewRecorder()
		redirector(c.port).ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("Location") != c.location || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %q", name, w.Code, w.Header().Get("Location"))
		}
	}
}
