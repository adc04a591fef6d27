package ui

import (
	"net/url"
	"strings"
	"testing"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/words"
)

// TestSightNamesNoDocument: an administrator learns who may read a collection and
// by what, and nothing of a document that they may not read; everybody else only
// of themselves.
func TestSightNamesNoDocument(t *testing.T) {
	w := newWalk(t)
	admin, outsider, insider := w.session(w.admin), w.session(w.outsider), w.session(w.insider)
	about := func(c caller, query string) string {
		t.Helper()
		r := w.call(c, "GET", "/access?"+query, nil)
		if r.status != ok {
			t.Fatalf("/access?%s as %s: %d", query, c.name, r.status)
		}
		return r.body
	}
	for _, query := range []string{"person=" + w.insider.id, "collection=" + w.secret.ID, "person=" + w.insider.id + "&collection=" + w.secret.ID} {
		body := about(admin, query)
		if !strings.Contains(body, "Coulisses") || !strings.Contains(body, "Name of irene") {
			t.Errorf("%s doesn't say who reads what", query)
		}
		if strings.Contains(body, w.document.ID) || strings.Contains(body, "plan.txt") || strings.Contains(body, w.document.Title) && w.document.Title != "" {
			t.Errorf("%s names a document", query)
		}
	}
	for c, paths := range map[*caller][]string{
		&admin:    {"?document=" + w.document.ID, "?person=" + w.insider.id + "&document=" + w.document.ID, "?person=" + store.NewID(), "?collection=" + store.NewID()},
		&outsider: {"?document=" + w.document.ID, "?person=" + w.insider.id, "?person=" + w.admin.id + "&collection=" + w.shared.ID, "?collection=" + w.secret.ID},
	} {
		for _, path := range paths {
			for _, at := range []string{"/access", "/api/v1/access"} {
				if r := w.call(*c, "GET", at+path, nil); r.status != hidden {
					t.Errorf("%s%s as %s: %d", at, path, c.name, r.status)
				}
			}
		}
	}
	if body := about(outsider, ""); strings.Contains(body, "Coulisses") || !strings.Contains(body, "Commun") {
		t.Error("the outsider's own page is wrong")
	}
	if body := about(insider, "document="+w.document.ID); !strings.Contains(body, words.English.T("sight.why-you-write")) && !strings.Contains(body, words.French.T("sight.why-you-write")) {
		t.Error("the insider isn't told why")
	}
	// What would be needed: a group that has the right.
	c := w.secret
	c.Readers = append(store.Grants{"group:" + w.group}, c.Readers...)
	w.do(w.a, chain.CollectionUpdate, func(tx *store.Tx) error { return tx.UpdateCollection(c) })
	w.do(w.a, chain.GroupUpdate, func(tx *store.Tx) error {
		_, err := tx.PutGroup(store.Group{ID: w.group, Name: "Juridique"})
		return err
	})
	if body := about(admin.speaking("en"), "person="+w.outsider.id+"&collection="+c.ID); !strings.Contains(body, "Juridique") {
		t.Error("it isn't said which group would open the collection")
	}
	if r := w.call(outsider, "GET", "/access?collection="+c.ID, nil); r.status != hidden {
		t.Errorf("the outsider asks about the secret collection: %d", r.status)
	}
}

// TestSightAgreesWithRetrieval: for everybody and every collection, the page's
// answer is the one that reading gets.
func TestSightAgreesWithRetrieval(t *testing.T) {
	w := newWalk(t)
	w.visitors()
	err := w.a.View(func(v *store.View) error {
		us, err := v.Users()
		if err != nil {
			return err
		}
		for _, u := range us {
			reaches, err := v.Reaches(u.ID)
			if err != nil {
				return err
			}
			p, err := v.Principal(u.ID, store.Person(u.ID))
			for _, r := range reaches {
				may, mayWrite := err == nil && p.MayRead(r.Collection), err == nil && p.MayWrite(r.Collection)
				if r.Reads() != may || r.Writes() != mayWrite {
					t.Errorf("%s and %s: reads %v %v, writes %v %v", u.Login, r.Collection.Name, r.Reads(), may, r.Writes(), mayWrite)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRightsCheckShowsRed: a check that failed is on every page of whoever must
// deal with it, on /access and in REST, and gone after one that holds.
func TestRightsCheckShowsRed(t *testing.T) {
	w := newWalk(t)
	admin, insider := w.session(w.admin).speaking("en"), w.session(w.insider).speaking("en")
	w.do(w.a, chain.RightsCheck, func(tx *store.Tx) error {
		return tx.KeepCanary(store.CanaryRun{
			Seq: tx.Seq, At: w.document.Latest().Added, Leaks: 1,
			Faults: []store.CanaryFault{{Kind: store.CanaryLeakIndex, Subject: "user:" + w.outsider.id, Collection: w.secret.ID}},
		})
	})
	const alarm = "The check of rights of"
	for c, want := range map[caller]bool{admin: true, insider: false} {
		if got := strings.Contains(w.call(c, "GET", "/settings", nil).body, alarm); got != want {
			t.Errorf("alarm for %s: %v", c.name, got)
		}
	}
	if body := w.call(admin, "GET", "/access", nil).body; !strings.Contains(body, "Name of oscar") || !strings.Contains(body, "without the right to it") {
		t.Error("/access doesn't say what leaked")
	}
	var out struct {
		Checks []struct {
			OK    bool
			Leaks int
		}
	}
	w.call(admin, "GET", "/api/v1/access/check", nil).json(t, &out)
	if len(out.Checks) != 1 || out.Checks[0].OK || out.Checks[0].Leaks != 1 {
		t.Errorf("REST: %+v", out)
	}
	if r := w.call(admin, "POST", "/access/check", url.Values{}); r.status != seeOther {
		t.Errorf("check now: %d", r.status)
	}
	if strings.Contains(w.call(admin, "GET", "/settings", nil).body, alarm) {
		t.Error("the alarm stays after a check that holds")
	}
	if !auth.Known(auth.RightsCheck) {
		t.Error("no rule")
	}
}
