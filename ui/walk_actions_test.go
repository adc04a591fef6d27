package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"coffre/store"
)

// actionsOf sends one request of the walk and returns the status and the actions
// that it entered in the journal.
func (w *walk) actionsOf(c caller, rt route, e expectation) (status int, actions []string) {
	w.t.Helper()
	path, payload := w.request(rt, e)
	before, _ := w.a.Head()
	r := w.send(c, rt, path, payload)
	status = r.status
	for range 600 { // a verification goes on after its page has answered
		actions = w.entered(before, r)
		if len(actions) > 0 || status/100 > 3 || rt.path != "/journal/verify" || rt.method != "POST" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return status, actions
}

// entered lists the actions of people's entries after a number, without those of
// other requests: what one began may end during another.
func (w *walk) entered(before uint64, r reply) (actions []string) {
	w.t.Helper()
	err := w.a.View(func(v *store.View) error {
		for seq := before + 1; ; seq++ {
			entry, err := v.Entry(seq)
			if store.IsNotFound(err) {
				return nil
			}
			if err != nil {
				return err
			}
			own := entry.Request == "" || entry.Request == r.header.Get("Request-Id")
			if own && entry.Actor.Kind != "system" && !slices.Contains(actions, entry.Action) {
				actions = append(actions, entry.Action)
			}
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return actions
}

// TestEveryRouteEntersItsActions: each route says in writes which actions it
// enters, enters no other, and enters one wherever it succeeds.
func TestEveryRouteEntersItsActions(t *testing.T) {
	w := newWalk(t)
	people := []caller{w.session(w.insider), w.session(w.admin), w.session(w.auditor), w.apiKey(w.insider), w.apiKey(w.admin), w.apiKey(w.auditor)}
	for _, rt := range w.server.routes {
		key := rt.method + " " + rt.path
		declared, known := writes[key]
		if !known {
			t.Errorf("%s: say in walk_actions_table_test.go which actions it enters", key)
		}
		for _, c := range people {
			status, actions := w.actionsOf(c, rt, expected[key])
			for _, a := range actions {
				if known && !slices.Contains(strings.Fields(strings.ReplaceAll(declared, "?", "")), a) {
					t.Errorf("%s as %s entered %s", key, c.name, a)
				}
			}
			if status/100 == 2 && declared != "" && !strings.HasSuffix(declared, "?") && len(actions) == 0 {
				t.Errorf("%s as %s: %d, and entered nothing", key, c.name, status)
			}
		}
	}
	for key := range writes {
		if _, known := expected[key]; !known {
			t.Errorf("%s: there is no such route any more", key)
		}
	}
}
