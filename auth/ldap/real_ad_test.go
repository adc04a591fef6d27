package ldap

import (
	"slices"
	"testing"
)

func TestRealADSignIn(t *testing.T) {
	c, _ := realAD(t)
	adm := adminAD(t, c)
	for range 3 {
		signIn{"eve, until locked", "eve", "bad", Wrong, "52e", false}.check(t, c)
	}
	for _, x := range []signIn{
		{"right", "alice", realPassword, "", "", false},
		{"in capitals", "ALICE", realPassword, "", "", false},
		{"UPN", "alice@lab.coffre.test", realPassword, "", "", false},
		{"NetBIOS domain", `LAB\alice`, realPassword, "", "", false},
		{"DNS domain", `lab.coffre.test\alice`, realPassword, "", "", false},
		{"another domain", `OTHER\alice`, realPassword, Unknown, "", false},
		{"UPN of another domain", "alice@other.example", realPassword, Unknown, "", false},
		{"wrong", "alice", "bad", Wrong, "52e", false},
		{"empty", "alice", "", Empty, "", false},
		{"nobody", "nosuch", realPassword, Unknown, "", false},
		{"disabled", "bob", realPassword, NoDisabled, "533", true},
		{"disabled, wrong", "bob", "bad", Wrong, "52e", false},
		{"must change", "carol", realPassword, NoMustChange, "773", true},
		{"must change, wrong", "carol", "bad", Wrong, "52e", false},
		{"expired", "dave", realPassword, NoExpired, "701", true},
		{"locked", "eve", realPassword, NoLocked, "775", false},
		{"accents, comma, brackets, star, backslash", "zoe", realPassword, "", "", false},
		{"star", "ali*", realPassword, Unknown, "", false},
		{"injection", "*)(|(objectClass=*)", realPassword, Unknown, "", false},
		{"injection 2", "alice)(objectClass=*", realPassword, Unknown, "", false},
		{"injection 3", "alice*)(uid=*))(|(uid=*", realPassword, Unknown, "", false},
		{"zero byte", "alice\x00", realPassword, Unknown, "", false},
		{"a group", "g-inner", realPassword, Unknown, "", false},
		{"a machine", "DC1$", realPassword, Unknown, "", false},
	} {
		t.Run(x.name, func(t *testing.T) { x.check(t, c) })
	}
	modify(t, adm, "CN=Eve Test,CN=Users,"+c.BaseDN, "lockoutTime", "0")
}

// TestRealADGroups compares three ways to nested groups: tokenGroups, the rule,
// and our own walk over everything. g-inner, g-mid, g-outer and g-loop are a ring.
func TestRealADGroups(t *testing.T) {
	c, _ := realAD(t)
	o := signIn{"zoe", "zoe", realPassword, "", "", false}.check(t, c)
	if o.Person.Name != `Zoé Müller, (ext) *\x` || len(o.Person.ID) != 36 {
		t.Errorf("name %q, id %q", o.Person.Name, o.Person.ID)
	}
	s, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(s.People, func(p Person) bool { return p.Login == "zoe" })
	slices.Sort(o.Person.Groups)
	if i < 0 || !slices.Equal(s.People[i].Groups, o.Person.Groups) || s.People[i].ID != o.Person.ID {
		t.Fatalf("sign-in says %v, the snapshot %v", o.Person.Groups, s.People[i].Groups)
	}
	names := groupNames(t, c, o.Person.Groups)
	for _, want := range []string{"g-inner", "g-mid", "g-outer", "g-loop", "Domain Users", "Users"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing in %v", want, names)
		}
	}
	conn, err := c.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.detect(); err != nil {
		t.Fatal(err)
	}
	byRule, err := conn.groupsByRule(s.People[i])
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, g := range byRule {
		ids = append(ids, g.ID)
	}
	slices.Sort(ids)
	if !slices.Equal(ids, o.Person.Groups) {
		t.Errorf("the rule says %v, tokenGroups %v", groupNames(t, c, ids), names)
	}
	if conn.Kind() != AD {
		t.Errorf("kind %s", conn.Kind())
	}
}

func TestRealADSnapshot(t *testing.T) {
	c, dialled := realAD(t)
	adminAD(t, c)
	s, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]State{"alice": Active, "bob": Disabled, "carol": MustChange, "dave": Expired, "zoe": Active}
	for _, p := range s.People {
		if w, ok := want[p.Login]; ok && p.State != w {
			t.Errorf("%s is %s, not %s", p.Login, p.State, w)
		}
		delete(want, p.Login)
	}
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
	if s.Referrals != 0 {
		t.Errorf("%d referrals: its own partitions are nobody's business", s.Referrals)
	}
	for _, a := range dialled.list() {
		if a != "127.0.10.1:636" {
			t.Errorf("a referral was followed to %s", a)
		}
	}
}

func TestRealADStartTLS(t *testing.T) {
	c, _ := realAD(t)
	c.Servers = []Server{{Host: "127.0.10.1", Port: 389}}
	signIn{"StartTLS", "alice", realPassword, "", "", false}.check(t, c)
	c.StartTLS = false
	if _, err := c.SignIn(t.Context(), "alice", realPassword); AsFault(err, "").Code != "clear" {
		t.Errorf("clear text, told once: %v", err)
	}
	c.Clear = true
	if _, err := c.SignIn(t.Context(), "alice", realPassword); AsFault(err, "").Code != "needs-tls" {
		t.Errorf("the server wants encryption: %v", err)
	}
}

func TestRealADNamed(t *testing.T) {
	c, _ := realAD(t)
	s, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(s.Groups, func(g Group) bool { return g.Name == "g-mid" })
	id, dn := s.Groups[i].ID, s.Groups[i].DN
	o, err := c.SignIn(t.Context(), "alice", realPassword, "G-MID", id, dn, "nowhere", "*")
	if err != nil || len(o.Named) != 3 || o.Named["G-MID"].ID != id || o.Named[dn].ID != id || o.Named[id].DN != dn {
		t.Errorf("%+v, %v", o.Named, err)
	}
	if !slices.Contains(o.Person.Groups, id) {
		t.Error("alice isn't in a group above hers")
	}
}
