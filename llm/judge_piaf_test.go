package llm

import (
	"encoding/json"
	"path/filepath"
	"testing"
)

// TestJudgePIAF prints the table in judge_model.go for whole paragraphs of
// piaf-fr and fails if the judgement has become worse than it. None of these
// questions was fitted on.
func TestJudgePIAF(t *testing.T) {
	p := piafSet(t)
	var in, out, off []Evidence
	step := 24
	if testing.Verbose() {
		step = 6
	}
	for i, q := range p.queries {
		if i%step != 0 || i%7 == 0 {
			continue
		}
		with, trace := p.traced(t, q.Text, 8, -1)
		for _, s := range with {
			if s.DocumentID == p.docs[q.doc].ID {
				in = append(in, gather(q.Text, "fr", with, trace))
			}
		}
		without, trace := p.traced(t, q.Text, 8, q.doc)
		out = append(out, gather(q.Text, "fr", without, trace))
	}
	demo := filepath.Join("..", "testdata", "demo", "questions.jsonl")
	if err := eachLine(demo, func(line []byte) error {
		var q struct{ Lang, Question string }
		err := json.Unmarshal(line, &q)
		if q.Lang == "fr" {
			sources, trace := p.traced(t, q.Question, 8, -1)
			off = append(off, gather(q.Question, "fr", sources, trace))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	pass := func(es []Evidence, enough func(Evidence) bool) int {
		n := 0
		for _, e := range es {
			if enough(e) {
				n++
			}
		}
		return n
	}
	row := func(name string, enough func(Evidence) bool) {
		t.Logf("%s  %s  %s  %s", name, percent(pass(in, enough), len(in)), percent(pass(out, enough), len(out)), percent(pass(off, enough), len(off)))
	}
	t.Logf("answerable (%d)   paragraph out (%d)   off-topic (%d)", len(in), len(out), len(off))
	for _, least := range []float64{0.35, 0.40, 0.45, 0.50} {
		row("coverage "+percent(int(least*100), 100), func(e Evidence) bool { return e.byCoverage(least) })
	}
	for least := 15; least < 75; least += 5 {
		row("probability "+percent(least, 100), func(e Evidence) bool { return e.Probability() >= float64(least)/100 })
	}
	enough := func(e Evidence) bool { return e.Probability() >= DefaultLeast }
	if pass(in, enough)*100 < len(in)*86 || pass(out, enough)*100 > len(out)*53 || pass(off, enough)*100 > len(off)*12 {
		t.Error("the judgement has become worse: answerable 90%, paragraph out 47%, off-topic 7% when it was fitted")
	}
}

// byCoverage is the rule of before, for comparison.
func (e Evidence) byCoverage(least float64) bool {
	if e.Words <= 3 {
		least = max(least, 0.5)
	}
	if e.Met > 0 && e.Topic >= 0.5 {
		least -= 0.1
	}
	return e.Coverage >= least && (e.Named >= 0.7 || e.Coverage >= 0.8)
}
