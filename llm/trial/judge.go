package trial

import (
	"slices"
	"strings"

	"coffre/index/beir"
	"coffre/llm"
	"coffre/store"
)

// Depths of what is measured.
const (
	hitDepth   = 5  // passages in which an expected document counts as found
	ndcgDepth  = 10 // documents
	foundDepth = 3  // documents that an outcome names
)

// judge says what a question came to, from what was found and quoted.
func judge(t store.Trial, p Found, answer llm.Answer) store.TrialOutcome {
	o := store.TrialOutcome{Trial: t.ID, Changed: t.Changed, Expected: !t.NoAnswer, Score: p.Probability}
	var docs []string
	for i, s := range p.Sources {
		if !slices.Contains(docs, s.DocumentID) {
			docs = append(docs, s.DocumentID)
		}
		o.Hit = o.Hit || i < hitDepth && slices.Contains(t.Documents, s.DocumentID)
	}
	o.Found = docs[:min(len(docs), foundDepth)]
	o.Rank = 1 + slices.IndexFunc(docs, func(id string) bool { return slices.Contains(t.Documents, id) })
	answered := len(answer.Sentences) > 0
	o.Mute = !answered
	if t.NoAnswer {
		o.Outcome = store.TrialAnswered
		if !answered || !p.Enough {
			o.Outcome = store.TrialRight
		}
		return o
	}
	relevant := map[string]int{}
	for _, id := range t.Documents {
		relevant[id] = 1
	}
	o.NDCG = beir.NDCG(docs, relevant, ndcgDepth)
	o.From = answered && carries(t, answer)
	switch {
	case !answered || !p.Enough:
		o.Outcome = store.TrialRefused
	case o.From:
		o.Outcome = store.TrialRight
	default:
		o.Outcome = store.TrialWrong
	}
	return o
}

// carries tells whether the quotes of expected documents hold every expected
// word; without expected words, whether there is such a quote.
func carries(t store.Trial, a llm.Answer) bool {
	var quotes strings.Builder
	for _, c := range a.Citations {
		if slices.Contains(t.Documents, c.DocumentID) {
			quotes.WriteString(c.Quote + "\n")
		}
	}
	text := fold(quotes.String())
	return text != "" && !slices.ContainsFunc(t.Words, func(w string) bool { return !strings.Contains(text, fold(w)) })
}

// fold evens out what people type differently: case, spaces that don't break,
// the two apostrophes.
func fold(s string) string {
	s = strings.NewReplacer("’", "'", "\u00a0", " ", "\u202f", " ").Replace(strings.ToLower(s))
	return strings.Join(strings.Fields(s), " ")
}

// counts tells whether an outcome is part of the figures.
func counts(o store.TrialOutcome) bool {
	return o.Outcome != store.TrialStale && o.Outcome != store.TrialUnowned && o.Outcome != store.TrialUnsettled
}

// figures sums outcomes up.
func figures(all []store.TrialOutcome) (f store.TrialFigures) {
	for _, o := range all {
		if !counts(o) {
			f.Left++
			continue
		}
		f.Questions++
		right := o.Outcome == store.TrialRight
		if right {
			f.Right++
		}
		switch {
		case !o.Expected:
			f.Unanswerable++
			if right {
				f.Refused++
			}
		default:
			f.Answerable++
			f.NDCG += o.NDCG
			if o.Hit {
				f.Hits++
			}
			if right {
				f.Answered++
			}
		}
	}
	if f.Answerable > 0 {
		f.NDCG /= float64(f.Answerable)
	}
	return f
}

// At counts what a threshold would have made of a run's questions.
type At struct {
	Least float64 // the probability from which the box answers
	// Answerable questions: answered rightly, answered wrongly, refused.
	Answered, Wrong, Missed int
	// Questions without an answer: refused, answered.
	Refused, Invented int
}

// Right is how many questions came out right.
func (a At) Right() int { return a.Answered + a.Refused }

// Under says what a threshold would have made of a run's questions.
func Under(least float64, all []store.TrialOutcome) At {
	a := At{Least: least}
	for _, o := range all {
		if !counts(o) {
			continue
		}
		answers := o.Score >= least && !o.Mute
		switch {
		case !o.Expected && answers:
			a.Invented++
		case !o.Expected:
			a.Refused++
		case !answers:
			a.Missed++
		case o.From:
			a.Answered++
		default:
			a.Wrong++
		}
	}
	return a
}

// Thresholds says what every step of a tenth, from 0.1 to 0.9, would have made of
// a run's questions; none where there was nothing to judge.
func Thresholds(all []store.TrialOutcome) (out []At) {
	if figures(all).Questions == 0 {
		return nil
	}
	for tenth := 1; tenth <= 9; tenth++ {
		out = append(out, Under(float64(tenth)/10, all))
	}
	return out
}

// Best is the threshold at which most questions come out right; of several, the
// one in the middle. Not ok without questions of both kinds.
func Best(all []store.TrialOutcome) (best At, ok bool) {
	f := figures(all)
	if f.Answerable == 0 || f.Unanswerable == 0 {
		return At{}, false
	}
	var ties []At
	for percent := 5; percent <= 95; percent++ {
		a := Under(float64(percent)/100, all)
		if len(ties) > 0 && a.Right() > ties[0].Right() {
			ties = ties[:0]
		}
		if len(ties) == 0 || a.Right() == ties[0].Right() {
			ties = append(ties, a)
		}
	}
	return ties[len(ties)/2], true
}
