package ldap

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestNestedWays: who is in a nested group has the shortest way into it, cycles
// and two ways at once included.
func TestNestedWays(t *testing.T) {
	dn := func(s string) string { return dnKey("cn=" + s + ",dc=x") }
	group := func(name string, members ...string) Group {
		g := Group{DN: "cn=" + name + ",dc=x", ID: name, Name: name}
		for _, m := range members {
			g.members = append(g.members, dn(m))
		}
		return g
	}
	s := Snapshot{
		Groups: []Group{
			group("Tous", "Notaires", "Loin"), group("Notaires", "Paris"), group("Paris", "zoe", "Tous"),
			group("Loin", "Plus loin"), group("Plus loin", "Paris"), group("Seul", "max"),
		},
		People: []Person{{DN: "cn=zoe,dc=x"}, {DN: "cn=max,dc=x"}, {DN: "cn=nobody,dc=x"}},
	}
	s.resolve()
	for i, want := range []map[string]string{
		{"Notaires": "Paris Notaires", "Tous": "Paris Notaires Tous", "Plus loin": "Paris Plus loin", "Loin": "Paris Plus loin Loin"}, {}, {},
	} {
		got := map[string]string{}
		for id, way := range s.People[i].Via {
			got[id] = strings.Join(way, " ")
		}
		if !maps.Equal(got, want) || s.People[i].Via == nil {
			t.Errorf("%s: %v, want %v", s.People[i].DN, got, want)
		}
	}
	if got := s.People[0].Groups; !slices.Equal(got, []string{"Loin", "Notaires", "Paris", "Plus loin", "Tous"}) {
		t.Errorf("groups %v", got)
	}
}
