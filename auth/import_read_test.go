package auth

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"coffre/store"
)

func TestReadPeople(t *testing.T) {
	want := []ImportRow{
		{Line: 2, Login: "eloise", Name: "Éloïse Müller-Lacroix", Mail: "eloise@etude.example", Role: store.Member, Groups: []string{"Comptabilité", "Direction"}},
		{Line: 3, Login: "jean", Name: "Jean O'Neil", Role: store.Auditor},
	}
	fr := "Identifiant;Nom;Courriel;Rôle;Groupes\r\neloise;Éloïse Müller-Lacroix;eloise@etude.example;Membre;Comptabilité|Direction\r\njean;Jean O'Neil;;AUDITEUR;\r\n"
	utf16le := func(s string) string {
		b := []byte{0xff, 0xfe}
		for _, r := range s {
			b = append(b, byte(r), byte(r>>8))
		}
		return string(b)
	}
	latin := func(s string) string {
		var b []byte
		for _, r := range s {
			b = append(b, byte(r))
		}
		return string(b)
	}
	for name, in := range map[string]string{
		"spreadsheet, French":        fr,
		"with a mark":                "\xef\xbb\xbf" + fr,
		"Windows-1252":               latin(fr),
		"UTF-16":                     utf16le(fr),
		"commas and quotes, English": "Name,Login,Role,Email,Teams,Phone\n\"Éloïse Müller-Lacroix\",eloise,member,eloise@etude.example,\"Comptabilité, Direction\",12\nJean O'Neil,jean,auditor\n",
		"tabs, two names":            "prénom\tnom de famille\tlogin\trole\tmail\tgroupes\nÉloïse\tMüller-Lacroix\teloise\tmember\teloise@etude.example\tComptabilité;Direction\nJean\tO'Neil\tjean\tauditrice\n",
		"decomposed accents":         strings.ReplaceAll(strings.ReplaceAll(fr, "É", "E\u0301"), "ô", "o\u0302"),
	} {
		got, err := ReadPeople([]byte(in))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestReadPeopleRefusals(t *testing.T) {
	for code, in := range map[string]string{
		"import-empty":  " \n",
		"import-titles": "nom;courriel\nx;y@z",
		"import-large":  "nom;login\n" + strings.Repeat("a;b\n", MaxImportRows+1),
	} {
		if _, err := ReadPeople([]byte(in)); err == nil || store.AsError(err).Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	rows, err := ReadPeople([]byte("nom;login;role;mail;groupes\nAnna;anna;chef;;\nBo;b o;;;\n;carl;;;\nDora;dora;;dora;\nEve;eve;;;\nEva;EVE;;;\nFe;fe;;;" + strings.Repeat("g", 201) + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"import-role", "import-login", "import-name", "import-mail", "", "import-twice", "import-group"}
	for i, row := range rows {
		if row.Code != want[i] {
			t.Errorf("line %d: %q (%s), want %q", row.Line, row.Code, row.Param, want[i])
		}
	}
	if rows[5].Param != "6" {
		t.Errorf("the first of two: line %s", rows[5].Param)
	}
}

// FuzzReadPeople: whatever is uploaded ends in rows that can be stored, or in an
// error with a code.
func FuzzReadPeople(f *testing.F) {
	for _, s := range []string{"nom;identifiant\nA;a\n", "name,login,role\n\"x\"\"y\",z,admin\n", "\xff\xfen\x00;\x00", "nom;login\n\"", "é\xe9;\n", "\xef\xbb\xbfnom\tlogin\n\t\t\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := ReadPeople(data)
		if err != nil {
			if e := store.AsError(err); e.Kind == store.Internal || e.Code == "" {
				t.Fatalf("error without a code: %v", err)
			}
			return
		}
		if len(rows) == 0 || len(rows) > MaxImportRows {
			t.Fatalf("%d rows", len(rows))
		}
		seen := map[string]bool{}
		for _, r := range rows {
			if r.Code != "" {
				continue
			}
			key := strings.ToLower(r.Login)
			if seen[key] || !validLogin(r.Login) || !validName(r.Name) || !utf8.ValidString(r.Login+r.Name+r.Mail+strings.Join(r.Groups, "")) {
				t.Fatalf("row taken: %+v", r)
			}
			seen[key] = true
		}
	})
}
