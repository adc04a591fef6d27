package index

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// shelf is an index of texts, one passage a document; those of class 2 are
// forbidden to whoever asks in these tests.
func shelf(t testing.TB, classOf func(i int) uint32, texts ...Passage) *Index {
	t.Helper()
	ix, err := Open(t.TempDir(), Options{Texts: func(_ context.Context, ordinals []uint32) (out []Passage, _ error) {
		for _, o := range ordinals {
			out = append(out, texts[o-1])
		}
		return out, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ix.Close() })
	var docs []Doc
	for i := range texts {
		o := uint32(i + 1)
		texts[i].Ordinal = o
		docs = append(docs, Doc{Ordinal: o, Class: classOf(i), Passages: []Passage{texts[i]}})
	}
	apply(t, ix, 1, docs...)
	return ix
}

func allowed(int) uint32 { return 1 }

func put(t testing.TB, ix *Index, text string) Result {
	t.Helper()
	r, err := ix.Search(context.Background(), Query{Text: text, Classes: NewClasses(1), Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func ordinals(r Result) string {
	var all []uint32
	for _, h := range r.Hits {
		all = append(all, h.Ordinal)
	}
	slices.Sort(all)
	return strings.Trim(fmt.Sprint(all), "[]")
}

func TestPhrases(t *testing.T) {
	ix := shelf(t, allowed,
		Passage{Lang: "fr", Text: "La durée du préavis de démission est d'un mois pour un cadre."},
		Passage{Lang: "fr", Text: "La démission sans préavis : la durée de l’absence compte."},
		Passage{Lang: "fr", Title: "Préavis de démission", Text: "Voir ci-après."},
		Passage{Lang: "fr", Text: "L’employeur doit payer. La facture FAC-2026-0117 est due ; les préavis de démissions aussi."},
		Passage{Lang: "en", Text: "The notice period is one month. Terms and conditions apply."},
		Passage{Lang: "en", Text: "A period of notice; conditions and terms."},
		Passage{Lang: "", Text: "Mise à jour du registre, mise a prix."},
	)
	for _, c := range []struct {
		query, want string
		loose       bool
	}{
		{`"préavis de démission"`, "1 3", false},
		{`« préavis de démission »`, "1 3", false},
		{`“PREAVIS DE DEMISSION”`, "1 3", false},
		{`durée "préavis de démission" cadre`, "1 3", false},
		{`"préavis" "démission"`, "1 2 3", false}, // not "démissions"
		{`"employeur doit"`, "4", false},
		{`"l'employeur doit"`, "4", false},
		{`"FAC 2026 0117"`, "4", false},
		{`"notice period"`, "5", false},
		{`"period of notice"`, "6", false},
		{`"terms and conditions"`, "5", false},
		{`"mise à jour"`, "7", false},
		{`"démission de préavis"`, "1 2 3 4", true},
		{`"notice period" "not there"`, "5 6", true},
		{`"préavis de démission`, "1 2 3 4", false},                                           // not closed
		{`préavis ` + strings.Repeat("un ", 21) + `"démission de préavis"`, "1 2 3 4", false}, // prose
		{`préavis ""`, "1 2 3 4", false},
		{`"la de" préavis`, "1 2 3 4", true},
	} {
		r := put(t, ix, c.query)
		if got := ordinals(r); got != c.want || r.Loose != c.loose {
			t.Errorf("%s found %s (loose %v), want %s (%v)", c.query, got, r.Loose, c.want, c.loose)
		}
	}
}

func TestPhraseOfForbiddenPassagesIsNotThere(t *testing.T) {
	classOf := func(i int) uint32 { return uint32(1 + i) }
	ix := shelf(t, classOf,
		Passage{Lang: "fr", Text: "Le plan secret est rangé dans le coffre."},
		Passage{Lang: "fr", Text: "Un plan social secret, le coffre du plan."},
	)
	if r := put(t, ix, `"plan social secret"`); !r.Loose || ordinals(r) != "1" {
		t.Errorf("found %s, loose %v", ordinals(r), r.Loose)
	}
}

func TestPhraseWithoutTexts(t *testing.T) {
	ix := open(t, t.TempDir())
	apply(t, ix, 1, Doc{Ordinal: 1, Class: 1, Passages: []Passage{{Ordinal: 1, Lang: "fr", Text: "préavis et démission"}}})
	if r := put(t, ix, `"préavis de démission"`); ordinals(r) != "1" {
		t.Errorf("found %s", ordinals(r))
	}
}

func FuzzPhrases(f *testing.F) {
	f.Add(`un "deux trois" « quatre » “cinq” „six“ "sept`, "deux trois")
	f.Add("\"\xff\"", "l’été")
	f.Fuzz(func(t *testing.T, query, text string) {
		for _, p := range Phrases(query) {
			words := exactWords(p)
			if at := findPhrase(exactWords(p), words); len(words) == 0 || len(at) != 1 {
				t.Fatalf("phrase %q stands in itself %d times", p, len(at))
			}
			for _, at := range findPhrase(exactWords(text), words) {
				if at[0] < 0 || at[0] >= at[1] || at[1] > len(text) {
					t.Fatalf("phrase at %v of %d bytes", at, len(text))
				}
			}
		}
		if rest := withoutQuotes(query); len(Phrases(rest)) > 0 {
			t.Fatalf("%q became %q, which still demands", query, rest)
		}
	})
}
