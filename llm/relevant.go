package llm

import (
	"math"
	"slices"

	"coffre/index"
)

// Thresholds of Relevant. TestRelevantPIAF prints the table they were read from: every sixth question of
// piaf-fr, once with its paragraph in the collection (and among the best eight) and once with it taken out, which
// is harder than life: the other paragraphs of the same article stay in. The French questions of
// testdata/demo put to the same encyclopaedia are the off-topic ones.
//
//	coverage ≥   answered when answerable   not refused: paragraph out   off-topic
//	0.30                95%                            66%                  24%
//	0.40                91%                            52%                  12%
//	0.50                83%                            37%                   5%
//
// The table was read without the easier rule for questions whose best sentence holds what is asked for, which
// costs a point in its second column. What testdata/demo comes to is measured by `coffre eval --answers`. A
// refusal still shows the nearest passages, so a question refused in error is not lost.
const (
	minCoverage  = 0.40 // of the question's idf mass, by the best passage
	shortCovers  = 0.50 // the same for a question of at most shortWords words, where each counts for much
	shortWords   = 3
	minNamed     = 0.70 // of the question's names, figures and codes, by all sources together
	sureTopic    = 0.50 // from here on, where that sentence holds what is asked for, easier less coverage will do
	easier       = 0.10
	sureCoverage = 0.80 // from here on a name may be missing (misspelt, inflected)
)

// Relevant tells whether the sources are worth a question: whether one of them matches enough of its words,
// and whether the names, figures and codes in it occur at all. Otherwise the box says that it found nothing,
// shows the nearest passages and does not ask a model. It is pure.
func Relevant(question, lang string, sources []Source) bool {
	return gather(question, lang, sources).enough(minCoverage, shortCovers)
}

func (e evidence) enough(least, short float64) bool {
	if e.words <= shortWords {
		least = short
	}
	if e.met && e.topic >= sureTopic {
		least -= easier
	}
	return e.coverage >= least && (e.named >= minNamed || e.coverage >= sureCoverage)
}

// evidence is what speaks for a question being answered by passages, each from 0 to 1.
type evidence struct {
	coverage float64 // index.Hit.Coverage of the best passage; where a source has none, window
	named    float64 // share of the question's names, figures and codes that the sources hold
	words    int     // content words of the question
	topic    float64 // share of the topic's idf mass in and around the best sentence
	met      bool    // that sentence holds the kind of thing that is asked for
}

// gather reads the evidence.
func gather(question, lang string, sources []Source) evidence {
	if lang == "" {
		lang = index.DetectLanguage(question)
	}
	e := evidence{}
	byLang := map[string][]*passage{}
	var all []*passage
	for _, s := range sources {
		p := newPassage(s, lang)
		byLang[p.lang] = append(byLang[p.lang], p)
		all = append(all, p)
		e.coverage = max(e.coverage, s.Coverage)
	}
	searched := e.coverage > 0
	for l, ps := range byLang {
		q := askIn(question, l, false, ps)
		e.named = max(e.named, q.held(question, ps))
		e.words = max(e.words, len(q.terms))
		for _, p := range ps {
			if !searched {
				e.coverage = max(e.coverage, q.coverage(union(append(p.terms, p.head())...)))
			}
		}
	}
	if cs := rank(question, lang, all); len(cs) > 0 {
		e.topic, e.met = cs[0].onTopic(), cs[0].met && cs[0].cover > 0
	}
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

// held is the share of the question's names, figures, dates and codes that the passages hold together; 1
// where the question has none.
func (q *asked) held(question string, ps []*passage) float64 {
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
	if n+k == 0 {
		return 1
	}
	return (hit + said.shareOf(in)*float64(k)) / float64(n+k)
}
