package ui

import (
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// TestHealthOfTheKit: a kit that nobody has typed back is amber, and red after 14 days
// where the box holds documents; typed back it is well.
func TestHealthOfTheKit(t *testing.T) {
	x := newBox(t, nil)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	look := func(want, code string) {
		t.Helper()
		x.clock.advance(time.Minute)
		var r healthJSON
		x.call(adam, "GET", "/api/v1/health", nil).json(t, &r)
		if c := r.check(t, "kit"); c.Verdict != want || c.Code != code || c.Reason == "" || (c.Remedy == "") != (want == "ok") {
			t.Errorf("%+v, want %s %s", c, want, code)
		}
	}
	look("warn", "none")
	made, err := x.a.MakeBackupKit(x.ctx, store.System("test"), "")
	if err != nil {
		t.Fatal(err)
	}
	look("warn", "unconfirmed")
	x.clock.advance(15 * 24 * time.Hour)
	adam = x.session(person{t: x.a, login: "adam", host: hostA})
	look("warn", "unconfirmed") // there is nothing to lose yet
	everyone := store.Grants{store.Everyone}
	x.add(x.a, x.collection(x.a, "Commun", everyone, everyone), "a.txt", "Le préavis est de trois mois.")
	look("bad", "late")
	x.do(x.a, chain.BackupKit, func(tx *store.Tx) error { return tx.ConfirmBackupKit(made.Recipient()) })
	look("ok", "ok")
}

// TestHealthOfApprovals: a request that lies for more than a day is amber until it is
// decided; one that only waits for its time is not.
func TestHealthOfApprovals(t *testing.T) {
	x := newBox(t, nil)
	p, other := x.person(x.a, "adam", store.Admin), x.person(x.a, "eva", store.Admin)
	as := func(p person) (out store.Principal) {
		x.a.View(func(v *store.View) (err error) {
			out, err = v.Principal(p.id, store.Person(p.id))
			return err
		})
		return out
	}
	look := func(want string) {
		t.Helper()
		x.clock.advance(time.Minute)
		var r healthJSON
		x.call(x.session(p), "GET", "/api/v1/health", nil).json(t, &r)
		if c := r.check(t, "approvals"); c.Verdict != want {
			t.Errorf("%+v, want %s", c, want)
		}
	}
	look("ok")
	a, err := x.a.RequestApproval(x.ctx, as(p), store.Approval{Kind: store.ApproveExport, Reason: "the firm moves out"}, "", "")
	if err != nil || a.Alone {
		t.Fatal(a, err)
	}
	look("ok")
	x.clock.advance(25 * time.Hour)
	look("warn")
	if _, err := x.a.Refuse(x.ctx, as(other), a.ID, ""); err != nil {
		t.Fatal(err)
	}
	look("ok")
}
