package llm

import (
	"fmt"
	"math"
	"strings"

	"coffre/index"
)

// Trace is what a search says of itself, beside its hits (index.Result).
type Trace struct {
	Words []index.WordWeight // of the question; none where they aren't known
	Mass  float64            // their weights in all; 0 where it isn't known
	Base  float64            // the cosine that says nothing; 0 where vectors took no part
}

// Evidence is what speaks for a question being answered by passages. All but
// Words are from 0 to 1, and all is 0 where nothing was found.
type Evidence struct {
	Coverage float64 // share of the question's idf mass that the best passage holds
	Strength float64 // the best BM25 of a passage, in parts of that mass
	Margin   float64 // by how much of that BM25 it is ahead of the four behind it
	Named    float64 // share of the question's names, figures and codes that the passages hold
	Codes    float64 // share of its codes that they hold
	Words    int     // content words of the question
	Topic    float64 // share of the topic's idf mass in and around the best sentence
	Cover    float64 // share of the question's idf mass in that sentence alone
	Whole    float64 // the same for its document
	Close    float64 // share of the question's idf mass in one sentence and its title and headings
	Pairs    float64 // share of the question's neighbouring words that stand near each other in one passage
	Met      float64 // 1 where that sentence holds the kind of thing that is asked for
	// With vectors: how far the nearest passage is above the base, in parts of
	// what is left up to 1; how far ahead of the four behind it; and how near
	// its places in both legs are to the first ones (1 for first in both).
	Meaning bool
	Lift    float64
	Ahead   float64
	Agreed  float64
}

// figures are the evidence in the order in which String writes it.
func (e *Evidence) figures() []*float64 {
	return []*float64{&e.Coverage, &e.Strength, &e.Margin, &e.Named, &e.Topic, &e.Cover, &e.Whole, &e.Close, &e.Pairs, &e.Met, &e.Lift, &e.Ahead, &e.Agreed, &e.Codes}
}

// String is the evidence as `coffre eval --evidence` writes it: Words, Meaning
// and the other members in their order, to three digits, between tabs.
func (e Evidence) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d\t%t", e.Words, e.Meaning)
	for _, x := range e.figures() {
		fmt.Fprintf(&b, "\t%.3g", *x)
	}
	return b.String()
}

// gather reads the evidence. It is pure.
func gather(question, lang string, sources []Source, t Trace) Evidence {
	if lang == "" {
		lang = index.DetectLanguage(question)
	}
	e := Evidence{}
	byLang := map[string][]*passage{}
	var all []*passage
	for _, s := range sources {
		p := newPassage(s, lang)
		byLang[p.lang] = append(byLang[p.lang], p)
		all = append(all, p)
		e.Coverage = max(e.Coverage, s.Coverage)
	}
	for l, ps := range byLang {
		q := askIn(question, l, false, ps)
		named, codes := q.held(question, ps)
		e.Named, e.Codes = max(e.Named, named), max(e.Codes, codes)
		e.Words = max(e.Words, len(q.terms))
	}
	if cs := rank(question, lang, all); len(cs) > 0 {
		e.Topic, e.Cover, e.Whole = cs[0].onTopic(), cs[0].cover, cs[0].whole
		if cs[0].met && cs[0].cover > 0 {
			e.Met = 1
		}
	}
	e.scores(sources, t)
	e.nearness(question, all, t)
	return e
}

// scores reads what the search says of its hits.
func (e *Evidence) scores(sources []Source, t Trace) {
	var bm25, lifts []float64
	for _, s := range sources {
		bm25 = append(bm25, s.BM25)
		if t.Base > 0 {
			e.Meaning = e.Meaning || s.Cosine != 0
			lifts = append(lifts, min(1, max(0, (s.Cosine-t.Base)/(1-t.Base))))
		}
		if s.WordsRank > 0 && s.MeaningRank > 0 {
			e.Agreed = max(e.Agreed, 1/math.Sqrt(float64(s.WordsRank*s.MeaningRank)))
		}
	}
	best, behind := lead(bm25)
	if best > 0 {
		e.Margin = 1 - behind/best
		e.Strength = 1
		if t.Mass > 0 {
			e.Strength = min(1, best/t.Mass)
		}
	}
	if !e.Meaning {
		e.Agreed = 0
		return
	}
	e.Lift, behind = lead(lifts)
	e.Ahead = e.Lift - behind
}

// lead is the best of some figures, and the mean of the four behind it.
func lead(all []float64) (best, behind float64) {
	top := make([]float64, 5) // descending
	for _, x := range all {
		for i := range top {
			if x > top[i] {
				x, top[i] = top[i], x
			}
		}
	}
	return top[0], (top[1] + top[2] + top[3] + top[4]) / 4
}
