package llm

import (
	"math"
	"testing"

	"coffre/index"
)

// searched gives sources the scores that a search gives, with all words of the
// question weighing the same.
func searched(question, lang string, sources []Source) ([]Source, Trace) {
	t := Trace{}
	for _, w := range index.Words(question, lang) {
		t.Words = append(t.Words, index.WordWeight{Typed: question[w.Start:w.End], Weight: 3})
		t.Mass += 3
	}
	out := make([]Source, len(sources))
	for i, s := range sources {
		in := held(s.Title+"\n"+s.Text, s.Lang)
		n := 0.0
		for _, w := range index.Words(question, s.Lang) {
			if in[w.Term] {
				n++
			}
		}
		s.Coverage = min(1, n*3/max(1, t.Mass))
		s.BM25, s.WordsRank = 0.75*s.Coverage*t.Mass, i+1
		out[i] = s
	}
	return out, t
}

func TestJudge(t *testing.T) {
	src := []Source{
		{N: 1, Lang: "fr", DocumentID: "a", Title: "Facture FAC-2026-0117", Text: "Total TTC à payer : 7 750,56 €. Échéance : 15 mai 2026."},
		{N: 2, Lang: "en", DocumentID: "b", Title: "Staff handbook", Text: "Employees have 28 days of holiday. Ask Mary Smith."},
	}
	for _, c := range []struct {
		question, lang string
		want           bool
	}{
		{"Quel est le total TTC de la facture FAC-2026-0117 ?", "fr", true},
		{"Quel est le total TTC de la facture FAC-2026-0199 ?", "fr", false}, // another invoice
		{"Quelle est l'échéance de la facture ?", "fr", true},
		{"How many days of holiday do employees have?", "en", true},
		{"Quel est le nom du fournisseur de café ?", "fr", false},
		{"Oui ?", "fr", false},
		{"", "", false},
	} {
		sources, trace := searched(c.question, c.lang, src)
		if j := Judge(c.question, c.lang, sources, trace, DefaultLeast); j.Enough != c.want || j.Enough != (j.Probability >= j.Least) {
			t.Errorf("%q: %+v", c.question, j)
		}
	}
	if j := Judge("Quelle est l'échéance ?", "fr", nil, Trace{}, 0.05); j.Enough || j.Probability != 0 {
		t.Errorf("nothing found: %+v", j)
	}
}

// TestJudgeByMeaning: a question in other words than the passage's is answered
// where vectors stand behind it, and not where they don't.
func TestJudgeByMeaning(t *testing.T) {
	question := "How much vacation does the staff get?"
	sources, trace := searched(question, "en", []Source{
		{N: 1, Lang: "en", DocumentID: "b", Text: "Employees have 28 days of paid leave a year.", MeaningRank: 1, Cosine: 0.72},
		{N: 2, Lang: "en", DocumentID: "c", Text: "The pump is greased every month.", MeaningRank: 2, Cosine: 0.12},
	})
	trace.Base = 0.08
	sources[0].WordsRank, sources[1].WordsRank = 0, 0
	near := Judge(question, "en", sources, trace, DefaultLeast)
	sources[0].Cosine = 0.16
	far := Judge(question, "en", sources, trace, DefaultLeast)
	if !near.Enough || far.Enough || !near.Evidence.Meaning {
		t.Errorf("near %+v, far %+v", near, far)
	}
}

// TestProbability: it is one for whatever evidence, and grows with what speaks
// for an answer.
func TestProbability(t *testing.T) {
	steps := []float64{0, 0.2, 0.5, 0.8, 1}
	for _, meaning := range []bool{false, true} {
		for _, words := range []int{0, 1, 3, 9, 200} {
			for _, x := range steps {
				e := Evidence{Coverage: x, Strength: x * 0.7, Named: 1, Codes: 1, Topic: x, Close: x, Pairs: x, Words: words, Meaning: meaning, Lift: x}
				p := e.Probability()
				if math.IsNaN(p) || p < 0 || p > 1 {
					t.Fatalf("%+v: %v", e, p)
				}
				for _, more := range []Evidence{{Coverage: 0.1}, {Strength: 0.1}, {Close: 0.1}, {Pairs: 0.1}, {Lift: 0.1}} {
					m := e
					m.Coverage, m.Strength, m.Close, m.Pairs = m.Coverage+more.Coverage, m.Strength+more.Strength, m.Close+more.Close, m.Pairs+more.Pairs
					m.Lift += more.Lift
					if m.Probability() < p {
						t.Errorf("%v: %+v is less probable than without %+v", meaning, e, more)
					}
				}
			}
		}
	}
}

func TestParseStrictness(t *testing.T) {
	for s, want := range map[string]float64{Strict: leastStrict, Balanced: DefaultLeast, Lenient: leastLenient, "0.5": 0.5, "0.05": 0.05, "0.95": 0.95} {
		if got, ok := ParseStrictness(s); !ok || got != want {
			t.Errorf("%q: %v %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "0", "1", "0,5", "NaN", "-0.5", "Strict", "1e9", "0.04"} {
		if _, ok := ParseStrictness(s); ok {
			t.Errorf("%q is taken", s)
		}
	}
}
