package llm

import (
	"regexp"
	"strings"
	"unicode"
)

// document is what the passages found of one document hold together.
type document struct {
	terms map[string]bool         // stems and marks of texts, titles and headings
	title map[string]bool         // those of its title
	codes map[string]bool         // "#" and the code, as marks write it
	forms map[string]int          // how many different codes have a form
	lines map[string]map[int]bool // on which pages a line stands, its page number left out
}

// documentsOf reads passages by the document that they are of.
func documentsOf(ps []*passage) map[string]*document {
	out := map[string]*document{}
	for _, p := range ps {
		d := out[p.src.DocumentID]
		if d == nil {
			d = &document{map[string]bool{}, headOf(p.src.Title, p.lang), map[string]bool{}, map[string]int{}, map[string]map[int]bool{}}
			out[p.src.DocumentID] = d
		}
		d.add(p)
	}
	return out
}

// hold takes the terms of a sentence or a heading. Those of what was only read beside what was found say which
// codes the document has, not how well it answers: a long document holds a bit of everything.
func (d *document) hold(terms map[string]bool, found bool) {
	for t := range terms {
		if found {
			d.terms[t] = true
		}
		if isCode(t) && !d.codes[t] {
			d.codes[t] = true
			d.forms[codeShape(t)]++
		}
	}
}

func (d *document) add(p *passage) {
	for i, set := range p.terms {
		if i == 0 || p.part[i] != p.part[i-1] {
			d.hold(p.head(i), p.found(i))
		}
		d.hold(set, p.found(i))
	}
	for i, sp := range p.spans {
		page := p.src.parts()[p.part[i]].Page
		line := withoutPage(p.src.Text[sp.Start:sp.End])
		if d.lines[line] == nil {
			d.lines[line] = map[int]bool{}
		}
		d.lines[line][page] = true
	}
}

// isCode tells the mark of a code from that of a figure, which is a decimal ("#12e1").
func isCode(mark string) bool {
	return strings.HasPrefix(mark, "#") && strings.IndexFunc(mark[1:], unicode.IsUpper) >= 0
}

// codeShape is a code with its digits blanked: FAC-2026-0117 and FAC-2026-0142 are of one form.
func codeShape(code string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '0'
		}
		return r
	}, code)
}

var pageNumber = regexp.MustCompile(`(?i)\bp(?:age|\.)? ?\d+(?: ?(?:sur|of|/) ?\d+)?$|\b\d+ ?(?:sur|of|/) ?\d+$`)

func withoutPage(line string) string {
	return pageNumber.ReplaceAllString(strings.Join(strings.Fields(line), " "), "")
}

// reference tells whether a code names the document itself and not one of its lines: it stands in the title, or
// no other code of its form was found in the document.
func (d *document) reference(code string) bool {
	return d.title[code] || d.codes[code] && d.forms[codeShape(code)] == 1
}

// running tells a line that stands on several pages of the document: the head or foot of a page.
func (d *document) running(line string) bool { return len(d.lines[withoutPage(line)]) > 1 }

// holding keeps the documents that hold most of the question's codes: who names a contract or an invoice wants
// that one.
func (q *asked) holding(docs map[string]*document) map[string]*document {
	most := 0
	held := map[string]int{}
	for id, d := range docs {
		for _, t := range q.terms {
			if isCode(t) && d.codes[t] {
				held[id]++
			}
		}
		most = max(most, held[id])
	}
	if most == 0 {
		return docs
	}
	out := map[string]*document{}
	for id, d := range docs {
		if held[id] == most {
			out[id] = d
		}
	}
	return out
}

// references are the codes of the question that name the document: each of its sentences speaks of
// them.
func (q *asked) references(d *document) map[string]bool {
	out := map[string]bool{}
	for _, t := range q.terms {
		if isCode(t) && d.reference(t) {
			out[t] = true
		}
	}
	return out
}

// named is the share of the question's proper names that stand in the document; 1 where it has none.
func (q *asked) named(d *document) float64 {
	n, hit := 0, 0
	for t := range q.proper {
		n++
		if d.terms[t] {
			hit++
		}
	}
	if n == 0 {
		return 1
	}
	return float64(hit) / float64(n)
}

// marked counts the figures, dates and codes of the question that a sentence holds, or that name its document.
func (q *asked) marked(sentence, given map[string]bool) int {
	n := 0
	for _, t := range q.terms {
		if t[0] == '#' && (sentence[t] || given[t]) {
			n++
		}
	}
	return n
}

// rival tells a sentence that speaks of a sibling of what the question names: of GF-3 where GF-1 is asked for.
func (q *asked) rival(sentence map[string]bool) bool {
	sibling := false
	for t := range sentence {
		if !isCode(t) {
			continue
		}
		if q.has[t] {
			return false
		}
		for _, asked := range q.terms {
			sibling = sibling || isCode(asked) && codeShape(asked) == codeShape(t)
		}
	}
	return sibling
}

// otherYear tells a document whose title names a year, and none that the question names, where it names any.
func (q *asked) otherYear(d *document) bool {
	theirs, ours := false, false
	for _, x := range q.facts.figures {
		ours = ours || isYear(x)
	}
	for t := range d.title {
		if y := (figure{values: []string{strings.TrimPrefix(t, "#")}}); t[0] == '#' && isYear(y) {
			if q.has[t] {
				return false
			}
			theirs = true
		}
	}
	return ours && theirs
}

// headOf reads a title or a heading as spans are read: stems, and facts as marks.
func headOf(text, lang string) map[string]bool {
	head := terms(text, lang)
	for _, m := range findFacts(text, lang).marks() {
		head[m] = true
	}
	return head
}
