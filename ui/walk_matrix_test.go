package ui

import (
	"net/http"
	"strings"
	"testing"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
)

// TestEveryRouteWithEveryRole is the matrix: everybody to every route of the
// server's own table, on objects that are their own, shared with them, somebody
// else's and another firm's. What must come is worked out from the policy's
// table; written by hand is only what a request that may be made answers.
func TestEveryRouteWithEveryRole(t *testing.T) {
	w := newWalk(t)
	seen := map[string]bool{}
	visitors := w.visitors()
	// The verdict's page exists once a verification has run.
	for _, v := range visitors {
		w.call(v.caller, "POST", "/journal/verify", empty(w))
	}
	requests := 0
	for i, rt := range w.server.routes {
		key := rt.method + " " + rt.path
		e, declared := expected[key]
		if !declared {
			t.Errorf("%s: no expectation declared in walk_table_test.go", key)
			continue
		}
		seen[key] = true
		if rt.open != (e.may == "") && !rt.step || rt.may != e.may {
			t.Errorf("%s: the route says open %v, action %q; expected %q", key, rt.open, rt.may, e.may)
		}
		for j, v := range visitors {
			begun := strings.HasPrefix(rt.path, "/journal/export") // answers as the request before it said
			if testing.Short() && (begun || (i+j)%shortEvery != 0) {
				continue
			}
			for _, s := range w.standingsOf(v, e) {
				w.visit(v, rt, e, s)
				requests++
			}
		}
	}
	for key := range expected {
		if !seen[key] {
			t.Errorf("%s: expected, and not in the server's table", key)
		}
	}
	t.Logf("%d routes, %d callers, %d requests", len(w.server.routes), len(visitors), requests)
}

// withKit gives the firm that is walked a kit for its backups, unless they have
// an opener already: whether one was made before depends on who was tried.
func (w *walk) withKit() {
	w.t.Helper()
	some := false
	if err := w.now.t.View(func(v *store.View) error { some = len(v.BackupRecipients()) > 0; return nil }); err != nil {
		w.t.Fatal(err)
	}
	if some {
		return
	}
	if _, err := w.now.t.MakeBackupKit(w.ctx, store.System("test"), ""); err != nil {
		w.t.Fatal(err)
	}
}

// shortEvery is of how many callers of a route one is tried where a test must be
// short, as under the race detector: another one at each route.
const shortEvery = 5

// standingsOf leaves out what makes no difference: to nobody, everything is
// somebody else's.
func (w *walk) standingsOf(v visitor, e expectation) []auth.Standing {
	if e.may == "" && v.p.Scopes != nil {
		return nil // open to all, and an address may fail to sign in only so often
	}
	if v.p.UserID == "" {
		return []auth.Standing{auth.Foreign}
	}
	return standings(e.object)
}

func (w *walk) visit(v visitor, rt route, e expectation, s auth.Standing) {
	w.t.Helper()
	who := v.who
	if v.p.UserID == "" {
		who = w.outsider // to whom the insider's things are foreign
	}
	w.now = w.objectOf(who, s)
	path, payload := w.request(rt, e)
	r := w.send(v.caller, rt, path, payload)
	want := w.status(v, rt, e, s)
	if s == auth.Abroad && want == hidden && r.status == e.in && e.in/100 == 4 {
		return // what was typed is looked at before the object is
	}
	if rt.open && want == unauth && r.status == http.StatusTooManyRequests {
		return // an address may fail to sign in only so often
	}
	if e.open == unauth && r.status == http.StatusTooManyRequests {
		return // an address fails to sign in only so often
	}
	if r.status != want {
		w.t.Errorf("%s %s as %s (%s), object %s: %d %s, want %d", rt.method, rt.path, v.name, v.p.Role, standingNames[s], r.status, r.code(), want)
	}
	code := ""
	switch {
	case want == unauth && v.key != "":
		code = "bad-key"
	case want == unauth:
		code = "session-expired"
	case v.p.UserID != "" && auth.Unscoped(v.p, rt.may):
		code = "key-lacks-scope"
	}
	if code != "" && strings.HasPrefix(rt.path, "/api/") && r.code() != code {
		w.t.Errorf("%s %s as %s: code %s, want %s", rt.method, rt.path, v.name, r.code(), code)
	}
	if want == seeOther && v.p.UserID == "" && e.may != "" && !strings.HasPrefix(r.header.Get("Location"), "/signin?next=") {
		w.t.Errorf("%s %s as %s: sent to %s", rt.method, rt.path, v.name, r.header.Get("Location"))
	}
}

var standingNames = map[auth.Standing]string{auth.Own: "own", auth.Shared: "shared", auth.Foreign: "foreign", auth.Abroad: "another firm's"}

// request makes the path and body of a route's request about what w.now is.
func (w *walk) request(rt route, e expectation) (path string, payload any) {
	w.t.Helper()
	path = rt.path
	if e.object != "" && strings.Contains(path, "{id}") {
		path = strings.Replace(path, "{id}", w.object(e.object), 1)
	}
	path = strings.TrimSuffix(strings.Replace(path, look.Prefix+"{rest...}", look.URL("coffre.css"), 1), "{$}")
	if e.body != nil {
		payload = e.body(w)
	}
	return path, payload
}

// send makes the request of a route.
func (w *walk) send(c caller, rt route, path string, payload any) reply {
	w.t.Helper()
	if path == "/signout" {
		c.cookie = "" // TestSignOut ends sessions
	}
	return w.call(c, rt.method, path, payload)
}

// status is what the policy demands.
func (w *walk) status(v visitor, rt route, e expectation, s auth.Standing) int {
	switch {
	case e.may == "" && rt.path == "/signin" && rt.method == "GET" && v.p.UserID != "":
		return seeOther
	case e.may == "" && rt.open:
		return e.open
	case v.p.UserID == "" && v.key != "" && !strings.HasPrefix(rt.path, "/api/"):
		return unauth
	case v.p.UserID == "" && rt.method == "GET" && !strings.HasPrefix(rt.path, "/api/"):
		return seeOther
	case v.p.UserID == "":
		return unauth
	case e.may == "":
		return e.in // a step: whoever is signed in
	}
	switch verdict := auth.Decide(v.p, e.may, s); {
	case verdict == auth.Granted && e.session && v.key != "":
		return http.StatusForbidden
	case verdict == auth.Granted:
		return e.in
	case s == auth.Shared && strings.HasPrefix(e.object, "binned ") && !auth.Unscoped(v.p, e.may):
		return hidden // the bin exists for those who may write
	case verdict == auth.Refused:
		return http.StatusForbidden
	}
	return hidden
}
