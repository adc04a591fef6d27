package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"coffre/connectors/extract"
	"coffre/connectors/passage"
	"coffre/index"
)

// TestLanguageBySection: a document in two languages is found in both, by words
// that only the right stemmer brings together.
func TestLanguageBySection(t *testing.T) {
	text := "# Contrat\n\n" + strings.Repeat("Le salarié respecte les délais de préavis prévus par la convention collective. ", 12) +
		"\n\n# Contract\n\n" + strings.Repeat("The employee is entitled to twenty holidays and keeps the equipment running. ", 12)
	read, err := extract.Run(t.Context(), bytes.NewReader([]byte(text)), int64(len(text)), "contrat.md", extract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	langs := map[string]bool{}
	d := index.Doc{Ordinal: 1, Class: evalClass}
	for i, p := range passage.Split(read, passage.Options{Detect: index.DetectLanguage}) {
		langs[p.Lang] = true
		part := read.Body[p.Start:p.End]
		if want := map[bool]string{true: "fr", false: "en"}[strings.Contains(part, "salarié")]; p.Lang != want {
			t.Errorf("passage %d is taken for %q: %.40s", i+1, p.Lang, part)
		}
		d.Passages = append(d.Passages, index.Passage{Ordinal: uint32(i + 1), Text: part, Lang: p.Lang})
	}
	if len(langs) != 2 {
		t.Fatalf("languages %v", langs)
	}
	ix, err := index.Open(t.TempDir(), index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ix.Close() })
	if err := ix.Apply(context.Background(), 1, []index.Doc{d}); err != nil {
		t.Fatal(err)
	}
	for query, word := range map[string]string{"le délai conventionnel des salariés": "salarié", "run the equipments on a holiday": "holidays"} {
		r, err := ix.Search(context.Background(), index.Query{Text: query, Classes: index.NewClasses(evalClass)})
		if err != nil || len(r.Hits) == 0 || !strings.Contains(d.Passages[r.Hits[0].Ordinal-1].Text, word) {
			t.Errorf("%q finds %+v, %v", query, r.Hits, err)
		}
	}
}
