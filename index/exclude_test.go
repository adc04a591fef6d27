package index

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestExcluded(t *testing.T) {
	for query, want := range map[string]string{
		"contrat -bail":                      "bail",
		"-bail contrat":                      "bail",
		"contrat −bail":                      "bail",
		"contrat -bail -cession":             "bail|cession",
		`contrat -"bail commercial" durée`:   "bail commercial",
		"contrat -« bail commercial »":       "bail commercial",
		"contrat -FAC-2026-0117.":            "FAC-2026-0117",
		"contrat -l'employeur":               "l'employeur",
		"-bail":                              "", // nothing would be asked
		"sous-traitance et savoir-faire":     "",
		"contrat - bail":                     "",
		"température -5 contrat":             "", // a number
		`"contrat -bail"`:                    "", // word for word
		`contrat -"bail`:                     "",
		"le contrat -hors renouvellement- ":  "", // dashes
		"contrat --bail":                     "",
		"contrat -":                          "",
		strings.Repeat("mot ", 30) + "-bail": "", // prose
	} {
		if got := strings.Join(Excluded(query), "|"); got != want {
			t.Errorf("%q leaves out %q, want %q", query, got, want)
		}
	}
	if got := strings.Join(strings.Fields(Asked("contrat −bail durée -x")), " "); got != "contrat durée" {
		t.Errorf("asked for %q", got)
	}
}

func TestExclusions(t *testing.T) {
	ix := shelf(t, allowed,
		Passage{Lang: "fr", Text: "Le contrat de bail commercial dure neuf ans."},
		Passage{Lang: "fr", Text: "Le contrat de travail dure sans limite."},
		Passage{Lang: "fr", Title: "Baux et bail", Text: "Le contrat est écrit."},
		Passage{Lang: "fr", Text: "Un contrat commercial, sans Bail."},
		Passage{Lang: "en", Text: "The contrat comes with bail."},
		Passage{Lang: "fr", Text: "Le contrat porte la référence FAC 2026 0117."},
		Passage{Lang: "", Text: "Contrat, bail."},
		Passage{Lang: "fr", Text: "Rien de cela."},
	)
	for query, want := range map[string]string{
		"contrat":                    "1 2 3 4 5 6 7",
		"contrat -bail":              "2 6",
		"contrat -BAIL":              "2 6",
		"-bail contrat":              "2 6",
		`contrat -"bail commercial"`: "2 3 4 5 6 7",
		`"contrat" -"commercial"`:    "2 3 5 6 7",
		`"le contrat" -bail`:         "2 6",
		"contrat -FAC-2026-0117":     "1 2 3 4 5 7",
		"contrat -travail -bail":     "6",
		"contrat -absent":            "1 2 3 4 5 6 7",
		"contrat -le":                "1 2 3 4 5 6 7",
	} {
		if got := ordinals(put(t, ix, query)); got != want {
			t.Errorf("%s: found %s, want %s", query, got, want)
		}
	}
	if r := put(t, ix, "contrat -bail"); !slices.Equal(r.Excluded, []string{"bail"}) || len(r.Corrected) != 0 {
		t.Errorf("%+v", r)
	}
}

// TestExclusionTellsNothing compares what an asker gets beside passages that he
// may not read with what he gets without them, to the last bit.
func TestExclusionTellsNothing(t *testing.T) {
	own := func() []Passage {
		return []Passage{
			{Lang: "fr", Text: "Le contrat de bail commercial dure neuf ans."},
			{Lang: "fr", Text: "Le contrat de travail, et le contrat de prêt."},
			{Lang: "fr", Text: "Un prêt sans contrat."},
		}
	}
	secret := []Passage{{Lang: "fr", Text: "Contrat secret, sans ce mot."}, {Lang: "fr", Text: "Contrat de bail secret."}, {Lang: "fr", Text: "Un prêt."}}
	among := shelf(t, func(i int) uint32 { return map[bool]uint32{true: 1, false: 2}[i < 3] }, append(own(), secret...)...)
	alone := shelf(t, allowed, own()...)
	for _, query := range []string{"contrat prêt -bail", "contrat -secret", `prêt -"contrat de"`} {
		a, b := put(t, among, query), put(t, alone, query)
		if fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", b) {
			t.Errorf("%s: %+v among others, %+v alone", query, a, b)
		}
	}
}

// TestExclusionByMeaning leaves out what only its vector would find, too.
func TestExclusionByMeaning(t *testing.T) {
	var l library
	ix := openMeant(t, t.TempDir(), &l)
	docs := []Doc{
		passageDoc(1, Passage{Ordinal: 1, Text: "paid holiday", Lang: "en"}),
		passageDoc(2, Passage{Ordinal: 2, Text: "paid holiday abroad", Lang: "en"}),
		passageDoc(3, Passage{Ordinal: 3, Text: "sick notes", Lang: "en"}),
	}
	l.put(docs...)
	apply(t, ix, 1, docs...)
	embedBy(t, ix, newBag("a", "en"))
	waitEmbedded(t, ix)
	for query, want := range map[string]string{"leave": "1 2", "leave -abroad": "1", `leave -"holiday abroad"`: "1", "leave -holiday": ""} {
		r, err := ix.Search(context.Background(), Query{Text: query, Lang: "en", Classes: NewClasses(1)})
		if got := ordinals(r); err != nil || got != want {
			t.Errorf("%s: found %q, want %q (%v)", query, got, want, err)
		}
	}
}

// FuzzExclusions holds that what is left out and what is asked for are parts of
// the query, one apart from the other.
func FuzzExclusions(f *testing.F) {
	for _, s := range []string{"contrat -bail", `a -"b c" d`, "−x y", "-« é » z", "a -b- c", "- -", "x -\"", "\xff -\xff a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		asked, before := Asked(query), 0
		if len(asked) != len(query) {
			t.Fatalf("%q asks for %q", query, asked)
		}
		for _, x := range exclusions(clip(query)) {
			if x.start < before || x.end <= x.start || !strings.Contains(query[x.start:x.end], x.text) || strings.TrimSpace(asked[x.start:x.end]) != "" {
				t.Fatalf("%q leaves out %+v", query, x)
			}
			before = x.end
		}
	})
}
