package ldap

import (
	"slices"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"
)

const people = ",ou=people,dc=lab,dc=test"

// seedSlapd adds what slapd-up.sh doesn't: states, and a ring of groups.
func seedSlapd(t *testing.T, c *Config) *goldap.Conn {
	t.Helper()
	adm := adminSlapd(t, c)
	person := func(uid, cn string) map[string][]string {
		return map[string][]string{"objectClass": {"inetOrgPerson"}, "uid": {uid}, "cn": {cn}, "sn": {cn}, "userPassword": {realPassword}, "mail": {uid + "@lab.test"}}
	}
	for _, uid := range []string{"bob", "carol", "twin1", "twin2"} {
		ensure(t, adm, "uid="+uid+people, person(uid, uid))
	}
	modify(t, adm, "uid=twin1"+people, "mail", "twin@lab.test", "twin1@lab.test")
	modify(t, adm, "uid=twin2"+people, "mail", "twin@lab.test")
	zoe := `cn=Zoé Müller\, (ext) *\\x` + people
	ensure(t, adm, zoe, person("zoe", `Zoé Müller, (ext) *\x`))
	ensure(t, adm, "cn=ring,dc=lab,dc=test", map[string][]string{"objectClass": {"groupOfNames"}, "cn": {"ring"}, "member": {"cn=outer,dc=lab,dc=test"}})
	ensure(t, adm, "cn=odd,dc=lab,dc=test", map[string][]string{"objectClass": {"groupOfNames"}, "cn": {"odd"}, "member": {zoe}})
	modify(t, adm, "cn=inner,dc=lab,dc=test", "member", "uid=alice"+people, "cn=ring,dc=lab,dc=test")
	modify(t, adm, "uid=bob"+people, "pwdAccountLockedTime", "000001010000Z")
	modify(t, adm, "cn=pp,dc=lab,dc=test", "pwdMustChange", "TRUE")
	for _, uid := range []string{"eve", "carol"} { // made anew, without the failures of another run
		_ = adm.Del(goldap.NewDelRequest("uid="+uid+people, nil))
		ensure(t, adm, "uid="+uid+people, person(uid, uid))
	}
	modify(t, adm, "uid=carol"+people, "pwdReset", "TRUE")
	return adm
}

func TestRealSlapdSignIn(t *testing.T) {
	c, _ := realSlapd(t)
	seedSlapd(t, c)
	for range 3 {
		signIn{"eve, until locked", "eve", "bad", Wrong, "", false}.check(t, c)
	}
	for _, x := range []signIn{
		{"right", "alice", realPassword, "", "", false},
		{"by mail", "alice@lab.test", realPassword, "", "", false},
		{"domain", `LAB\alice`, realPassword, "", "", false},
		{"another domain", `CORP\alice`, realPassword, Unknown, "", false},
		{"a mail that two have", "twin@lab.test", realPassword, Ambiguous, "", false},
		{"a mail of one's own", "twin1@lab.test", realPassword, "", "", false},
		{"wrong", "alice", "bad", Wrong, "", false},
		{"empty", "alice", "", Empty, "", false},
		{"nobody", "nosuch", realPassword, Unknown, "", false},
		{"disabled", "bob", realPassword, NoLocked, "ppolicy-1", false},
		{"must change", "carol", realPassword, NoMustChange, "ppolicy-2", true},
		{"must change, wrong", "carol", "bad", Wrong, "", false},
		{"locked", "eve", realPassword, NoLocked, "ppolicy-1", false},
		{"accents, comma, brackets, star, backslash", "zoe", realPassword, "", "", false},
		{"injection", "*)(|(objectClass=*)", realPassword, Unknown, "", false},
		{"star", "*", realPassword, Unknown, "", false},
		{"DN", "uid=alice,ou=people,dc=lab,dc=test", realPassword, Unknown, "", false},
	} {
		t.Run(x.name, func(t *testing.T) { x.check(t, c) })
	}
}

func TestRealSlapdGroups(t *testing.T) {
	c, dialled := realSlapd(t)
	seedSlapd(t, c)
	for login, want := range map[string][]string{"alice": {"inner", "outer", "ring"}, "zoe": {"odd"}} {
		o := signIn{login, login, realPassword, "", "", false}.check(t, c)
		if got := groupNames(t, c, o.Person.Groups); !slices.Equal(got, want) {
			t.Errorf("%s signs in with %v", login, got)
		}
		s, err := c.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(s.People, func(p Person) bool { return p.Login == login })
		if got := groupNames(t, c, s.People[i].Groups); !slices.Equal(got, want) {
			t.Errorf("the snapshot puts %s into %v", login, got)
		}
		if s.Referrals != 1 {
			t.Errorf("%d referrals, 1 is there", s.Referrals)
		}
		if s.Kind != Other {
			t.Errorf("kind %s", s.Kind)
		}
	}
	for _, a := range dialled.list() {
		if a != "127.0.10.2:636" {
			t.Errorf("a referral was followed to %s", a)
		}
	}
}

func TestRealSlapdStates(t *testing.T) {
	c, _ := realSlapd(t)
	seedSlapd(t, c)
	s, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]State{"alice": Active, "bob": Disabled, "carol": MustChange}
	for _, p := range s.People {
		if w, ok := want[p.Login]; ok && p.State != w {
			t.Errorf("%s is %s, not %s", p.Login, p.State, w)
		}
	}
	c.BaseDN = "ou=partner,dc=lab,dc=test"
	if _, err := c.Snapshot(t.Context()); AsFault(err, "").Code != "referral" {
		t.Errorf("a base that is elsewhere: %v", err)
	}
}
