package trial

import (
	"math"
	"testing"

	"coffre/llm"
	"coffre/store"
)

func quoting(doc, quote string) llm.Answer {
	return llm.Answer{Sentences: []llm.Sentence{{Text: quote}}, Citations: []llm.Citation{{DocumentID: doc, Quote: quote}}}
}

// TestJudge: what a question comes to, by what was found and quoted.
func TestJudge(t *testing.T) {
	found := func(enough bool, docs ...string) Found {
		f := Found{Enough: enough, Probability: 0.6}
		for _, d := range docs {
			f.Sources = append(f.Sources, llm.Source{DocumentID: d})
		}
		return f
	}
	a := store.Trial{Documents: []string{"a", "b"}, Words: []string{"L'an 12 000 €"}}
	for name, c := range map[string]struct {
		t       store.Trial
		f       Found
		a       llm.Answer
		outcome string
		rank    int
		hit     bool
		ndcg    float64
	}{
		"right":             {a, found(true, "a", "b"), quoting("a", "l’an 12\u202f000\u00a0€ net"), store.TrialRight, 1, true, 1},
		"words missing":     {a, found(true, "a", "b"), quoting("a", "13 000 €"), store.TrialWrong, 1, true, 1},
		"elsewhere":         {a, found(true, "x", "a"), quoting("x", "l'an 12 000 €"), store.TrialWrong, 2, true, (1 / math.Log2(3)) / (1 + 1/math.Log2(3))},
		"refused":           {a, found(false, "a"), quoting("a", "l'an 12 000 €"), store.TrialRefused, 1, true, 1 / (1 + 1/math.Log2(3))},
		"nothing to quote":  {a, found(true, "a"), llm.Answer{}, store.TrialRefused, 1, true, 1 / (1 + 1/math.Log2(3))},
		"sixth passage":     {a, found(true, "x", "x", "x", "x", "x", "b"), quoting("x", "?"), store.TrialWrong, 2, false, (1 / math.Log2(3)) / (1 + 1/math.Log2(3))},
		"not found":         {a, found(true, "x"), quoting("x", "?"), store.TrialWrong, 0, false, 0},
		"nothing found":     {a, found(false), llm.Answer{}, store.TrialRefused, 0, false, 0},
		"rightly refused":   {store.Trial{NoAnswer: true}, found(false, "x"), quoting("x", "?"), store.TrialRight, 0, false, 0},
		"wrongly answered":  {store.Trial{NoAnswer: true}, found(true, "x"), quoting("x", "?"), store.TrialAnswered, 0, false, 0},
		"refused for quote": {store.Trial{NoAnswer: true}, found(true, "x"), llm.Answer{}, store.TrialRight, 0, false, 0},
	} {
		o := judge(c.t, c.f, c.a)
		if o.Outcome != c.outcome || o.Rank != c.rank || o.Hit != c.hit || math.Abs(o.NDCG-c.ndcg) > 1e-9 {
			t.Errorf("%s: %+v", name, o)
		}
		if at := Under(0.6, []store.TrialOutcome{o}); (at.Right() == 1) != (o.Outcome == store.TrialRight) && c.f.Enough {
			t.Errorf("%s: at its own score %+v", name, at)
		}
	}
}

// TestUnder: what other thresholds would have done.
func TestUnder(t *testing.T) {
	all := []store.TrialOutcome{
		{Expected: true, Score: 0.9, From: true},
		{Expected: true, Score: 0.5, From: true},
		{Expected: true, Score: 0.7},
		{Score: 0.6},
		{Score: 0.2},
		{Score: 0.99, Mute: true},
		{Expected: true, Score: 1, Outcome: store.TrialStale},
	}
	for least, want := range map[float64]At{
		0.1:  {0.1, 2, 1, 0, 1, 2},
		0.55: {0.55, 1, 1, 1, 2, 1},
		0.95: {0.95, 0, 0, 3, 3, 0},
	} {
		if got := Under(least, all); got != want {
			t.Errorf("%v: %+v, want %+v", least, got, want)
		}
	}
}

// TestFigures: stale questions count nowhere.
func TestFigures(t *testing.T) {
	got := figures([]store.TrialOutcome{
		{Expected: true, Outcome: store.TrialRight, Hit: true, NDCG: 1},
		{Expected: true, Outcome: store.TrialWrong, Hit: true, NDCG: 0.5},
		{Outcome: store.TrialRight}, {Outcome: store.TrialAnswered},
		{Expected: true, Outcome: store.TrialStale}, {Outcome: store.TrialUnowned}, {Expected: true, Outcome: store.TrialUnsettled},
	})
	want := store.TrialFigures{Questions: 4, Right: 2, Answerable: 2, Hits: 2, NDCG: 0.75, Answered: 1, Unanswerable: 2, Refused: 1, Left: 3}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := figures(nil); got != (store.TrialFigures{}) {
		t.Errorf("of nothing: %+v", got)
	}
}
