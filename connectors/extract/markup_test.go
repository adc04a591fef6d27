package extract

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

func TestMarkdown(t *testing.T) {
	x := wantOutline(t, "a.md", []byte("---\ntitle: \"Guide\"\n---\n# Congés\n\nDeux **jours** par [mois](http://x) &amp; plus\\*.\nSuite.\n\n- un\n  - deux\n- trois\n\n3. trois\n4. quatre\n\n| Nom | Ville |\n|---|---|\n| Durand | Autun |\n\n```go\nx :=  1\n```\n\n> cité\n\n<div>html<script>x</script></div>\n"),
		"paragraph: title: \"Guide\"\nheading1: Congés\nparagraph: Deux jours par mois & plus*. Suite.\nlist1: - un\nlist2: - deux\nlist1: - trois\nlist1: 3. trois\nlist1: 4. quatre\nrow: Nom: Durand | Ville: Autun\nparagraph: x :=  1\nparagraph: cité\nparagraph: html")
	if x.Title != "Guide" {
		t.Errorf("title %q", x.Title)
	}
}

func TestHTML(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"structure", `<html lang="fr-FR"><head><title>T</title><style>x</style></head><body><h1>Bail</h1><p>Un <b>texte</b>.<br>Ligne</p><script>no()</script><ul><li>a<ul><li>b</li></ul></li></ul><ol start="3"><li><p>c</p></li></ol></body>`,
			"heading1: Bail\nparagraph: Un texte.⏎Ligne\nlist1: - a\nlist2: - b\nlist1: 3. c"},
		{"table with names", `<table><caption>Tarifs</caption><thead><tr><th>Nom</th><th>Prix</th></tr></thead><tr><td rowspan="2">A</td><td>1</td></tr><tr><td>2</td></tr></table>`,
			"paragraph: Tarifs\nrow: Nom: A | Prix: 1\nrow: Nom: A | Prix: 2"},
		{"table of pairs", `<table><tr><td>Loyer</td><td>900</td></tr><tr><td>Charges</td><td>80</td></tr></table>`,
			"table: Loyer | 900\ntable: Charges | 80"},
		{"layout table", `<table><tr><td><h2>Titre</h2><p>Un</p><p>Deux</p></td><td><table><tr><td>x</td><td>y</td></tr></table></td></tr></table>`,
			"heading2: Titre\nparagraph: Un\nparagraph: Deux\ntable: x | y"},
		{"hidden", `<p>vu</p><p hidden>caché</p><div style="display: none">aussi</div>`, "paragraph: vu"},
		{"pre", "<pre>a  b\n  c</pre>", "paragraph: a  b⏎  c"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) { wantOutline(t, "a.html", []byte(tc.in), tc.want) })
	}
}

func TestHTMLCharset(t *testing.T) {
	late := "<html><head><!--" + strings.Repeat(" ", 3000) + `--><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"></head><p>`
	cyrillic, _ := charmap.Windows1251.NewEncoder().String("Аренда")
	wantOutline(t, "a.html", []byte(late+cyrillic), "paragraph: Аренда")
	// A page that is UTF-8 is read so, whatever it declares.
	wantOutline(t, "a.html", []byte(`<meta charset="iso-8859-1"><p>`+strings.Repeat(" ", 2000)+`été`), "paragraph: été")
}

func FuzzHTML(f *testing.F) {
	f.Add("<h1>a</h1><table><tr><td rowspan=9>b<td colspan=9>c</table><ul><li>d")
	f.Add("<table><tr><td><table><tr><td>x<td>y</table></table><pre>a\n")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := runBytes(t, "a.html", []byte(s), Options{}); err != nil && CodeOf(err) == "" {
			t.Fatal(err)
		}
	})
}

func FuzzMarkdown(f *testing.F) {
	f.Add("# a\n\n- b\n\n  > c\n\n|x|y|\n|-|-|\n|1|2|\n\n<b>d</b>\n")
	f.Add("---\ntitle: x\n---\n1) a\n   ```\n   b")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := runBytes(t, "a.md", []byte(s), Options{}); err != nil && CodeOf(err) == "" {
			t.Fatal(err)
		}
	})
}
