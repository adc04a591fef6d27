package ui

import (
	"net/http"
	"strings"
	"testing"

	"coffre/store"
)

// TestFirmReturnIsTheOperators: nobody reaches a firm's return over the network, and
// what the local socket is told is held against what there is.
func TestFirmReturnIsTheOperators(t *testing.T) {
	x := newBox(t, nil)
	adam := x.person(x.a, "adam", store.Admin)
	in, key := x.session(adam), x.apiKey(adam)
	for _, act := range []string{"/look", "/take"} {
		path := "/api/v1/box/tenants/alpha" + act
		for _, c := range []caller{in, key} {
			if r := x.call(c, "POST", path, map[string]any{"path": "/etc/passwd"}); r.status != http.StatusNotFound {
				t.Errorf("%s over the network: %d", act, r.status)
			}
		}
		for want, body := range map[string]map[string]any{
			"bad-parameter":   {"path": "b.age", "identity": "x"},
			"part-unreadable": {"path": "/nowhere/b.age", "identity": "AGE-SECRET-KEY-PQ-1QKXKRJYR96GH03WDQ9AXKU70VUVVHJJAT0J2L4XVUVTRDGUD0VYSVA6NUH", "confirm": "Firm alpha"},
			"backup-identity": {"path": "/nowhere/b.age", "identity": "hello"},
			"copy-off":        {"copy": "x", "identity": "hello"},
		} {
			status, answer := x.operate("POST", path, body)
			if status < 400 || status >= 500 || !strings.Contains(answer, want) {
				t.Errorf("%s %v: %d %s", act, body, status, answer)
			}
		}
		if status, answer := x.operate("POST", strings.Replace(path, "alpha", "nobody", 1), map[string]any{"path": "/nowhere/b.age", "identity": "AGE-SECRET-KEY-PQ-1QKXKRJYR96GH03WDQ9AXKU70VUVVHJJAT0J2L4XVUVTRDGUD0VYSVA6NUH"}); status != http.StatusNotFound {
			t.Errorf("%s of nobody: %d %s", act, status, answer)
		}
	}
	if status, answer := x.operate("POST", "/api/v1/box/tenants/alpha/take", map[string]any{"path": "/nowhere/b.age", "identity": "hello", "ledger": "{}"}); status != http.StatusUnprocessableEntity {
		t.Errorf("a ledger that is none: %d %s", status, answer)
	}
}
