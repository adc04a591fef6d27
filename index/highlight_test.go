package index

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func marked(text string, ranges []Range) string {
	var b strings.Builder
	at := 0
	for _, r := range ranges {
		b.WriteString(text[at:r.Start] + "[" + text[r.Start:r.End] + "]")
		at = r.End
	}
	return b.String() + text[at:]
}

func TestHighlight(t *testing.T) {
	for _, c := range []struct{ name, lang, query, queryLang, want string }{
		{"accents", "fr", "preavis", "fr", "Le [préavis] est de deux mois."},
		{"capitals", "fr", "PRÉAVIS", "fr", "Le [préavis] est de deux mois."},
		{"elision", "fr", "employeur", "fr", "C’est l’[employeur] qui paie."},
		{"elision typed", "fr", "l'employeur", "fr", "Un [employeur] paie, l’[Employeur] aussi."},
		{"stems", "fr", "licenciement économique", "fr", "Les [licenciements] [économiques], un motif."},
		{"stems in English", "en", "notice periods", "en", "The [notice] [period] is one month."},
		{"stop words", "fr", "le délai de préavis", "fr", "Le [délai] de la [démission]."},
		{"language unknown", "", "holidays", "en", "Your [holiday] starts."},
		{"a French word in English", "en", "préavis", "fr", "The so-called [préavis] starts."},
		{"phrase", "fr", `"délai de préavis"`, "fr", "Un délai, un préavis : le [délai de préavis]."},
		{"phrase and a word", "fr", `cadre "délai de préavis"`, "fr", "Le [cadre] : [délai de préavis], un délai."},
		{"phrase that isn't there", "fr", `"préavis de délai"`, "fr", "Un [délai] de [préavis]."},
		{"reference", "fr", "fac20260117", "fr", "La facture [FAC-2026-0117] est due."},
		{"reference with spaces", "fr", "FAC 2026 0117", "fr", "La facture [FAC-2026-0117] est due."},
		{"article", "fr", "L1234-5", "fr", "Selon l’art. [L. 1234-5] du code."},
		{"date", "fr", "2026-03-12", "fr", "Signé le [12 mars 2026] à Lyon."},
		{"date in English", "en", "12/03/2026", "en", "Signed on [March 12, 2026] in Leeds."},
		{"amount", "fr", "1250", "fr", "Un total de [1 250,00] € net."},
		{"account", "fr", "FR7630006000011234567890189", "fr", "IBAN : [FR76 3000 6000 0112 3456 7890 189]."},
		{"nothing", "fr", "", "fr", "Le préavis."},
	} {
		text := strings.NewReplacer("[", "", "]", "").Replace(c.want)
		if c.name == "stop words" {
			c.want = "Le [délai] de la démission."
		}
		if got := marked(text, Highlight(text, c.lang, c.query, c.queryLang)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	text := "Le licenciement est notifié."
	got := marked(text, Highlight(text, "fr", "licencment", "fr", Correction{Typed: "licencment", Taken: "licenciement"}))
	if got != "Le [licenciement] est notifié." {
		t.Errorf("corrected: %s", got)
	}
}

func TestWindow(t *testing.T) {
	filler := strings.Repeat("Rien à voir ici, vraiment. ", 40)
	text := "Le préavis seul. " + filler + "Le préavis de démission d’un cadre." + filler
	marks := Highlight(text, "fr", "préavis démission cadre", "fr")
	w := Window(text, marks, 200)
	part := text[w.Start:w.End]
	if !strings.Contains(part, "préavis de démission d’un cadre") || len(part) > 200 || !utf8.ValidString(part) {
		t.Errorf("window of %d bytes: %q", len(part), part)
	}
	if text[w.Start-1] != ' ' {
		t.Errorf("the window begins within a word: %q", part)
	}
	if w := Window("court", nil, 200); w != (Range{0, 5}) {
		t.Errorf("window of a short text: %v", w)
	}
}

func FuzzHighlight(f *testing.F) {
	f.Add("l’employeur doit 1 234,56 € au 12 mars 2026", `"employeur doit" 1234,56 12/03/2026`, "fr", "fr", 10)
	f.Add("<b>préavis</b> & \xff préavis", "preavis", "", "en", 5)
	f.Add("été"+strings.Repeat("é", 200), "été", "fr", "fr", 50)
	f.Fuzz(func(t *testing.T, text, query, lang, queryLang string, size int) {
		ranges := Highlight(text, lang, query, queryLang, Correction{"x", query})
		end := 0
		for _, r := range ranges {
			if r.Start < end || r.Start >= r.End || r.End > len(text) {
				t.Fatalf("range %v after %d of %d bytes", r, end, len(text))
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[r.Start:r.End]) {
				t.Fatalf("%v splits a character", r)
			}
			end = r.End
		}
		if size < 1 || size > 1<<16 {
			return
		}
		w := Window(text, ranges, size)
		if w.Start < 0 || w.Start > w.End || w.End > len(text) {
			t.Fatalf("window %v of %d bytes", w, len(text))
		}
		if utf8.ValidString(text) && !utf8.ValidString(text[w.Start:w.End]) {
			t.Fatalf("window %v splits a character", w)
		}
	})
}
