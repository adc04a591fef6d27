package index

import (
	"strings"

	"coffre/index/postings"
)

// field numbers the four places where a passage's words are kept.
type field int

const (
	bodyFR field = iota
	bodyEN
	titleFR
	titleEN
	fieldCount
)

var fieldNames = [fieldCount]string{"body_fr", "body_en", "title_fr", "title_en"}

// segments is the format of the words leg. A language is a vocabulary.
var segments = postings.Plugin{Layout: postings.Layout{Fields: fieldNames[:], Vocabularies: []int{0, 1, 0, 1}}}

// lengths are the numbers of words in each field of one passage.
type lengths [fieldCount]uint32

// gatherer makes segments of passages. It belongs to one goroutine.
type gatherer struct {
	builder   *postings.Builder
	analyzers [len(langs)]*analyzer
	words     [len(langs)]map[string]postings.Word // by folded word; noWord for a stop word
	refs      references
}

// noWord stands for a word that isn't indexed.
const noWord = ^postings.Word(0)

func newGatherer() *gatherer {
	g := &gatherer{builder: postings.NewBuilder(segments.Layout)}
	g.forget()
	return g
}

func (g *gatherer) forget() {
	for i := range langs {
		g.analyzers[i], g.words[i] = newAnalyzer(langs[i]), make(map[string]postings.Word)
	}
}

// reset begins another segment.
func (g *gatherer) reset() {
	if g.builder.Reset() || len(g.words[0]) > maxKnown || len(g.words[1]) > maxKnown {
		g.forget()
	}
}

// add puts a passage into the segment. The title is part of the body, and once
// more a field of its own: measured, both are needed.
func (g *gatherer) add(p Passage) {
	g.builder.Passage(p.Ordinal)
	for l, lang := range langs {
		if p.Lang == "" || p.Lang == lang {
			g.addText(l, p.Title, bodyFR+field(l), titleFR+field(l))
			g.addText(l, p.Text, bodyFR+field(l))
		}
	}
}

// addText counts the words of a text in fields of a language. A compound is
// findable but does not count towards the length: its parts do.
func (g *gatherer) addText(lang int, text string, fields ...field) {
	end, length := 0, 0
	g.refs.each(text, func(t token) {
		w := g.word(lang, text, t)
		if w == noWord {
			return
		}
		if t.start >= end && !t.extra {
			length++
			end = t.end
		}
		for _, f := range fields {
			g.builder.Add(int(f), w)
		}
	})
	for _, f := range fields {
		g.builder.Lengthen(int(f), length)
	}
}

// word is the number of a token's term.
func (g *gatherer) word(lang int, text string, t token) postings.Word {
	if t.exact {
		return g.builder.Word(lang, t.term)
	}
	w, ok := g.words[lang][t.term]
	if ok {
		return w
	}
	term, _ := g.analyzers[lang].term(text, t)
	if w = noWord; term != "" {
		w = g.builder.Word(lang, term)
	}
	g.words[lang][strings.Clone(t.term)] = w // the token may be a part of its text
	return w
}
