package index

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func terms(text, lang string) string {
	var out []string
	for _, w := range Words(text, lang) {
		out = append(out, w.Term)
	}
	return strings.Join(out, " ")
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ name, lang, text, want string }{
		{"accents composed", "fr", "Délai de préavis", "delai preavi"},
		{"accents decomposed", "fr", "De\u0301lai de pre\u0301avis", "delai preavi"},
		{"accents in capitals", "fr", "DÉLAI DE PRÉAVIS", "delai preavi"},
		{"no accents typed", "fr", "delai de preavis", "delai preavi"},
		{"elision", "fr", "l'employeur qu'il n'embauche d'ici jusqu'à", "employeu embauch"},
		{"typographic apostrophe", "fr", "l’employeur", "employeu"},
		{"modifier letter apostrophe", "fr", "lʼemployeur", "employeu"},
		{"no elision within a word", "fr", "aujourd'hui presqu'île", "aujourd'hui ile"},
		{"ligature", "fr", "L'œuvre, cœur", "oeuvr coeu"},
		{"season, not the verb", "fr", "horaires d'été", "horair ete"},
		{"hyphen", "fr", "procès-verbal sous-traitance", "proc verbal sou traitanc"},
		{"soft hyphen and joiners", "fr", "con\u00adtrat con\u200dtrat con\u2060trat", "contrat contrat contrat"},
		{"ligatures of PDFs", "en", "ﬁnal oﬀer", "final offer"},
		{"possessive", "en", "the employer’s duties, employers' duties", "employ duti employ duti"},
		{"contraction", "en", "O'Neil doesn't", "o'neil"},
		{"accents in English", "en", "résumé of the naïve café", "resum naiv cafe"},
		{"abbreviation", "", "S.A.R.L. et U.S.A.", "sarl et usa"},
		{"no abbreviation", "", "fin.Le M.Dupont a.b.cd", "fin le m dupont ab cd"},
		{"full width", "", "ＦＡＣ", "fac"},
		{"reference", "fr", "Facture FAC-2026-0117.", "factur fac 2026 0117 fac-2026-0117"},
		{"reference with other hyphens", "", "FAC‑2026–0117", "fac 2026 0117 fac-2026-0117"},
		{"amount with a space", "fr", "1 234,56 €", "1 234.56 1234.56"},
		{"amount with a narrow space", "fr", "1\u202f234,56\u00a0€", "1 234.56 1234.56"},
		{"amount in millions", "fr", "12 345 678 euros", "12 345 678 12345678 euro"},
		{"amount without a space", "fr", "1234,56", "1234.56"},
		{"amount in English", "en", "1,234.56 and 1,234,567", "1234.56 1234567"},
		{"year and number", "fr", "en 2019 300 personnes", "2019 300 person"},
		{"date", "fr", "12/03/2026, 12.03.2026 et 12-03-2026", "12 03 2026 12-03-2026 12-03-2026 12 03 2026 12-03-2026"},
		{"digits aren't stemmed", "fr", "1100 A4 2000 13eme", "1100 a4 2000 13eme"},
		{"unknown language", "", "The délai d'été", "the delai ete"},
		{"stop words only", "fr", "et le la que", ""},
		{"other scripts", "", "Привет й 東京 tokyo", "привет й 東 京 tokyo"},
		{"superscript", "", "25 m² CO₂", "25 m2 co2"},
		{"empty", "fr", "", ""},
		{"no words", "fr", " — … € \x00 \xff ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := terms(c.text, c.lang); got != c.want {
				t.Errorf("Words(%q, %q) = %q, want %q", c.text, c.lang, got, c.want)
			}
		})
	}
}

func TestWordOffsets(t *testing.T) {
	for _, c := range []struct{ lang, text, want string }{
		{"fr", "l’employeur paie", "employeur|paie"},
		{"fr", "De\u0301lai : FAC-2026-0117 !", "De\u0301lai|FAC|2026|0117|FAC-2026-0117"},
		{"fr", "soit 1\u202f234,56 € dû", "1|234,56|1\u202f234,56"},
		{"en", "the employer's car", "employer's|car"},
	} {
		var got []string
		for _, w := range Words(c.text, c.lang) {
			got = append(got, c.text[w.Start:w.End])
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("Words(%q) cut %q, want %q", c.text, strings.Join(got, "|"), c.want)
		}
	}
}

func TestLongWordIsCut(t *testing.T) {
	for _, text := range []string{strings.Repeat("a", 10_000), strings.Repeat("é", 10_000), strings.Repeat("1-", 10_000)} {
		for _, w := range Words(text, "fr") {
			if len(w.Term) > maxTermBytes || w.End-w.Start > maxTokenBytes+utf8.UTFMax {
				t.Fatalf("term of %d bytes from %d bytes", len(w.Term), w.End-w.Start)
			}
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("l’employeur doit 1 234,56 € au 12/03/2026 (FAC-2026-0117)", "fr")
	f.Add("the employer's e\u0301lan ﬁ S.A.R.L. 東京", "en")
	f.Add("a'''b..c,,1.,2 3\u00ad\u200d\xff\xc3", "")
	f.Fuzz(func(t *testing.T, text, lang string) {
		end := 0
		for _, w := range Words(text, lang) {
			if w.Start < 0 || w.Start >= w.End || w.End > len(text) || w.End < end {
				t.Fatalf("word %q at [%d,%d) after %d of %d bytes", w.Term, w.Start, w.End, end, len(text))
			}
			if w.Term == "" || len(w.Term) > maxTermBytes || strings.Contains(w.Term, "\x00") {
				t.Fatalf("term %q", w.Term)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[w.Start:w.End]) {
				t.Fatalf("[%d,%d) splits a character", w.Start, w.End)
			}
			end = w.End
		}
	})
}
