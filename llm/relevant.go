package llm

import (
	"math"

	"coffre/index"
)

// evidence is what speaks for a question being answered by passages, each from 0 to 1.
type evidence struct {
	coverage float64 // index.Hit.Coverage of the best passage
	window   float64 // share of the question's idf mass in one sentence with its context
	sentence float64 // the same in the sentence alone
	present  float64 // share of the idf mass that occurs anywhere in the sources
	named    float64 // share of the question's names, figures and codes that the best passage holds
	cue      float64 // 1 where the best sentence holds the kind of thing that is asked for, 0.5 where nothing definite is
	words    int     // content words of the question
}

// gather reads the evidence. Words that no source holds weigh most: they are the rarest there are.
func gather(question, lang string, sources []Source) evidence {
	if lang == "" {
		lang = index.DetectLanguage(question)
	}
	var e evidence
	best := -1.0
	for _, s := range sources {
		e.coverage = max(e.coverage, s.Coverage)
	}
	for _, l := range []string{"fr", "en"} {
		var ps []*passage
		var all []map[string]bool
		for _, s := range sources {
			p := newPassage(s, lang)
			if p.lang == l || p.lang != "fr" && p.lang != "en" && l == "fr" {
				ps = append(ps, p)
				all = append(all, p.terms...)
			}
		}
		if len(ps) == 0 {
			continue
		}
		q := readQuestion(question, l)
		q.weighAll(all)
		if x := gatherIn(&q, question, ps); x.window > best {
			best = x.window
			x.coverage = e.coverage
			e = x
		}
	}
	return e
}

func gatherIn(q *asked, question string, ps []*passage) evidence {
	e := evidence{words: len(q.terms)}
	every := map[string]bool{}
	for _, p := range ps {
		for t := range p.all {
			every[t] = true
		}
		head := p.head()
		for i := range p.spans {
			w := q.coverage(union(head, p.terms[i], p.terms[max(0, i-1)]))
			if w > e.window || w == e.window && e.window > 0 && q.coverage(p.terms[i]) > e.sentence {
				e.window, e.sentence = w, q.coverage(p.terms[i])
				e.named = p.holds(question, q.facts)
				text := p.src.Text[p.spans[i].Start:p.spans[i].End]
				met, asked := q.want.met(text, p.facts[i], q.facts, q.names)
				e.cue = 0
				if met {
					e.cue = 1
				} else if !asked {
					e.cue = 0.5
				}
			}
		}
	}
	e.present = q.coverage(every)
	return e
}

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

// holds is the share of the question's names, figures, dates and codes that the passage holds; 1 where the
// question has none.
func (p *passage) holds(question string, f facts) float64 {
	n, hit := 0, 0
	forms := map[string]bool{}
	for _, t := range p.tokens {
		forms[t.form] = true
	}
	for _, t := range nameTokens(question) {
		if isName(t) && !t.first {
			n++
			if forms[t.form] {
				hit++
			}
		}
	}
	title := findFacts(p.src.Title+"\n"+p.src.Heading, p.lang)
	whole := p.whole
	whole.add(title)
	k := len(f.figures) + len(f.dates) + len(f.codes)
	n += k
	share := f.shareOf(whole)
	if n == 0 {
		return 1
	}
	return (float64(hit) + share*float64(k)) / float64(n)
}
