package llm

import (
	"math"
	"slices"
)

// weighAll is weigh where a word of no sentence counts too.
func (q *asked) weighAll(sentences []map[string]bool) {
	q.weigh(sentences)
	n := float64(len(sentences))
	for _, t := range q.terms {
		if q.idf[t] == 0 {
			q.idf[t] = math.Log(1 + n/0.5)
			q.total += q.idf[t]
		}
	}
}

// held is the share of the question's names, figures, dates and codes that the passages hold together, and
// the share of its codes alone; 1 where the question has none.
func (q *asked) held(question string, ps []*passage) (named, codes float64) {
	var in facts
	forms := map[string]bool{}
	for _, p := range ps {
		in.add(p.whole)
		in.add(findFacts(p.src.Title+"\n"+p.src.Heading, p.lang))
		for _, t := range p.tokens {
			forms[t.form] = true
		}
	}
	n, hit := 0, 0.0
	for _, t := range nameTokens(question) {
		if isName(t) && !t.first {
			n++
			if forms[t.form] {
				hit++
			}
		}
	}
	said := q.facts
	said.figures = slices.DeleteFunc(slices.Clone(said.figures), func(f figure) bool { return f.values[0] == "1e0" }) // "une nuit"
	k := len(said.figures) + len(said.dates) + len(said.codes)
	codes = facts{codes: said.codes}.shareOf(in)
	if len(said.codes) == 0 {
		codes = 1
	}
	if n+k == 0 {
		return 1, codes
	}
	return (hit + said.shareOf(in)*float64(k)) / float64(n+k), codes
}
