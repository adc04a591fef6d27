package llm

import (
	"coffre/index"
)

// Thresholds of the rule that the package comment states. TestWordShare, with people's questions standing for
// paraphrases: 0.65 of the words are found in the right paragraph of piaf-fr for 56% of them, in the best wrong
// one, mostly of the same article, for 25%, in an unrelated one for none. Sentences that a model writes from a
// passage keep more of its words than a question does, and figures, dates and names must hold besides.
const (
	minWords = 0.65 // share of a sentence's content words that the passage must hold
	minClose = 0.40 // share of them that the quoted sentences must hold
	minFound = 0.80 // minWords for a citation that the model did not give
	maxQuote = 3    // most sentences in a quote
	together = 2    // passages of a long source that are read as one: the rule is one for passages, not for documents
)

// passage is a source made ready for many comparisons.
type passage struct {
	src    Source
	lang   string
	spans  []Span
	terms  []map[string]bool // by span: stems, and facts as marks
	facts  []facts           // by span
	all    map[string]bool   // stems of text, title and heading, in its language
	cross  map[string]bool   // the same in the other language, made when first needed
	whole  facts
	tokens []nameToken       // of title, heading and text
	part   []int             // by span: the part of src that it begins in
	heads  []map[string]bool // by part: stems and marks of title and heading, made when first needed
	pairs  []*passage        // of a source of many parts: two neighbours each, made when first needed
}

func newPassage(s Source, lang string) *passage {
	p := &passage{src: s, lang: s.Lang}
	if p.lang == "" {
		p.lang = index.DetectLanguage(s.Text)
	}
	if p.lang == "" {
		p.lang = lang
	}
	p.spans = Sentences(s.Text)
	head := s.Title
	for _, part := range s.parts() {
		head += "\n" + part.Heading
	}
	for _, sp := range p.spans {
		p.part = append(p.part, s.partAt(sp.Start))
		text := s.Text[sp.Start:sp.End]
		f, t := findFacts(text, p.lang), terms(text, p.lang)
		for _, m := range f.marks() {
			t[m] = true
		}
		p.terms = append(p.terms, t)
		p.facts = append(p.facts, f)
	}
	p.joinFacts()
	p.all = union(append(p.terms, terms(head, p.lang))...)
	p.tokens = nameTokens(head + "\n" + s.Text)
	return p
}

// joinFacts makes p.whole. In a table the unit of a cell stands in the head of its column, which is another
// row: there all units are near.
func (p *passage) joinFacts() {
	units := map[string]bool{}
	for _, f := range p.facts {
		for u := range f.units {
			units[u] = true
		}
	}
	for i, f := range p.facts {
		if p.spans[i].Kind == Row {
			for k := range f.figures {
				f.figures[k].near = units
			}
		}
		p.whole.add(f)
	}
}

// claim is a sentence of an answer made ready for comparison.
type claim struct {
	text   string
	lang   string
	words  []word
	facts  facts
	tokens []nameToken
}

func newClaim(text, lang string) claim {
	return claim{text, lang, contentWords(text, lang), findFacts(text, lang), nameTokens(text)}
}

// empty tells a sentence that says nothing which could be looked up.
func (c claim) empty() bool {
	return len(c.words) == 0 && len(c.facts.figures)+len(c.facts.dates)+len(c.facts.codes) == 0
}

// share is the part of the claim's distinct words that are in a set of stems; 1 where it has none.
func (c claim) share(in map[string]bool) float64 {
	seen := map[string]bool{}
	hit := 0
	for _, w := range c.words {
		if !seen[w.term] {
			seen[w.term] = true
			if in[w.term] {
				hit++
			}
		}
	}
	if len(seen) == 0 {
		return 1
	}
	return float64(hit) / float64(len(seen))
}

// verdict is what comparing a claim with a passage gave.
type verdict struct {
	reason   string // "" where the passage carries the claim
	from, to int    // spans [from,to) of the best quote
	share    float64
	in       *passage // the part that was compared, nil for the passage itself
}

// compare decides whether the passage carries the claim, by the rule of the package comment. least is the
// share of words that is asked for; common tells words that some source writes small.
func (p *passage) compare(c claim, least float64, common func(string) bool) verdict {
	if len(p.src.Parts) <= together {
		return p.compareWhole(c, least, common)
	}
	if p.pairs == nil {
		for i := range len(p.src.Parts) - together + 1 {
			p.pairs = append(p.pairs, newPassage(p.src.only(i, i+together), p.lang))
		}
	}
	best := verdict{share: -1}
	for _, part := range p.pairs {
		v := part.compareWhole(c, least, common)
		v.in = part
		if better := v.share > best.share; best.share < 0 || v.reason == "" && (best.reason != "" || better) || best.reason != "" && better {
			best = v
		}
	}
	return best
}

