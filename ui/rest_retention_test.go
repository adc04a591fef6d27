package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

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

// days lets days go by on which the box runs: each has an entry.
func (w *walk) days(n int) {
	for range n {
		w.clock.advance(24 * time.Hour)
		w.do(w.a, chain.BoxStart, func(*store.Tx) error { return nil })
	}
}

// TestPruneWaitOverHTTP: since when and for what pruning waits is on the page and
// in JSON; after 30 days administrators and auditors are warned on every page, and
// a request to go on without the copy waits for a second person.
func TestPruneWaitOverHTTP(t *testing.T) {
	w := newWalk(t)
	second := w.person(w.a, "bruno", store.Admin)
	w.days(4)
	ctx := t.Context()
	a, err := w.a.RequestApproval(ctx, store.Operator("501"), store.Approval{Kind: store.ApproveRetention, Class: store.RetentionEntries, Days: 365, Reason: "un an, comme le reste"}, "", "")
	for _, p := range []person{w.admin, second} {
		if err == nil {
			who := store.Principal{UserID: p.id, Role: p.role, Actor: store.Actor{Actor: chain.Actor{Kind: "user", ID: p.id}}}
			_, err = w.a.Approve(ctx, who, a.ID, "")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	w.do(w.a, chain.SettingsUpdate, func(tx *store.Tx) error {
		return tx.PutForwardTarget(store.ForwardTarget{Host: "siem.alpha.test", Port: 6514})
	})
	w.days(362)
	if k := w.a.Keep(ctx); k.Err != nil || !k.Copies.Forward {
		t.Fatalf("%+v", k)
	}
	var before, after retentionJSON
	w.call(w.session(w.admin), "GET", "/api/v1/audit/retention", nil).json(t, &before)
	if !before.WaitsForward || before.WaitsArchive || before.WaitsLong || before.WaitsFirst != 1 || before.WaitsTo < 1 || before.WaitsSince.IsZero() {
		t.Errorf("%+v", before)
	}
	const alarm = "attend une copie depuis plus de 30 jours"
	if r := w.call(w.session(w.admin), "GET", "/settings", nil); strings.Contains(r.body, alarm) {
		t.Error("warned on the first day")
	}
	w.days(30)
	admin, auditor := w.session(w.admin), w.session(w.auditor)
	w.call(admin, "GET", "/api/v1/audit/retention", nil).json(t, &after)
	if !after.WaitsLong || !after.WaitsSince.Equal(before.WaitsSince) || after.WaitsTo <= before.WaitsTo {
		t.Errorf("%+v", after)
	}
	for _, c := range []caller{admin, auditor} {
		if r := w.call(c, "GET", "/settings", nil); !strings.Contains(r.body, alarm) {
			t.Errorf("%s is not warned", c.name)
		}
	}
	if r := w.call(w.session(w.insider), "GET", "/settings", nil); strings.Contains(r.body, alarm) {
		t.Error("a member is warned of what is not theirs")
	}
	if r := w.call(auditor, "POST", "/retention/release", url.Values{"reason": {"le SIEM est parti"}}); r.status != http.StatusNotFound {
		t.Errorf("an auditor asks: %d", r.status)
	}
	if r := w.call(admin, "POST", "/retention/release", url.Values{"reason": {"trop"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", r.status)
	}
	if r := w.call(admin, "POST", "/retention/release", url.Values{"reason": {"le SIEM est parti"}}); r.status != http.StatusSeeOther {
		t.Fatalf("an administrator asks: %d %s", r.status, r.body)
	}
	if r := w.call(admin, "GET", "/retention", nil); !strings.Contains(r.body, "sans sa copie (SIEM)") || strings.Contains(r.body, `action="/retention/release"`) {
		t.Error("the request is not shown, or can be made twice")
	}
}
