package index

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// written are things with the ways in which people write them. Each first way
// is put into a passage of its own, among others that are nearly the same.
var written = []struct {
	what string
	ways []string
	near []string // written likewise, but something else
}{
	{"invoice", []string{"FAC-2026-0117", "fac 2026 0117", "FAC20260117", "fac-2026-0117", "FAC/2026/0117", "Fac_2026_0117", "FAC2026-0117", "FAC‑2026–0117"},
		[]string{"FAC-2026-0118", "FAC-2025-0117", "BDC-2026-0117"}},
	{"invoice with spaces", []string{"BDC 2025 0042", "BDC-2025-0042", "bdc20250042"}, []string{"BDC 2025 0043"}},
	{"article of a code", []string{"art. L. 1234-5", "article L1234-5", "L 1234-5", "L.1234-5", "l1234-5", "article L. 1234-5", "L1234‑5"},
		[]string{"art. L. 1234-6", "art. R. 1234-5", "L. 1233-5"}},
	{"article of a regulation", []string{"R4121-1", "R. 4121-1", "r 4121-1"}, []string{"R4121-2", "L4121-1"}},
	{"numbered article", []string{"l'article 12", "art. 12", "Articles 12", "art 12"}, []string{"l'article 21", "annexe 12"}},
	{"first article", []string{"Article 1er", "article 1", "art. 1"}, []string{"Article 11"}},
	{"section", []string{"Section 4", "sec. 4", "sect 4"}, []string{"Section 5", "Chapter 4"}},
	{"chapter", []string{"chapitre 7", "chapter 7", "chap. 7"}, []string{"chapitre 8"}},
	{"account", []string{"FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189", "fr76 30006000011234567890189", "FR76-3000-6000-0112-3456-7890-189"},
		[]string{"FR76 3000 4000 0312 3456 7890 143"}},
	{"account with letters", []string{"GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819"}, []string{"GB82 WEST 1234 5698 7654 32"}},
	{"amount", []string{"1 250,00 €", "1250", "1,250.00", "1.250,00", "1250.00", "1\u202f250", "1'250.00", "1,250", "€1,250"},
		[]string{"1 350,00 €", "12 500,00 €"}},
	{"amount with cents", []string{"7 750,56 €", "7750,56", "7,750.56", "7750.56"}, []string{"7 750,65 €"}},
	{"large amount", []string{"1 234 567 euros", "1234567", "1,234,567", "1.234.567"}, []string{"1 234 576 euros"}},
	{"date", []string{"12/03/2026", "12 mars 2026", "2026-03-12", "March 12, 2026", "12 March 2026", "12.03.2026", "12-03-2026", "12/3/2026", "March 12th, 2026", "12th of March 2026", "20260312", "12/03/26", "12 MARS 2026"},
		[]string{"12/04/2026", "13/03/2026", "12/03/2025"}},
	{"first of a month", []string{"1er août 2027", "01/08/2027", "2027-08-01", "1 August 2027", "August 1st, 2027", "1 aout 2027"}, []string{"11 août 2027"}},
	{"date that can't begin with the day", []string{"10/25/2024", "25/10/2024", "October 25, 2024", "25 oct. 2024"}, []string{"24/10/2025"}},
	{"month", []string{"février 2023", "02/2023", "February 2023", "fevr. 2023", "Feb 2023"}, []string{"février 2022", "mars 2023"}},
	{"telephone", []string{"01 23 45 67 89", "0123456789", "01.23.45.67.89", "+33 1 23 45 67 89", "+33123456789", "01-23-45-67-89"}, []string{"01 23 45 67 98"}},
	{"company", []string{"123 456 789 00012", "12345678900012"}, []string{"123 456 789 00013"}},
	{"version", []string{"COVID-19", "covid 19", "covid19"}, []string{"COVID-20"}},
}

func TestReferencesAreFoundAsTyped(t *testing.T) {
	ix := open(t, t.TempDir())
	var docs []Doc
	whatOf := map[uint32]string{}
	put := func(what, text, lang string) {
		o := uint32(len(docs) + 1)
		whatOf[o] = what
		filler := []string{"Les parties ont convenu de ce qui suit", "The parties agreed as follows"}[len(docs)%2]
		docs = append(docs, Doc{Ordinal: o, Class: 1, Passages: []Passage{{Ordinal: o, Text: filler + " : " + text + " ; fin.", Lang: lang}}})
	}
	for _, w := range written {
		put(w.what, w.ways[0], "fr")
		for _, n := range w.near {
			put("not "+w.what, n, "fr")
		}
	}
	apply(t, ix, 1, docs...)
	pairs := 0
	for _, w := range written {
		for _, way := range w.ways {
			for _, query := range []string{way, "le dossier " + way, "the file " + way} {
				r, err := ix.Search(context.Background(), Query{Text: query, Classes: NewClasses(1), Legs: WordsLeg})
				if err != nil {
					t.Fatal(err)
				}
				if len(r.Hits) == 0 || whatOf[r.Hits[0].Doc] != w.what || len(r.Hits) > 1 && r.Hits[1].Score == r.Hits[0].Score {
					t.Errorf("%s: %q does not find %q first: %s", w.what, query, w.ways[0], describeHits(r.Hits, whatOf))
				}
			}
			pairs++
		}
	}
	if pairs < 80 {
		t.Errorf("%d pairs", pairs)
	}
}

func describeHits(hits []Hit, whatOf map[uint32]string) string {
	var b strings.Builder
	for _, h := range hits[:min(3, len(hits))] {
		fmt.Fprintf(&b, "%s %.3f %q; ", whatOf[h.Doc], h.Score, h.Matched)
	}
	return b.String()
}

func extras(text string) string {
	var out []string
	eachTerm(text, func(t token) {
		if t.extra {
			out = append(out, t.term)
		}
	})
	return strings.Join(out, " ")
}

func TestExtraTerms(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"le 12 de la rue, en 2026", ""},
		{"il en a 3", ""},
		{"n° 2026-117", ""},
		{"page 3", "p3"},
		{"l’article 12", "art12"},
		{"1,25", ""},
		{"1,250", "1250"},
		{"0,250", ""},
		{"31/02/2026", "2026-02 2026-02-31"}, // a mistake is found as it was written
		{"32/01/2026", ""},
		{"10.2.1", ""},
		{"FR76 3000 6000 0112 3456 7890 188", "fr763000 fr7630006000 fr76300060000112 fr763000600001123456"}, // wrong check digits
	} {
		if got := extras(c.text); got != c.want {
			t.Errorf("extra terms of %q: %q, want %q", c.text, got, c.want)
		}
	}
}

func FuzzExtraTerms(f *testing.F) {
	for _, w := range written {
		f.Add(strings.Join(w.ways, " ; "))
		f.Add(strings.Join(w.ways, " "))
	}
	f.Fuzz(func(t *testing.T, text string) {
		eachTerm(text, func(tok token) {
			if tok.start < 0 || tok.start >= tok.end || tok.end > len(text) || tok.term == "" || len(tok.term) > maxTermBytes {
				t.Fatalf("token %+v of %d bytes", tok, len(text))
			}
			if strings.Contains(tok.term, "\x00") || utf8.ValidString(text) && !utf8.ValidString(tok.term) {
				t.Fatalf("term %q", tok.term)
			}
		})
	})
}
