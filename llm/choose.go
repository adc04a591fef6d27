package llm

import (
	"regexp"
	"slices"
	"strings"
)

// quote is a run of spans [from,to) of one passage.
type quote struct {
	p        *passage
	from, to int
}

// choose takes the best sentence, what it needs to be understood, and what adds to it. Sentences that follow
// each other in a paragraph are one quote.
func choose(cs []candidate) []quote {
	best := cs[0]
	out := []candidate{best}
	if before, ok := best.lead(); ok {
		out = []candidate{before, best}
	}
	for _, c := range cs[1:] {
		if len(out) == maxSentences || c.score < keepBeside*best.score {
			break
		}
		if best.welcomes(c) && !slices.ContainsFunc(out, func(o candidate) bool { return o.same(c) }) {
			out = append(out, c)
		}
	}
	var quotes []quote
	for _, c := range inOrder(out) {
		if n := len(quotes) - 1; n >= 0 && quotes[n].p == c.p && quotes[n].to == c.span && c.follows() {
			quotes[n].to++
			continue
		}
		quotes = append(quotes, quote{c.p, c.span, c.span + 1})
	}
	return quotes
}

// follows tells whether a sentence goes on in the paragraph of the one before it.
func (c candidate) follows() bool {
	before, sp := c.p.spans[c.span-1], c.p.spans[c.span]
	return before.Kind == Prose && sp.Kind == Prose && c.p.together(c.span)
}

// together tells whether no blank line stands between a span and the one before it.
func (p *passage) together(span int) bool {
	return !blankLine.MatchString(p.src.Text[p.spans[span-1].End:p.spans[span].Start])
}

var blankLine = regexp.MustCompile(`\n[ \t\r]*\n`)

// welcomes tells whether a further sentence may stand beside the best one: it shares a word with the question,
// holds what is asked for if the best one does, and, where it comes from another document, is nearly as good
// and that document holds as much of the question.
func (best candidate) welcomes(c candidate) bool {
	switch {
	case c.cover == 0 && !(c.foreign && c.met), best.met && !c.met, c.held < best.held:
		return false
	case c.p.src.DocumentID != best.p.src.DocumentID:
		return c.score >= keepOther*best.score && c.whole >= best.whole && c.names >= best.names && c.other == best.other
	}
	return true
}

// lead is what a quote needs before it: the head of its table, or, where it begins with a pronoun, the
// sentence that tells who is meant.
func (c candidate) lead() (candidate, bool) {
	p := c.p
	if c.span == 0 {
		return candidate{}, false
	}
	if p.spans[c.span].Kind == Row {
		first := c.span
		for first > 0 && p.spans[first-1].Kind == Row && p.together(first) {
			first--
		}
		sp := p.spans[first]
		if first == c.span || len(p.facts[first].figures)+len(p.facts[first].codes) > 0 || sp.End-sp.Start > maxHeaderBytes ||
			cells(p.src.Text[sp.Start:sp.End]) != cells(p.src.Text[p.spans[c.span].Start:p.spans[c.span].End]) {
			return candidate{}, false
		}
		return candidate{p: p, span: first}, true
	}
	ts := nameTokens(p.src.Text[p.spans[c.span].Start:p.spans[c.span].End])
	if len(ts) == 0 || !pronouns[ts[0].form] || p.spans[c.span-1].Kind != Prose {
		return candidate{}, false
	}
	before := nameTokens(p.src.Text[p.spans[c.span-1].Start:p.spans[c.span-1].End])
	if len(before) == 0 || pronouns[before[0].form] {
		return candidate{}, false
	}
	return candidate{p: p, span: c.span - 1}, true
}

// cells counts what a row of a table has between tabs or bars.
func cells(row string) int {
	return strings.Count(strings.Trim(row, "| \t"), "|") + strings.Count(strings.Trim(row, "| \t"), "\t") + 1
}

var pronouns = set("il elle ils elles celui celle ceux celles ce cela ceci cette ces il's it he she they this these those that such")

// same tells whether two sentences are one, or say nearly the same.
func (c candidate) same(o candidate) bool {
	if c.p == o.p && c.span == o.span {
		return true
	}
	a, b := c.p.terms[c.span], o.p.terms[o.span]
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	both := 0
	for t := range a {
		if b[t] {
			both++
		}
	}
	return float64(both) >= sameSentence*float64(min(len(a), len(b)))
}

// inOrder puts sentences of one passage in its order, passages in the order of their best sentence.
func inOrder(cs []candidate) []candidate {
	rank := map[*passage]int{}
	for i, c := range cs {
		if _, ok := rank[c.p]; !ok {
			rank[c.p] = i
		}
	}
	slices.SortStableFunc(cs, func(a, b candidate) int {
		if a.p != b.p {
			return rank[a.p] - rank[b.p]
		}
		return a.span - b.span
	})
	return cs
}
