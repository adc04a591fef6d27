package auth

import (
	"slices"
	"testing"
	"time"

	"coffre/auth/ldap"
	"coffre/store"
)

// TestWaysAreKept: a look at the whole directory brings the ways into nested
// groups; a sign-in, which doesn't know them, keeps those of groups that still hold.
func TestWaysAreKept(t *testing.T) {
	all := []followed{{Group: ldap.Group{ID: "tous", Name: "Tous"}}, {Group: ldap.Group{ID: "paris", Name: "Paris"}}}
	look := ldap.Person{ID: "zoe", Groups: []string{"notaires", "paris", "tous"}, Via: map[string][]string{"tous": {"Paris", "Notaires", "Tous"}, "notaires": {"Paris", "Notaires"}}}
	at := func(old store.Identity, p ldap.Person) store.Identity {
		return identityOf(old, p, "u", all, time.Time{})
	}
	i := at(store.Identity{}, look)
	if len(i.Via) != 1 || !slices.Equal(i.Via["tous"], []string{"Paris", "Notaires", "Tous"}) {
		t.Fatalf("ways %v", i.Via)
	}
	signIn := ldap.Person{ID: "zoe", Groups: look.Groups}
	if again := at(i, signIn); !sameIdentity(i, again) {
		t.Errorf("a sign-in changes the ways to %v", again.Via)
	}
	if out := at(i, ldap.Person{ID: "zoe", Groups: []string{"paris"}}); len(out.Via) != 0 {
		t.Errorf("the way into a group that was left stays: %v", out.Via)
	}
	direct := look
	direct.Via = map[string][]string{}
	if out := at(i, direct); len(out.Via) != 0 || sameIdentity(i, out) {
		t.Errorf("named by the group itself, and still with ways: %v", out.Via)
	}
}
