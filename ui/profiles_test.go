package ui

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"coffre/store"
)

// TestProfilesAreLocal: on the local socket, and never over the network, whoever
// asks.
func TestProfilesAreLocal(t *testing.T) {
	x := busy(t)
	ana := x.person(x.a, "adele", store.Admin)
	for _, name := range append([]string{"", "cmdline", "trace", "symbol"}, profiles...) {
		for _, c := range []caller{{host: hostA}, x.session(ana), x.apiKey(ana)} {
			for _, path := range []string{"/debug/pprof/" + name, "/debug/pprof/" + name + "?debug=1&seconds=1"} {
				if r := x.call(c, "GET", path, nil); r.status != http.StatusNotFound {
					t.Errorf("%s over the network as %s: %d", path, c.name, r.status)
				}
			}
		}
	}
	local := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		x.server.LocalHandler(OwnName).ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), "GET", "/debug/pprof/"+path, nil))
		return w
	}
	for _, name := range profiles {
		w := local(name + "?seconds=1")
		z, err := gzip.NewReader(w.Body)
		if err != nil || w.Code != http.StatusOK {
			t.Errorf("%s: %d %v", name, w.Code, err)
			continue
		}
		b, err := io.ReadAll(z)
		if err != nil || len(b) < 50 {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
		noCanary(t, string(b))
	}
	text := local("goroutine?debug=2").Body.String()
	if !strings.Contains(text, "goroutine ") {
		t.Errorf("%.200s", text)
	}
	noCanary(t, text)
	for _, name := range []string{"trace", "cmdline", "none"} {
		if w := local(name); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}
