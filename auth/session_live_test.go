package auth

import (
	"testing"

	"coffre/chain"
	"coffre/store"
)

// TestContinues: a request that runs ends with its session, its key, its account,
// its group and its role, and with nothing else.
func TestContinues(t *testing.T) {
	b := newBox(t)
	var g store.Group
	members := func(ids ...string) {
		_, err := b.t.Update(b.ctx, store.CLI("1000"), chain.Event{Action: chain.GroupUpdate}, func(tx *store.Tx) (err error) {
			g.Name, g.Members = "Team", ids
			g, err = tx.PutGroup(g)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	members(b.member.ID)
	token, p := b.as("bob", memberPassword)
	_, other := b.as("bob", memberPassword)
	goesOn := func(p store.Principal, want bool, when string) {
		t.Helper()
		if b.s.Continues(b.t, p, Ask) != want {
			t.Errorf("%s: goes on %v", when, !want)
		}
	}
	goesOn(p, true, "nothing happened")
	goesOn(store.Operator("1000"), true, "the operator")
	if err := b.s.SignOut(b.ctx, b.t, token); err != nil {
		t.Fatal(err)
	}
	goesOn(p, false, "signed out")
	goesOn(other, true, "another session of theirs")
	members(b.member.ID, b.admin.ID)
	goesOn(other, true, "somebody else joined")
	members()
	goesOn(other, false, "left the group")
	members(b.member.ID)
	goesOn(other, true, "in it again")
	if b.s.Continues(b.t, other, UsersAdmin) {
		t.Error("goes on without the role")
	}
	if err := b.s.Disable(b.ctx, b.t, store.Operator("1000"), b.member.ID); err != nil {
		t.Fatal(err)
	}
	goesOn(other, false, "disabled")
}
