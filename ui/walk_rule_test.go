package ui

import (
	"strings"
	"testing"

	"coffre/auth"
	"coffre/store"
)

// TestNoRouteWithoutRule: a server with a route whose action the policy doesn't
// know, or that is open and yet asks for one, doesn't start.
func TestNoRouteWithoutRule(t *testing.T) {
	for name, rt := range map[string]route{
		"without a rule":           {method: "GET", path: "/new"},
		"with a rule that is none": {method: "GET", path: "/new", may: "documents.everything"},
		"open, with a rule":        {method: "GET", path: "/new", may: auth.Search, open: true},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a route %s was taken", name)
				}
			}()
			ruled([]route{rt})
		}()
	}
}

// TestUnfinishedSignInOpensNothing: a session that lacks a step is led to it from
// every route but those of the step itself.
func TestUnfinishedSignInOpensNothing(t *testing.T) {
	w := newWalk(t)
	w.visitors()
	p := w.person(w.a, "simone", store.Admin)
	w.do(w.a, "user.update", func(tx *store.Tx) error {
		u, err := tx.User(p.id)
		if err != nil {
			return err
		}
		u.MustChange = true
		return tx.UpdateUser(u)
	})
	c := w.session(p)
	for _, rt := range w.server.routes {
		if rt.open || rt.step {
			continue
		}
		e := expected[rt.method+" "+rt.path]
		w.now = w.objectOf(w.insider, auth.Own)
		path, payload := w.request(rt, e)
		r := w.send(c, rt, path, payload)
		if strings.HasPrefix(path, "/api/") {
			if r.status != 403 || r.code() != "step-needed" {
				t.Errorf("%s %s: %d %s", rt.method, rt.path, r.status, r.code())
			}
		} else if r.status != seeOther || !strings.HasPrefix(r.header.Get("Location"), "/signin/password") {
			t.Errorf("%s %s: %d to %s", rt.method, rt.path, r.status, r.header.Get("Location"))
		}
	}
}

// TestDangerAsksForPresence: with a proof of presence that is too old, every
// route that changes something by a dangerous action asks for it, and no other.
func TestDangerAsksForPresence(t *testing.T) {
	w := newWalk(t)
	w.visitors()
	c := w.session(w.admin)
	w.do(w.a, "auth.step", func(tx *store.Tx) error {
		_, secret, _ := strings.Cut(c.cookie, ".")
		rec, err := tx.Session(store.TokenDigest(secret))
		if err != nil {
			return err
		}
		rec.Fresh = rec.Fresh.AddDate(0, 0, -1)
		return tx.PutSession(store.TokenDigest(secret), rec)
	})
	admin := store.Principal{UserID: w.admin.id, Role: store.Admin}
	for _, rt := range w.server.routes {
		if rt.open || rt.step || !auth.Allowed(admin, rt.may) {
			continue
		}
		w.now = w.objectOf(w.admin, auth.Own)
		path, payload := w.request(rt, expected[rt.method+" "+rt.path])
		if path == "/settings/password" {
			continue // proves presence by itself
		}
		r := w.send(c, rt, path, payload)
		asked := r.code() == "reauth" || r.status == seeOther && strings.HasPrefix(r.header.Get("Location"), "/reauth")
		if path == "/account/factors/add" {
			continue // asks before it shows a form, so that nothing typed is lost
		}
		if want := rt.method != "GET" && auth.Dangerous(rt.may); asked != want {
			t.Errorf("%s %s (%s): asked for presence: %v (%d %s)", rt.method, rt.path, rt.may, asked, r.status, r.code())
		}
	}
}
