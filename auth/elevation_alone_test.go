package auth

import (
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// TestElevationAlone: where nobody else could approve, the paper key and 72 hours
// in which the box ran stand in; a clock that jumps shortens nothing.
func TestElevationAlone(t *testing.T) {
	b := newBox(t)
	_, ada := b.as("ada", adminPassword)
	b.set(store.SettingElevation, store.ElevationReason)
	if _, err := b.s.SealCode(b.ctx, b.t, ada, ""); err != nil {
		t.Fatal(err)
	}
	if err := b.change(b.admin.ID, func(u *store.User) { u.Role, u.May = store.Member, store.Admin }); err != nil {
		t.Fatal(err)
	}
	b.set(store.SettingElevation, store.ElevationApproval)
	_, ada = b.as("ada", adminPassword)
	for _, paper := range []string{"", "x", b.kit.RecoveryKey} {
		_, err := b.s.RequestElevation(b.ctx, b.t, ada, TakeRole{Minutes: 15, Reason: why, PaperKey: paper})
		wantCode(t, err, "paper-key")
	}
	e, err := b.s.RequestElevation(b.ctx, b.t, ada, TakeRole{Minutes: 15, Reason: why, PaperKey: b.kit.RecoverySecret})
	if err != nil || !e.Alone || e.State != store.ElevationWaiting {
		t.Fatalf("%+v, %v", e, err)
	}
	for range 3 {
		token, ada := b.as("ada", adminPassword)
		_, _, err := b.s.BeginElevation(b.ctx, b.t, ada, token, e.ID, "")
		wantCode(t, err, "elevation-wait")
		b.days(1)
	}
	token, ada := b.as("ada", adminPassword)
	_, next, err := b.s.BeginElevation(b.ctx, b.t, ada, token, e.ID, "")
	if err != nil || b.role(next) != store.Admin {
		t.Fatalf("after three days: %v", err)
	}
	b.clock.advance(15 * time.Minute)
	if b.role(next) != store.Member {
		t.Error("the role outlives its time")
	}
	if es := b.entries(chain.ElevationRequest); len(es) != 1 || es[0].Detail["alone"] != true {
		t.Errorf("entries %+v", es)
	}
}

// TestErasedHasNoWayIn: with a person go their factors, links, identities and the
// reasons of the roles that they took; nothing opens the account again.
func TestErasedHasNoWayIn(t *testing.T) {
	b := newBox(t)
	b.others()
	b.may(store.ElevationReason)
	token, bob := b.as("bob", memberPassword)
	if _, err := b.s.RequestElevation(b.ctx, b.t, bob, TakeRole{Minutes: 30, Reason: why}); err != nil {
		t.Fatal(err)
	}
	b.addApp(bob)
	_, err := b.t.Update(b.ctx, store.CLI("1000"), chain.Event{Action: chain.IdentityLink}, func(tx *store.Tx) error {
		if _, err := tx.PutLink(store.TokenDigest("link"), bob.UserID, ""); err != nil {
			return err
		}
		return tx.PutIdentity(store.Identity{Provider: "prv-x", Subject: "s", UserID: bob.UserID, Login: "bob"})
	})
	if err != nil {
		t.Fatal(err)
	}
	_, ada := b.as("ada", adminPassword)
	a, err := b.t.RequestApproval(b.ctx, ada, store.Approval{Kind: store.ApproveErasure, Person: bob.UserID, Reason: "demande de la personne"}, "", "")
	if err != nil {
		t.Fatal(err)
	}
	_, eve := b.as("eve", ritaPassword)
	if a, err = b.t.Approve(b.ctx, eve, a.ID, ""); err != nil || a.State != store.ApprovalDone {
		t.Fatalf("%+v %v", a, err)
	}
	_, err = b.s.Session(b.ctx, b.t, token)
	wantCode(t, err, "signed-out")
	err = b.t.View(func(v *store.View) error {
		fs, err := v.Factors(bob.UserID)
		is, _ := v.IdentitiesOf(bob.UserID)
		_, gone := v.LinkOf(bob.UserID)
		es, _ := v.Elevations()
		if len(fs)+len(is) != 0 || !store.IsNotFound(gone) || len(es) != 1 || es[0].Reason != "" {
			t.Errorf("left: %+v %+v %v %+v", fs, is, gone, es)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
