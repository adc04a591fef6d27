package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// TestErasureOverHTTP: a request waits for somebody else, an account that was made
// a moment ago doesn't count, and only an auditor finds words, with a reason.
func TestErasureOverHTTP(t *testing.T) {
	w := newWalk(t)
	admin, auditor := w.session(w.admin), w.session(w.auditor)
	fresh := w.session(w.person(w.a, "bruno", store.Admin))
	ask := func(c caller) reply {
		return w.call(c, "POST", "/retention/erasures", url.Values{"person": {w.insider.id}, "reason": {"demande écrite, article 17"}})
	}
	if r := ask(auditor); r.status != http.StatusNotFound {
		t.Errorf("an auditor asks for an erasure: %d", r.status)
	}
	if r := ask(admin); r.status != http.StatusSeeOther {
		t.Fatalf("an administrator asks: %d %s", r.status, r.body)
	}
	var all []store.Approval
	w.a.View(func(v *store.View) (err error) { all, err = v.Approvals(); return err })
	if len(all) != 1 {
		t.Fatalf("%d requests wait", len(all))
	}
	for _, c := range []caller{admin, fresh} {
		if r := w.call(c, "POST", "/api/v1/audit/approvals/"+all[0].ID+"/approve", nil); r.status != http.StatusForbidden {
			t.Errorf("approved by %s: %d %s", c.name, r.status, r.body)
		}
	}
	w.a.View(func(v *store.View) error {
		if u, err := v.User(w.insider.id); err != nil || !u.Erased.IsZero() {
			t.Errorf("erased without approval: %+v %v", u, err)
		}
		return nil
	})
	search := url.Values{"words": {"Quel préavis"}, "reason": {"dossier 12, enquête interne"}}
	if r := w.call(admin, "POST", "/retention/search", search); r.status != http.StatusNotFound {
		t.Errorf("an administrator searches private parts: %d", r.status)
	}
	r := w.call(auditor, "POST", "/retention/search", search)
	if r.status != http.StatusOK || !strings.Contains(r.body, "Quel préavis ?") {
		t.Errorf("an auditor searches: %d", r.status)
	}
	head, _ := w.a.Head()
	w.a.View(func(v *store.View) error {
		if e, err := v.Entry(head); err != nil || e.Action != chain.AuditSearch {
			t.Errorf("the search's entry: %+v %v", e, err)
		}
		return nil
	})
}
