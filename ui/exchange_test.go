package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"coffre/store"
)

// canaryWords are typed where people type: none may reach the log, at any level.
var canaryWords = []string{"xylophagecanari", "ornithocanari", "zygomacanari", "Canari Personne", "canari@exemple.test", "canari-login"}

// talkative is a box that logs everything, as JSON.
func talkative(t *testing.T) *box {
	t.Helper()
	var x *box
	var held bytes.Buffer
	to := &deferredWriter{&held}
	x = newBox(t, func(d *Deps) {
		d.Log = slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	to.to = x.log
	return x
}

// deferredWriter writes to what is there once the box is.
type deferredWriter struct {
	to interface{ Write([]byte) (int, error) }
}

func (w *deferredWriter) Write(b []byte) (int, error) { return w.to.Write(b) }

// requests are the lines of requests in a log.
func requests(t *testing.T, x *box) (out []map[string]any) {
	t.Helper()
	for line := range strings.Lines(x.logged()) {
		var v map[string]any
		if json.Unmarshal([]byte(line), &v) == nil && v["msg"] == "request" {
			out = append(out, v)
		}
	}
	return out
}

// TestLogOfABusyDay: every request has its line, and none says what was in it.
func TestLogOfABusyDay(t *testing.T) {
	x := talkative(t)
	ana := x.person(x.a, "canari-login", store.Admin)
	c := x.collection(x.a, "Canari Personne", store.Grants{store.Everyone}, store.Grants{store.Everyone})
	d := x.add(x.a, c, "ornithocanari.txt", "Le préavis du xylophagecanari est de trois mois. Écrire à canari@exemple.test.")
	who, key := x.session(ana), x.apiKey(ana)
	x.call(who, "GET", "/search?q=xylophagecanari+zygomacanari", nil)
	x.call(key, "GET", "/api/v1/search?q=xylophagecanari", nil)
	x.call(key, "POST", "/api/v1/ask", map[string]any{"question": "Quel est le préavis du xylophagecanari ?"})
	x.call(who, "GET", "/documents/"+d.ID+"?find=zygomacanari", nil)
	x.call(who, "GET", "/zygomacanari/ornithocanari", nil)
	x.call(who, "POST", "/signin", url.Values{"user": {"canari-login"}, "password": {"zygomacanari"}})
	x.call(caller{host: hostA}, "GET", "/signin?next=/zygomacanari", nil)
	x.call(who, "GET", "/api/v1/health", nil)

	for _, word := range canaryWords {
		if at := strings.Index(x.logged(), word); at >= 0 {
			t.Errorf("%q is in the log: %.300s", word, x.logged()[max(0, at-150):])
		}
	}
	seen := map[string]map[string]any{}
	for _, r := range requests(t, x) {
		id, _ := r["request"].(string)
		if !store.ValidID(id) || r["ms"] == nil || r["status"] == nil || r["bytes"] == nil {
			t.Errorf("%v", r)
		}
		seen[r["method"].(string)+" "+r["route"].(string)+" "+r["caller"].(string)] = r
	}
	for _, want := range []string{
		"GET /search person", "GET /api/v1/search key", "POST /api/v1/ask key", "GET /documents/{id} person", "GET none person", "POST /signin nobody", "GET /signin nobody",
	} {
		if seen[want] == nil {
			t.Errorf("no line for %s: %v", want, seen)
		}
	}
	if r := seen["GET /search person"]; r["tenant"] != "alpha" || r["status"] != 200.0 || r["bytes"].(float64) < 1000 {
		t.Errorf("%v", r)
	}
	if r := seen["GET none person"]; r["status"] != 404.0 {
		t.Errorf("%v", r)
	}
}

// TestRequestIDs: the box gives ids itself; whoever comes over the network can't
// choose one, and the local socket can give one of the box's own form only.
func TestRequestIDs(t *testing.T) {
	x := newBox(t, nil)
	given := store.NewID()
	ask := func(h http.Handler, id string) string {
		r := httptest.NewRequestWithContext(context.Background(), "GET", "/healthz", nil)
		r.Host = hostA
		r.Header.Set("Request-Id", id)
		r.Header.Set("X-Request-Id", id)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result().Header.Get("Request-Id")
	}
	if got := ask(x.server.Handler(), given); got == given || !store.ValidID(got) {
		t.Errorf("over the network: %q", got)
	}
	local := x.server.LocalHandler(OwnName)
	if got := ask(local, given); got != given {
		t.Errorf("over the socket: %q", got)
	}
	for _, bad := range []string{"", "Jean Martin", strings.Repeat("a", 25), strings.Repeat("a", 27), strings.Repeat("A", 26), strings.Repeat("a", 25) + "\n"} {
		if got := ask(local, bad); got == bad || !store.ValidID(got) {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

// TestOneIDFromEndToEnd: answer, journal and log bear the same id.
func TestOneIDFromEndToEnd(t *testing.T) {
	x := talkative(t)
	ana := x.apiKey(x.person(x.a, "ana", store.Admin))
	r := x.call(ana, "GET", "/api/v1/search?q=facture", nil)
	id := r.header.Get("Request-Id")
	found := false
	for _, line := range requests(t, x) {
		found = found || line["request"] == id && line["route"] == "/api/v1/search"
	}
	if !found {
		t.Error("no line of the log has the id of the answer")
	}
	export := x.call(ana, "GET", "/api/v1/audit/export", nil).body
	if !strings.Contains(export, `"`+id+`"`) {
		t.Error("no entry of the journal has the id of the answer")
	}
	if r := x.call(ana, "GET", "/api/v1/documents/"+store.NewID(), nil); !strings.Contains(r.body, r.header.Get("Request-Id")) {
		t.Errorf("an error without the id: %s", r.body)
	}
}
