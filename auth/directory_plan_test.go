package auth

import (
	"fmt"
	"slices"
	"testing"

	"coffre/auth/ldap"
	"coffre/chain"
	"coffre/store"
)

// staff is a directory of n people in the group "all", whom a box knows.
func (b *box) staff(n int) (directory, ldap.Snapshot) {
	b.Helper()
	d := directory{on: true, allowed: []string{"all"}, follow: []string{"all"}, shrink: DirectoryShrink}
	snap := ldap.Snapshot{Groups: []ldap.Group{{ID: "g-all", Name: "all"}}}
	for i := range n {
		p := ldap.Person{ID: fmt.Sprintf("id-%d", i), Login: fmt.Sprintf("p%d", i), Name: "Person", DN: "CN=p", State: ldap.Active, Groups: []string{"g-all"}}
		snap.People = append(snap.People, p)
		_, err := b.t.Update(b.ctx, store.System(Directory), chain.Event{Action: chain.DirectoryAdmit}, func(tx *store.Tx) error {
			_, err := b.s.admitIn(tx, d.followedOf(map[string]ldap.Group{"all": snap.Groups[0]}), p, "")
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return d, snap
}

func (b *box) follow(d directory, snap ldap.Snapshot, confirmed bool) SyncReport {
	b.Helper()
	r, err := b.s.follow(b.ctx, b.t, store.System(Directory), d, snap, confirmed)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// TestDirectoryHolds: what is missing ends few at once and many only with a word;
// what is said to be shut ends in any number.
func TestDirectoryHolds(t *testing.T) {
	for _, x := range []struct {
		staff, absent, shut int
		confirmed, held     bool
		ended               int
	}{
		{1, 1, 0, false, false, 1}, // a firm's only person leaves
		{2, 2, 0, false, true, 0},  // everybody at once
		{2, 1, 0, false, false, 1},
		{12, 5, 0, false, false, 5},
		{12, 6, 0, false, true, 0},
		{12, 6, 3, false, true, 3},
		{12, 6, 3, true, false, 9},
		{40, 8, 0, false, false, 8}, // 20%
		{40, 9, 0, false, true, 0},
		{12, 0, 12, false, false, 12},
	} {
		b := newBox(t)
		d, snap := b.staff(x.staff)
		for i := range x.shut {
			snap.People[i].State = ldap.Disabled
		}
		snap.People = snap.People[:len(snap.People)-x.absent]
		r := b.follow(d, snap, x.confirmed)
		if len(r.Ended) != x.ended || r.Held != x.held {
			t.Errorf("%d absent and %d shut of %d, confirmed %v: %d ended, held %v", x.absent, x.shut, x.staff, x.confirmed, len(r.Ended), r.Held)
		}
		if again := b.follow(d, snap, false); again.changes() && !x.confirmed {
			t.Errorf("a second look changes %+v", again)
		}
	}
}

// TestDirectoryKeepsWhatItMustNotTouch: accounts that somebody shut here stay shut,
// groups of the box keep their name, the last administrator's account stays while
// its keys end.
func TestDirectoryKeepsWhatItMustNotTouch(t *testing.T) {
	b := newBox(t)
	d, snap := b.staff(3)
	user := func(login string) store.User {
		u, err := view(b.t, func(v *store.View) (store.User, error) { return v.UserByLogin(login) })
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	if err := b.s.Disable(b.ctx, b.t, store.Operator("1000"), user("p0").ID); err != nil {
		t.Fatal(err)
	}
	if r := b.follow(d, snap, false); len(r.Opened) != 0 || !user("p0").Disabled {
		t.Errorf("somebody's decision is undone: %+v", r)
	}
	_, err := b.t.Update(b.ctx, store.CLI("1000"), chain.Event{Action: chain.GroupCreate}, func(tx *store.Tx) error {
		_, err := tx.PutGroup(store.Group{Name: "Board", Members: []string{b.admin.ID}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.follow = append(d.follow, "board")
	snap.Groups = append(snap.Groups, ldap.Group{ID: "g-board", Name: "board"})
	snap.People[1].Groups = append(snap.People[1].Groups, "g-board")
	if r := b.follow(d, snap, false); !slices.Equal(r.Taken, []string{"board"}) {
		t.Errorf("taken %v", r.Taken)
	}
	groups, err := view(b.t, (*store.View).Groups)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		if g.Name == "Board" && (g.Source != "" || !slices.Equal(g.Members, []string{b.admin.ID})) {
			t.Errorf("a group of the box became %+v", g)
		}
	}
}

// TestDirectoryNamesMatch: a name that two groups have means neither.
func TestDirectoryNamesMatch(t *testing.T) {
	groups := []ldap.Group{{ID: "1", Name: "Sales", DN: "CN=Sales,DC=a"}, {ID: "2", Name: "sales", DN: "CN=Sales,OU=x,DC=a"}, {ID: "3", Name: "IT", DN: "CN=IT,DC=a"}}
	found, missing, twice := ldap.Match(groups, []string{"Sales", "cn=sales, dc=a", "it", "none", "2"})
	if len(found) != 3 || found["cn=sales, dc=a"].ID != "1" || found["it"].ID != "3" || !slices.Equal(missing, []string{"none"}) || !slices.Equal(twice, []string{"Sales"}) {
		t.Errorf("%v %v %v", found, missing, twice)
	}
	if lines, ok := roleLines("auditor: Sales\nadmin : IT\n"); !ok || lines["Sales"] != store.Auditor || lines["IT"] != store.Admin {
		t.Errorf("%v", lines)
	}
	for _, bad := range []string{"boss: IT", "IT", "admin:", "admin: IT\nauditor: IT"} {
		if _, ok := roleLines(bad); ok {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func FuzzDirectoryLines(f *testing.F) {
	for _, s := range []string{"a\nb", "auditor: x", "\x00", "admin\u00a0: é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if lines, ok := groupLines(text); ok && slices.Contains(lines, "") {
			t.Fatal("an empty name")
		}
		if roles, ok := roleLines(text); ok {
			for g, r := range roles {
				if g == "" || !store.ValidRole(r) {
					t.Fatalf("%q %q", g, r)
				}
			}
		}
	})
}
