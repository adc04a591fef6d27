package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"coffre/connectors/extract"
	"coffre/store"
)

// TestMain also plays the children that extract and verify.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "__extract":
			os.Exit(extract.ChildMain())
		case "__verify":
			os.Exit(store.VerifyChildMain(os.Stdin, os.Stdout))
		}
	}
	os.Exit(m.Run())
}

// api is a REST API of canned answers that remembers what it was asked.
type api struct {
	answers map[string]http.HandlerFunc // by "METHOD /path" below /api/v1
	mu      sync.Mutex
	asked   []asked
}

type asked struct {
	route, query, body, lang, tenant string
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/api/v1")
	q := asked{route: route, query: r.URL.RawQuery, lang: r.Header.Get("Accept-Language"), tenant: r.Header.Get("Coffre-Tenant")}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		b, _ := io.ReadAll(r.Body)
		q.body = string(b)
	}
	a.mu.Lock()
	a.asked = append(a.asked, q)
	a.mu.Unlock()
	if h := a.answers[route]; h != nil {
		h(w, r)
		return
	}
	fails(http.StatusNotFound, "not-found", "Rien ici.")(w, r)
}

// last is the last request to a route.
func (a *api) last(t *testing.T, route string) asked {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := len(a.asked) - 1; i >= 0; i-- {
		if a.asked[i].route == route {
			return a.asked[i]
		}
	}
	t.Fatalf("%s was not asked", route)
	return asked{}
}

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

func fails(status int, code, detail string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]any{"status": status, "code": code, "detail": detail, "request_id": "req-1"})
	}
}

// outcome is what a command left behind.
type outcome struct {
	code        int
	out, errout string
}

// run runs a command line against a handler in the process.
func run(t *testing.T, h http.Handler, args ...string) outcome {
	t.Helper()
	return runWith(t, Env{Open: opens(h)}, args...)
}

func opens(h http.Handler) func(string) (http.Handler, func() error, error) {
	return func(string) (http.Handler, func() error, error) { return h, func() error { return nil }, nil }
}

func runWith(t *testing.T, e Env, args ...string) outcome {
	t.Helper()
	var out, errout bytes.Buffer
	e.Args, e.Stdout, e.Stderr = args, &out, &errout
	if e.Stdin == nil {
		e.Stdin = strings.NewReader("")
	}
	if e.Getenv == nil {
		dir := filepath.Join(t.TempDir(), "data")
		e.Getenv = func(name string) string {
			return map[string]string{"COFFRE_DATA": dir, "LANG": "en_GB.UTF-8"}[name]
		}
	}
	code := Main(context.Background(), e)
	return outcome{code, out.String(), errout.String()}
}

// want checks an outcome: the exit code and what stdout and stderr contain.
func (o outcome) want(t *testing.T, code int, out, errout string) {
	t.Helper()
	if o.code != code || !strings.Contains(o.out, out) || !strings.Contains(o.errout, errout) {
		t.Errorf("exit %d\nstdout: %s\nstderr: %s\nwant exit %d, %q and %q", o.code, o.out, o.errout, code, out, errout)
	}
	if strings.Contains(o.out+o.errout, "⟨") {
		t.Errorf("a sentence is missing in the catalogue: %s%s", o.out, o.errout)
	}
}

// lines decodes stdout as one JSON object a line.
func (o outcome) lines(t *testing.T) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(o.out) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("stdout holds %q: %v", line, err)
		}
		all = append(all, m)
	}
	return all
}