func (p *passage) compareWhole(c claim, least float64, common func(string) bool) verdict {
	if c.lang == "" {
		c = newClaim(c.text, p.lang)
	}
	v := verdict{share: c.share(p.all)}
	v.from, v.to = p.bestQuote(c)
	if c.empty() {
		v.reason = ReasonWords
		return v
	}
	if v.reason = c.facts.missing(p.whole); v.reason != "" {
		return v
	}
	if v.reason = p.conflict(c, v); v.reason != "" {
		return v
	}
	if !shouting(c.tokens) && missingName(c.tokens, p.tokens, common) {
		v.reason = ReasonName
		return v
	}
	if v.share < least || p.shareIn(c, v.from, v.to) < minClose {
		if p.lang != c.lang && p.translated(c) < least {
			v.reason = ReasonLanguage
			return v
		}
		if p.lang == c.lang {
			v.reason = ReasonWords
			return v
		}
	}
	if p.negated(c, v) {
		v.reason = ReasonNegation
	}
	return v
}

// translated is the share of the claim's words in the passage when both are read in the claim's language:
// language detection errs on short texts, and then the words are there all the same.
func (p *passage) translated(c claim) float64 {
	if p.cross == nil {
		p.cross = terms(p.src.Title+"\n"+p.src.Heading+"\n"+p.src.Text, c.lang)
	}
	return c.share(p.cross)
}

func (p *passage) shareIn(c claim, from, to int) float64 {
	if len(c.words) == 0 {
		return 1
	}
	in := map[string]bool{}
	for i := from; i < to; i++ {
		for t := range p.terms[i] {
			in[t] = true
		}
	}
	heading := terms(p.src.Title+"\n"+p.src.Heading, p.lang)
	for t := range heading {
		in[t] = true
	}
	return c.share(in)
}

// conflict catches the wrong figure beside the right words: the sentence of the passage that has most of
// the claim's words tells a figure of the same unit (or a date) that the claim does not tell, and not the
// one that the claim tells.
func (p *passage) conflict(c claim, v verdict) string {
	best, most := -1, 0.0
	for i := range p.spans {
		if s := c.share(p.terms[i]); len(c.words) > 0 && s > most {
			best, most = i, s
		}
	}
	if best < 0 || most < minClose {
		return ""
	}
	there := p.facts[best]
	for _, x := range c.facts.figures {
		if there.hasFigure(x) {
			continue
		}
		for _, y := range there.figures {
			if x.unit != "" && x.unit == y.unit && !c.facts.hasFigure(y) {
				return ReasonNumber
			}
		}
	}
	for _, x := range c.facts.dates {
		if there.hasDate(x) {
			continue
		}
		for _, y := range there.dates {
			if !c.facts.hasDate(y) {
				return ReasonDate
			}
		}
	}
	return ""
}

// bestQuote chooses the sentences of the passage that carry most of the claim, as few as will do.
func (p *passage) bestQuote(c claim) (from, to int) {
	best := -1.0
	for i := range p.spans {
		in := map[string]bool{}
		var f facts
		for j := i; j < len(p.spans) && j < i+maxQuote; j++ {
			for t := range p.terms[j] {
				in[t] = true
			}
			f.add(p.facts[j])
			score := c.facts.shareOf(f) - 0.12*float64(j-i)
			if len(c.words) > 0 {
				score += c.share(in)
			}
			if p.spans[j].Kind == Heading {
				score -= 0.05
			}
			if score > best {
				best, from, to = score, i, j+1
			}
		}
	}
	return from, to
}

// shareOf is the part of f's facts that are in another text's; 0 where there are none.
func (f facts) shareOf(in facts) float64 {
	n, hit := len(f.figures)+len(f.dates)+len(f.codes), 0
	for _, x := range f.figures {
		if in.hasFigure(x) {
			hit++
		}
	}
	for _, x := range f.dates {
		if in.hasDate(x) {
			hit++
		}
	}
	for _, x := range f.codes {
		if (facts{codes: []string{x}}).missing(in) == "" {
			hit++
		}
	}
	if n == 0 {
		return 0
	}
	return float64(hit) / float64(n)
}

// citation is the verdict's quote as a citation of this passage.
func (p *passage) citation(v verdict) Citation {
	if v.in != nil {
		p = v.in
	}
	s := p.src
	c := Citation{N: s.N, DocumentID: s.DocumentID, Version: s.Version, Page: s.Page, Ordinal: s.Ordinal, Verified: v.reason == ""}
	a, b := 0, len(s.Text)
	if v.to > v.from {
		a, b = p.spans[v.from].Start, p.spans[v.to-1].End
	}
	c.Start, c.End, c.Quote = s.Start+a, s.Start+b, s.Text[a:b]
	c.Page = s.parts()[s.partAt(a)].Page
	return c
}
