package ui

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/health/machine"
)

// refusedEntries waits for what is written behind answers, and reads it.
func (x *box) refusedEntries() (out []store.JournalEntry) {
	x.t.Helper()
	x.server.refused.writing.Wait()
	err := x.a.View(func(v *store.View) (err error) {
		out, _, err = v.Journal(store.JournalFilter{Class: chain.AccessRefuse, Limit: 100})
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return out
}

// minute ends everybody's minute.
func (x *box) minute() {
	f := &x.server.refused
	f.mu.Lock()
	for _, g := range f.groups {
		g.since = g.since.Add(-refusalsFor)
	}
	f.mu.Unlock()
	f.flush(x.server, false)
}

// TestRefusedAccesses: in hardened mode, what a person or a key is refused for want of
// rights is in the journal, without a name or an id in clear; outside of it nothing is.
func TestRefusedAccesses(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	adam, lea := x.person(x.a, "adam", store.Admin), x.person(x.a, "lea", store.Member)
	closed := x.collection(x.a, "Secrets de Paul", store.Grants{"user:" + adam.id}, store.Grants{"user:" + adam.id})
	shared := x.collection(x.a, "À lire", store.Grants{store.Everyone}, store.Grants{"user:" + adam.id})
	d, read := x.add(x.a, closed, "divorce.txt", "Personne ne doit lire ceci."), x.add(x.a, shared, "ouvert.txt", "Chacun lit ceci.")
	before := x.keyed(lea)
	if r := x.call(before, "GET", "/api/v1/documents/"+d.ID, nil); r.status != http.StatusNotFound {
		t.Fatalf("%d", r.status)
	}
	if all := x.refusedEntries(); len(all) != 0 {
		t.Errorf("entered without the mode: %+v", all)
	}
	x.harden(adam)
	c := x.keyed(lea)
	cases := []struct {
		what, method, path string
		payload            any
		reason             string // "" for none
		id                 string
	}{
		{"a document", "GET", "/api/v1/documents/" + d.ID, nil, "document", d.ID},
		{"its text", "GET", "/api/v1/documents/" + d.ID + "/content?as=text", nil, "document", d.ID},
		{"its page", "GET", "/documents/" + d.ID, nil, "document", d.ID},
		{"its removal", "DELETE", "/api/v1/documents/" + d.ID, nil, "document", d.ID},
		{"removing what may be read", "DELETE", "/api/v1/documents/" + read.ID, nil, "collection", shared.ID},
		{"an upload", "POST", "/api/v1/documents", uploadOf(closed.ID, "a.txt", "a"), "collection", closed.ID},
		{"the settings", "GET", "/api/v1/settings", nil, "role", ""},
		{"a page", "GET", "/health", nil, "role", ""},
		{"what isn't there", "GET", "/api/v1/documents/" + strings.Repeat("a", 26), nil, "", ""},
		{"a page that isn't there", "GET", "/nowhere", nil, "", ""},
		{"what may be read", "GET", "/api/v1/documents/" + read.ID, nil, "", ""},
	}
	for _, k := range cases {
		x.minute()
		x.minute() // forgets who was quiet for a minute
		had := len(x.refusedEntries())
		r := x.call(c, k.method, k.path, k.payload)
		all := x.refusedEntries()
		if k.reason == "" {
			if len(all) != had {
				t.Errorf("%s: %d, an entry %+v", k.what, r.status, all[0])
			}
			continue
		}
		if r.status < 400 || len(all) != had+1 {
			t.Errorf("%s: %d, %d entries", k.what, r.status, len(all)-had)
			continue
		}
		e := all[0]
		text := fmt.Sprint(e.Detail)
		if e.Outcome != chain.Denied || e.Actor.ID != lea.id || fmt.Sprint(e.Detail["count"]) != "1" || !strings.Contains(text, k.reason) || !strings.Contains(text, k.method+" /") {
			t.Errorf("%s: %+v", k.what, e)
		}
		for _, no := range []string{d.ID, read.ID, closed.ID, shared.ID, "divorce", "Paul", "127.0.0.1"} {
			if strings.Contains(text, no) {
				t.Errorf("%s: the detail holds %s: %s", k.what, no, text)
			}
		}
		if k.id != "" {
			x.sealedHas(e.Seq, k.id)
		}
	}
}

// sealedHas looks into the private part of an entry.
func (x *box) sealedHas(seq uint64, want string) {
	x.t.Helper()
	err := x.a.View(func(v *store.View) error {
		p, err := v.Private(seq)
		if err == nil && !strings.Contains(fmt.Sprint(p), want) {
			x.t.Errorf("entry %d seals %v", seq, p)
		}
		return err
	})
	if err != nil {
		x.t.Error(err)
	}
}

// TestRefusalsAreCounted: a scanner makes two entries in its first minute and one in
// each after it, whatever it does; others are counted for themselves.
func TestRefusalsAreCounted(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	adam, lea, mia := x.person(x.a, "adam", store.Admin), x.person(x.a, "lea", store.Member), x.person(x.a, "mia", store.Member)
	x.harden(adam)
	scanner, other := x.keyed(lea), x.keyed(mia)
	paths := []string{"/api/v1/settings", "/api/v1/users", "/health", "/api/v1/secrets"}
	for i := range 60 {
		x.call(scanner, "GET", paths[i%len(paths)], nil)
	}
	x.call(other, "GET", "/api/v1/users", nil)
	if all := x.refusedEntries(); len(all) != 2 {
		t.Errorf("%d entries at once", len(all))
	}
	x.minute()
	all := x.refusedEntries()
	if len(all) != 3 || fmt.Sprint(all[0].Detail["count"]) != "59" {
		t.Fatalf("%+v", all)
	}
	x.minute()
	if n := len(x.refusedEntries()); n != 3 || len(x.server.refused.groups) != 0 {
		t.Errorf("%d entries, %d groups after a quiet minute", n, len(x.server.refused.groups))
	}
	x.call(scanner, "GET", "/api/v1/users", nil)
	x.call(scanner, "GET", "/api/v1/users", nil)
	x.server.refused.close(x.server)
	if n := len(x.refusedEntries()); n != 5 {
		t.Errorf("%d entries after the end", n)
	}
}

// TestRefusedScope: a key is refused what its holder may.
func TestRefusedScope(t *testing.T) {
	x := newBox(t, onDisk(machine.Encrypted))
	adam := x.person(x.a, "adam", store.Admin)
	x.harden(adam)
	secret, _, err := x.auth.MakeKey(x.ctx, x.a, store.Operator("test"), auth.NewKey{UserID: adam.id, Name: "k", Scopes: []string{"read"}, Expires: x.clock.now().Add(24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	key := caller{name: "key", host: adam.host, key: secret}
	if r := x.call(key, "GET", "/api/v1/users", nil); r.code() != "key-lacks-scope" {
		t.Errorf("%d %s", r.status, r.body)
	}
	all := x.refusedEntries()
	if len(all) != 1 || all[0].Actor.Kind != "api_key" || !strings.Contains(fmt.Sprint(all[0].Detail), "scope") {
		t.Errorf("%+v", all)
	}
}
