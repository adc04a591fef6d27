package ldap

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"
)

func TestParseServers(t *testing.T) {
	for in, want := range map[string]string{
		"ldaps://DC1.Corp.Example": "ldaps://dc1.corp.example", "ldaps://dc1:636 ldap://dc2:389/": "ldaps://dc1 ldap://dc2",
		"ldaps://[fd00::1]:3269": "ldaps://[fd00::1]:3269", "": "", "ldap://10.0.0.1:1389": "ldap://10.0.0.1:1389",
		"https://dc1": "!", "dc1": "!", "ldaps://": "!", "ldaps://a@dc1": "!", "ldaps://dc1/dc=x": "!", "ldaps://dc1:": "!", "ldaps://dc1:0": "!",
		"ldaps://dc1?x": "!", "ldaps://0x7f.1": "!", strings.Repeat("ldaps://a ", 9): "!",
	} {
		got, err := ParseServers(in)
		var all []string
		for _, s := range got {
			all = append(all, s.String())
		}
		if out := strings.Join(all, " "); err == nil && out != want || (err != nil) != (want == "!") {
			t.Errorf("%q: %q, %v", in, out, err)
		}
	}
}

func TestParseLogin(t *testing.T) {
	for in, want := range map[string]Login{
		"alice": {Name: "alice"}, " alice ": {Name: "alice"}, `CORP\alice`: {Name: "alice", Domain: "CORP"},
		"alice@corp.example": {Name: "alice", UPN: "alice@corp.example"}, "a@b@c": {Name: "a@b", UPN: "a@b@c"},
	} {
		if got, ok := ParseLogin(in); !ok || got != want {
			t.Errorf("%q: %+v %v", in, got, ok)
		}
	}
	for _, in := range []string{"", " ", `\a`, `a\`, `a\b\c`, "@a", "a@", "a\nb", "\xff"} {
		if got, ok := ParseLogin(in); ok {
			t.Errorf("%q: %+v", in, got)
		}
	}
}

func TestIdents(t *testing.T) {
	// Both from MS-DTYP's fields; the GUID is carol's as Samba gave it.
	guid := []byte{0x53, 0x25, 0xbd, 0xbc, 0x49, 0xe1, 0xad, 0x47, 0x94, 0x21, 0x20, 0x48, 0x75, 0xb5, 0x5f, 0x8e}
	if got, ok := guidString(guid); !ok || got != "bcbd2553-e149-47ad-9421-204875b55f8e" {
		t.Errorf("GUID %s %v", got, ok)
	}
	sid := []byte{1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1, 2, 0, 0}
	got, ok := sidString(sid)
	if !ok || got != "S-1-5-21-1-2-3-513" {
		t.Errorf("SID %s %v", got, ok)
	}
	if p, ok := sidSibling(got, 512); !ok || p != "S-1-5-21-1-2-3-512" {
		t.Errorf("sibling %s", p)
	}
	if dnKey("CN=A\\, b , DC=X") != dnKey("cn=a\\2c B,dc=x") {
		t.Error("one DN, two keys")
	}
	if dnKey("CN=a,DC=x") == dnKey("CN=a\\,DC=x") {
		t.Error("two DNs, one key")
	}
	for diag, want := range map[string]string{
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1": "52e", "": "", "data 52e": "", ", data 775, v": "775", ", data 0x, v": "",
	} {
		if got := SubCode(diag); got != want {
			t.Errorf("%q: %q", diag, got)
		}
	}
}

func FuzzLogin(f *testing.F) {
	for _, s := range []string{"alice", `CORP\alice`, "alice@corp.example", "*)(|(objectClass=*)", "zo\xc3\xa9", "\x00"} {
		f.Add(s)
	}
	conns := []*Conn{{kind: AD, said: dialects[AD]}, {kind: Other, said: dialects[Other]}}
	f.Fuzz(func(t *testing.T, typed string) {
		l, ok := ParseLogin(typed)
		if !ok {
			return
		}
		if l.Name == "" || l.Domain != "" && l.UPN != "" {
			t.Fatalf("%q: %+v", typed, l)
		}
		for _, c := range conns {
			// Whatever is typed stays one value: the compiled filter has the shape that it has for a plain name.
			plain := l
			plain.Name = "x"
			if l.UPN != "" {
				plain.UPN = "x"
			}
			if got, want := shape(t, c.loginFilter(l)), shape(t, c.loginFilter(plain)); got != want {
				t.Fatalf("%q makes %s instead of %s", typed, got, want)
			}
		}
	})
}

// shape is a compiled filter without its values.
func shape(t *testing.T, filter string) string {
	t.Helper()
	p, err := goldap.CompileFilter(filter)
	if err != nil {
		t.Fatalf("%q: %v", filter, err)
	}
	var b strings.Builder
	for _, c := range p.Children {
		b.WriteString("(")
		b.WriteString(goldap.FilterMap[uint64(c.Tag)])
		if len(c.Children) == 2 {
			b.WriteString(" " + string(c.Children[0].ByteValue))
		}
		b.WriteString(")")
	}
	return goldap.FilterMap[uint64(p.Tag)] + b.String()
}

func FuzzIdent(f *testing.F) {
	f.Add([]byte{1, 1, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0}, "CN=a,DC=b")
	f.Add(bytes.Repeat([]byte{7}, 16), `cn=\`)
	f.Fuzz(func(t *testing.T, b []byte, s string) {
		if id, ok := guidString(b); ok {
			if back, ok := guidBytes(id); !ok || !bytes.Equal(back, b) {
				t.Fatalf("%x is %s is %x", b, id, back)
			}
		}
		if sid, ok := sidString(b); ok && !strings.HasPrefix(sid, "S-1-") {
			t.Fatal(sid)
		}
		if _, ok := uuidString(s); ok && len(strings.TrimSpace(s)) != 36 {
			t.Fatal(s)
		}
		if k := dnKey(s); dnKey(s) != k {
			t.Fatal("not the same twice")
		}
		if c := clean(s, 20); len(c) > 20 || !utf8.ValidString(c) {
			t.Fatalf("%q", c)
		}
		_ = SubCode(s)
		_ = ValidFilter(s) && ValidDN(s) && ValidAttribute(s)
		if all, err := ParseServers(s); err == nil {
			for _, x := range all {
				if again, err := ParseServers(x.String()); err != nil || again[0] != x {
					t.Fatalf("%q is %+v is %+v", s, x, again)
				}
			}
		}
	})
}
