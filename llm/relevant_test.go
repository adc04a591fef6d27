package llm

import (
	"encoding/json"
	"path/filepath"
	"testing"
)

func TestRelevant(t *testing.T) {
	src := []Source{
		{N: 1, Lang: "fr", Title: "Facture FAC-2026-0117", Text: "Total TTC à payer : 7 750,56 €. Échéance : 15 mai 2026.", Coverage: 0.62},
		{N: 2, Lang: "en", Title: "Staff handbook", Text: "Employees have 28 days of holiday. Ask Mary Smith.", Coverage: 0.2},
	}
	for _, c := range []struct {
		question, lang string
		want           bool
	}{
		{"Quel est le total TTC de la facture FAC-2026-0117 ?", "fr", true},
		{"Quel est le total TTC de la facture FAC-2026-0199 ?", "fr", false}, // another invoice
		{"Quel est le total TTC de la facture de Lagarde ?", "fr", false},    // a name that nobody holds
		{"Quelle est l'échéance de la facture ?", "fr", true},
		{"How many days does Mary Smith have?", "en", true},
	} {
		if got := Relevant(c.question, c.lang, src); got != c.want {
			t.Errorf("%q: %v", c.question, got)
		}
	}
	low := []Source{{N: 1, Lang: "fr", Text: "La piscine ferme tard.", Coverage: 0.31}}
	if Relevant("Quel est le nom du fournisseur de café ?", "fr", low) || Relevant("Oui ?", "fr", nil) || Relevant("", "", low) {
		t.Error("too little was enough")
	}
	if !Relevant("À quelle heure ferme la piscine ?", "fr", []Source{{N: 1, Lang: "fr", Text: "La piscine ferme à 20 heures."}}) {
		t.Error("sources without a coverage of the search are not judged by their words")
	}
}

// TestRelevantPIAF prints the table in relevant.go and fails if the rule has become worse than it.
func TestRelevantPIAF(t *testing.T) {
	p := piafSet(t)
	var in, out, off []evidence
	step := 24
	if testing.Verbose() {
		step = 6
	}
	for i, q := range p.queries {
		if i%step != 0 {
			continue
		}
		for _, s := range p.sources(t, q.Text, 8, -1) {
			if s.DocumentID == p.docs[q.doc].ID {
				in = append(in, gather(q.Text, "fr", p.sources(t, q.Text, 8, -1)))
			}
		}
		out = append(out, gather(q.Text, "fr", p.sources(t, q.Text, 8, q.doc)))
	}
	demo := filepath.Join("..", "testdata", "demo", "questions.jsonl")
	if err := eachLine(demo, func(line []byte) error {
		var q struct{ Lang, Question string }
		err := json.Unmarshal(line, &q)
		if q.Lang == "fr" {
			off = append(off, gather(q.Question, "fr", p.sources(t, q.Question, 8, -1)))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	pass := func(es []evidence, least float64) int {
		n := 0
		for _, e := range es {
			if e.enough(least, max(least, shortCovers)) {
				n++
			}
		}
		return n
	}
	t.Logf("coverage ≥   answerable (%d)   paragraph out (%d)   off-topic (%d)", len(in), len(out), len(off))
	for _, least := range []float64{0.20, 0.30, 0.35, 0.40, 0.45, 0.50, 0.60} {
		t.Logf("%.2f          %s               %s                 %s", least, percent(pass(in, least), len(in)), percent(pass(out, least), len(out)), percent(pass(off, least), len(off)))
	}
	if pass(in, minCoverage)*100 < len(in)*88 || pass(out, minCoverage)*100 > len(out)*58 {
		t.Error("abstention has become worse than the figures in relevant.go")
	}
}
