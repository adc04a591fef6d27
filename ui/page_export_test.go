package ui

import (
	"net/url"
	"strings"
	"testing"

	"coffre/store"
)

// TestExportIsItsSessions: an export waits for the session that asked for it,
// for nobody else, not even for the same person signed in elsewhere.
func TestExportIsItsSessions(t *testing.T) {
	d := newBox(t, nil)
	d.person(d.a, "adam", store.Admin)
	audrey := d.person(d.a, "audrey", store.Auditor)
	asked, elsewhere := d.session(audrey), d.session(audrey)
	other := d.session(d.person(d.a, "odile", store.Auditor))
	if r := d.call(asked, "POST", "/journal/export", url.Values{"form": {"csv"}}); r.status != ok || !strings.Contains(r.body, "chain_hash") {
		t.Fatalf("export: %d", r.status)
	}
	if r := d.call(asked, "GET", "/journal/export/file", nil); r.status != ok || !strings.Contains(r.body, "chain_hash") {
		t.Errorf("again, by the same session: %d", r.status)
	}
	for name, c := range map[string]caller{"the same person elsewhere": elsewhere, "another auditor": other} {
		if r := d.call(c, "GET", "/journal/export/file", nil); r.status != seeOther || strings.Contains(r.body, "chain_hash") {
			t.Errorf("%s: %d", name, r.status)
		}
	}
}
