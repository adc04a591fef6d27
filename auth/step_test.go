package auth

import (
	"slices"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// mustChange makes bob's next sign-in lack a step.
func (b *box) mustChange() {
	b.Helper()
	_, err := b.t.Update(b.ctx, store.CLI("1000"), chain.Event{Action: chain.UserUpdate}, func(tx *store.Tx) error {
		u, err := tx.User(b.member.ID)
		if err != nil {
			return err
		}
		u.MustChange = true
		return tx.UpdateUser(u)
	})
	if err != nil {
		b.Fatal(err)
	}
}

// TestStepFirst: a session that lacks a step may do nothing that the table names
// and read no collection, even one that is open to everybody.
func TestStepFirst(t *testing.T) {
	b := newBox(t)
	all := store.Grants{store.Everyone}
	_, err := b.t.Update(b.ctx, store.CLI("1000"), chain.Event{Action: chain.CollectionCreate}, func(tx *store.Tx) error {
		_, err := tx.CreateCollection(store.Collection{Name: "Open", Readers: all, Writers: all})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.mustChange()
	token, _ := b.as("bob", memberPassword)
	p, err := b.s.Session(b.ctx, b.t, token)
	if err != nil || !slices.Equal(p.Needs, []string{StepPassword}) {
		t.Fatalf("needs %q, %v", p.Needs, err)
	}
	for _, r := range Table() {
		if Allowed(p, r.Action) {
			t.Errorf("%s is allowed", r.Action)
		}
	}
	readable := func(p store.Principal) int {
		cs, err := view(b.t, func(v *store.View) ([]store.Collection, error) { return v.ReadableCollections(p) })
		if err != nil {
			t.Fatal(err)
		}
		return len(cs)
	}
	if n := readable(p); n != 0 {
		t.Errorf("%d readable collections", n)
	}
	_, err = b.s.Satisfy(b.ctx, b.t, token, StepFactor, "totp", nil)
	wantCode(t, err, "step-done")
	next, err := b.s.Satisfy(b.ctx, b.t, token, StepPassword, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.s.Session(b.ctx, b.t, token)
	wantCode(t, err, "signed-out")
	if p, err = b.s.Session(b.ctx, b.t, next); err != nil || len(p.Needs) != 0 || !Allowed(p, Search) || readable(p) != 1 {
		t.Errorf("after the step: %+v, %v", p, err)
	}
	if e := b.entries(chain.AuthStep); len(e) != 1 || e[0].Session != p.Session {
		t.Errorf("entries %+v", e)
	}
}

// TestPresence: a proof of presence opens dangerous acts for a while, and never
// where the clock was set back.
func TestPresence(t *testing.T) {
	b := newBox(t)
	token, p := b.as("ada", adminPassword)
	if !b.s.Present(b.t, p) {
		t.Error("absent right after the sign-in")
	}
	b.clock.advance(FreshDefault*time.Minute + time.Second)
	p, _ = b.s.Session(b.ctx, b.t, token)
	if b.s.Present(b.t, p) {
		t.Error("present for too long")
	}
	token, err := b.s.Satisfy(b.ctx, b.t, token, "", "password", nil)
	if err != nil {
		t.Fatal(err)
	}
	if p, _ = b.s.Session(b.ctx, b.t, token); !b.s.Present(b.t, p) {
		t.Error("absent after a new proof")
	}
	b.clock.advance(-time.Hour)
	if b.s.Present(b.t, p) {
		t.Error("present before the proof")
	}
}

// TestScopes: a key with scopes may do what both they and its user's role open.
func TestScopes(t *testing.T) {
	p := store.Principal{UserID: "u", Role: store.Admin, Scopes: []string{}}
	for _, r := range Table() {
		if Allowed(p, r.Action) {
			t.Errorf("%s is allowed to a key without scopes", r.Action)
		}
	}
}

// TestGroupRole: membership gives a role at the next look, and takes it.
func TestGroupRole(t *testing.T) {
	b := newBox(t)
	role := func() store.Role {
		p, err := view(b.t, func(v *store.View) (store.Principal, error) {
			return v.Principal(b.member.ID, store.Person(b.member.ID))
		})
		if err != nil {
			t.Fatal(err)
		}
		return p.Role
	}
	var g store.Group
	put := func(members ...string) {
		_, err := b.t.Update(b.ctx, store.CLI("1000"), chain.Event{Action: chain.GroupCreate}, func(tx *store.Tx) (err error) {
			g.Name, g.Role, g.Members = "Audit", store.Auditor, members
			g, err = tx.PutGroup(g)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put(b.member.ID)
	if role() != store.Auditor {
		t.Error("the group's role is not given")
	}
	put()
	if role() != store.Member {
		t.Error("the group's role stays")
	}
}
