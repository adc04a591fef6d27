package oidc

import (
	"strings"
	"testing"
)

func TestParsePerson(t *testing.T) {
	for name, c := range map[string]struct {
		claims string
		names  Claims
		want   Person
		groups string
	}{
		"usual":             {`{"sub":"1","preferred_username":"a","email":"a@b.test","name":"A B","groups":["y","x"]}`, Claims{}, Person{Login: "a", Name: "A B", Mail: "a@b.test"}, "x y"},
		"mail as login":     {`{"sub":"1","email":"a@b.test","given_name":"A","family_name":"B"}`, Claims{}, Person{Login: "a@b.test", Name: "A B", Mail: "a@b.test"}, ""},
		"one group":         {`{"sub":"1","groups":"x"}`, Claims{}, Person{}, "x"},
		"path":              {`{"sub":"1","realm_access":{"roles":["r"]},"login":"l"}`, Claims{Groups: "realm_access.roles", Login: "login"}, Person{Login: "l"}, "r"},
		"address as name":   {`{"sub":"1","https://acme.test/groups":["g"]}`, Claims{Groups: "https://acme.test/groups"}, Person{}, "g"},
		"overage":           {`{"sub":"1","_claim_names":{"groups":"src1"},"_claim_sources":{}}`, Claims{}, Person{Overage: true}, ""},
		"chosen, missing":   {`{"sub":"1","preferred_username":"a"}`, Claims{Login: "other"}, Person{}, ""},
		"groups of objects": {`{"sub":"1","groups":[{"a":1},7,null,"x"]}`, Claims{}, Person{}, "x"},
		"control signs":     {`{"sub":"1","preferred_username":"a\u0000b","name":"a\nb"}`, Claims{}, Person{}, ""},
		"verified as text":  {`{"sub":"1","email":"a@b.test","email_verified":"true","hd":"B.test"}`, Claims{}, Person{Login: "a@b.test", Mail: "a@b.test", MailVerified: true, Domain: "b.test"}, ""},
	} {
		p, err := ParsePerson([]byte(c.claims), c.names)
		if err != nil || p.Login != c.want.Login || p.Name != c.want.Name || p.Mail != c.want.Mail || p.MailVerified != c.want.MailVerified ||
			p.Domain != c.want.Domain || p.Overage != c.want.Overage || strings.Join(p.Groups, " ") != c.groups {
			t.Errorf("%s: %+v %v", name, p, err)
		}
	}
	for _, bad := range []string{``, `null`, `[]`, `{}`, `{"sub":""}`, `{"sub":1}`, `{"sub":"` + strings.Repeat("x", 256) + `"}`} {
		if _, err := ParsePerson([]byte(bad), Claims{}); ReasonOf(err) != Malformed {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func FuzzParsePerson(f *testing.F) {
	f.Add([]byte(`{"sub":"1","realm_access":{"roles":["r"]},"_claim_names":{"groups":"s"}}`), "realm_access.roles")
	f.Add([]byte(`{"sub":"1","groups":["a",["b"]]}`), "")
	f.Fuzz(func(t *testing.T, b []byte, groups string) {
		p, err := ParsePerson(b, Claims{Groups: groups})
		if err != nil {
			return
		}
		if p.Subject == "" || len(p.Subject) > 255 || len(p.Groups) > maxGroups {
			t.Fatalf("%+v", p)
		}
		for _, s := range append(p.Groups, p.Login, p.Name, p.Mail, p.Session, p.Subject) {
			if len(s) > maxText || !plain(s) {
				t.Fatalf("accepted %q", s)
			}
		}
	})
}
