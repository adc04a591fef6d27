package ui

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// TestSightExport: the file says of everybody what reading says, is what its entry
// names by hash, and holds nothing of a document and no formula.
func TestSightExport(t *testing.T) {
	w := newWalk(t)
	admin, key := w.session(w.admin).speaking("en"), w.apiKey(w.admin).speaking("fr")
	w.collection(w.a, "=HYPERLINK(\"http://x\")", nil, nil)
	odd := w.collection(w.a, "a\", \"b\"\r\nc", store.Grants{"group:" + w.group}, nil)
	export := func(c caller, path string) (lines [][]string, body string) {
		t.Helper()
		before, _ := w.a.Head()
		r := w.call(c, "GET", path, nil)
		lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.body, "\ufeff"))).ReadAll()
		if r.status != ok || err != nil || !strings.HasPrefix(r.body, "\ufeff") || !strings.Contains(r.header.Get("Content-Disposition"), ".csv") {
			t.Fatalf("%s: %d %v", path, r.status, err)
		}
		var e chain.Payload
		w.a.View(func(v *store.View) (err error) {
			entry, err := v.Entry(before + 1)
			e = entry.Payload
			return err
		})
		sum := sha256.Sum256([]byte(r.body))
		if e.Action != chain.RightsExport || e.Detail["sha256"] != hex.EncodeToString(sum[:]) || fmt.Sprint(e.Detail["rows"]) != fmt.Sprint(len(lines)-1) {
			t.Errorf("%s: entry %s %v", path, e.Action, e.Detail)
		}
		return lines[1:], r.body
	}
	lines, body := export(admin, "/access/export")
	if strings.Contains(body, "plan.txt") || strings.Contains(body, w.document.ID) {
		t.Error("a document is in the export")
	}
	reads := map[string]bool{}
	for _, l := range lines {
		for _, cell := range l {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a formula: %s", cell)
			}
		}
		if l[8] != "" && l[9] != "" {
			reads[l[8]+" "+l[9]] = true
			if l[6] == "" {
				t.Errorf("no reason: %v", l)
			}
		}
	}
	if !reads[w.outsider.id+" "+odd.ID] || strings.Count(body, "'=HYPERLINK") != 1 || !strings.Contains(body, "nobody") {
		t.Error("an odd name, a member of a group or a collection that nobody reads is missing")
	}
	err := w.a.View(func(v *store.View) error {
		us, err := v.Users()
		cs, _ := v.Collections()
		for _, u := range us {
			p, err := v.Principal(u.ID, store.Person(u.ID))
			for _, c := range cs {
				if may := err == nil && p.MayRead(c); may != reads[u.ID+" "+c.ID] {
					t.Errorf("%s and %s: the export says %v", u.Login, c.Name, !may)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	only, _ := export(key, "/api/v1/access/export?by=collection&person="+w.insider.id)
	if len(only) != 2 || only[0][4] != "Commun" || !strings.Contains(only[1][6], "nommément") && !strings.Contains(only[1][6], "ceux qui peuvent") {
		t.Errorf("one person: %v", only)
	}
	if of, _ := export(admin, "/access/export?collection="+w.secret.ID); len(of) != 1 || of[0][8] != w.insider.id {
		t.Errorf("one collection: %v", of)
	}
	for query, want := range map[string]int{"?by=x": 400, "?person=" + store.NewID(): hidden, "?collection=" + w.collection(w.b, "Ailleurs", nil, nil).ID: hidden, "?person=" + strings.Repeat("x", 9000): hidden} {
		if r := w.call(admin, "GET", "/api/v1/access/export"+query, nil); r.status != want {
			t.Errorf("%.40s: %d", query, r.status)
		}
	}
	for _, c := range []caller{w.session(w.insider), w.session(w.auditor)} {
		if r := w.call(c, "GET", "/access/export", nil); r.status != hidden {
			t.Errorf("as %s: %d", c.name, r.status)
		}
	}
}
