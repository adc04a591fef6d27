package llm

import (
	"strings"

	"coffre/index"
)

// nearWords is how many words apart two words of a passage still stand near
// each other.
const nearWords = 5

// nearness reads how close together the passages hold the words of the
// question, weighed as the search weighed them.
func (e *Evidence) nearness(question string, ps []*passage, t Trace) {
	if t.Mass == 0 || len(t.Words) == 0 {
		return
	}
	weights := make(map[string]float64, len(t.Words))
	for _, w := range t.Words {
		weights[w.Typed] = w.Weight
	}
	byLang := map[string][]weighed{}
	for _, p := range ps {
		q, ok := byLang[p.src.Lang]
		if !ok {
			q = weigh(question, p.src.Lang, weights)
			byLang[p.src.Lang] = q
		}
		head := held(p.src.Title+"\n"+p.src.Heading, p.src.Lang)
		for _, sp := range p.spans {
			in := held(p.src.Text[sp.Start:sp.End], p.src.Lang)
			sum := 0.0
			for _, w := range q {
				if in[w.term] || head[w.term] {
					sum += w.weight
				}
			}
			e.Close = max(e.Close, min(1, sum/t.Mass))
		}
		e.Pairs = max(e.Pairs, pairs(q, p.src))
	}
}

// weighed is a word of the question as a language's passages hold it.
type weighed struct {
	term   string
	weight float64
}

func weigh(question, lang string, weights map[string]float64) (out []weighed) {
	seen := map[string]bool{}
	for _, w := range index.Words(question, lang) {
		weight, ok := weights[question[w.Start:w.End]]
		if ok && !seen[w.Term] {
			seen[w.Term] = true
			out = append(out, weighed{w.Term, weight})
		}
	}
	return out
}

func held(text, lang string) map[string]bool {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	set := map[string]bool{}
	for _, w := range index.Words(text, lang) {
		set[w.Term] = true
	}
	return set
}

// pairs is the share by weight of the question's neighbouring words that stand
// near each other, in either order.
func pairs(q []weighed, s Source) float64 {
	if len(q) < 2 {
		return 0
	}
	at := map[string][]int{}
	for i, w := range index.Words(s.Text, s.Lang) {
		at[w.Term] = append(at[w.Term], i)
	}
	sum, all := 0.0, 0.0
	for i := 1; i < len(q); i++ {
		w := q[i-1].weight + q[i].weight
		all += w
		if near(at[q[i-1].term], at[q[i].term]) {
			sum += w
		}
	}
	if all == 0 {
		return 0
	}
	return sum / all
}

// near tells whether two ascending lists of places come near each other.
func near(a, b []int) bool {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if d := a[i] - b[j]; d <= nearWords && d >= -nearWords {
			return true
		}
		if a[i] < b[j] {
			i++
		} else {
			j++
		}
	}
	return false
}
