package extract

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

func TestCSV(t *testing.T) {
	french := "Société;Échéance;Montant HT\r\nDurand & Fils;31/12/2024;1 234,56 €\r\n\"Petit; Cie\";01/01/2025;99,00 €\r\n;;\r\n"
	win, _ := charmap.Windows1252.NewEncoder().String(french)
	frenchWant := "row: Société: Durand & Fils | Échéance: 31/12/2024 | Montant HT: 1 234,56 €\nrow: Société: Petit; Cie | Échéance: 01/01/2025 | Montant HT: 99,00 €"
	tests := []struct{ name, in, want string }{
		{"French Excel", win, frenchWant},
		{"UTF-8", french, frenchWant},
		{"comma", "name,city\nSmith,York\n", "row: name: Smith | city: York"},
		{"tab", "name\tcity\nSmith\tYork\n", "row: name: Smith | city: York"},
		{"sep line", "sep=|\r\nname|city\r\na;b|c;d", "row: name: a;b | city: c;d"},
		{"title above the header", "Export du 3 mars\n\nNom;Ville\nA;B\nC;D\n", "paragraph: Export du 3 mars\nrow: Nom: A | Ville: B\nrow: Nom: C | Ville: D"},
		{"no header", "1;2\n3;4\n", "table: 1 | 2\ntable: 3 | 4"},
		{"one column", "un\ndeux\n", "table: un\ntable: deux"},
		{"line break in a cell", "Nom;Note\nA;\"ligne 1\nligne 2\"\n", "row: Nom: A | Note: ligne 1 ligne 2"},
		{"longer rows", "Nom;Ville\nA;B;C\nD;E\n", "row: Nom: A | Ville: B | C\nrow: Nom: D | Ville: E"},
		{"stray quote", "Nom;Taille\nÉcran 15\";40\nB;\n", "row: Nom: Écran 15\" | Taille: 40\nrow: Nom: B"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) { wantOutline(t, "a.csv", []byte(tc.in), tc.want) })
	}
}

func TestCSVKeepsEveryRow(t *testing.T) {
	const n = 9000
	x, err := runBytes(t, "a.csv", []byte("Nom;Note\n"+strings.Repeat("Durand;bon\n", n)), Options{})
	if err != nil || len(x.Blocks) != n {
		t.Fatalf("%d rows of %d, %v", len(x.Blocks), n, err)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("a;b\n1;2\n\"x\"\"y\";z")
	f.Add("sep=,\na,b\n\"\n")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := runBytes(t, "a.csv", []byte(s), Options{}); err != nil && CodeOf(err) == "" {
			t.Fatal(err)
		}
	})
}
