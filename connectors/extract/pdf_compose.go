package extract

import (
	"strings"
	"unicode/utf8"
)

// composer writes pages into a body, line by line.
type composer struct {
	body     *pdfBody
	blocks   []Block
	bodySize float32
	hyphens  *hyphens
}

func (c *composer) page(p *pdfPage, n int) {
	for i := 0; i < len(p.lines); {
		last := i
		joins := []join{}
		for last+1 < len(p.lines) {
			j := joinOf(p, last)
			if j == joinNone {
				break
			}
			joins = append(joins, j)
			last++
		}
		c.block(p, n, i, joins)
		i = last + 1
	}
}

// block writes lines first … first+len(joins) of a page as one block.
func (c *composer) block(p *pdfPage, n, first int, joins []join) {
	if c.body.pageHasText() {
		c.body.insert("\n\n")
	}
	start := c.body.len()
	lineBreaks := 0
	for k := range len(joins) + 1 {
		l := &p.lines[first+k]
		next := joinNone
		if k < len(joins) {
			next = joins[k]
		}
		c.line(p, l, next, first+k)
		if next == joinLine {
			lineBreaks++
		}
	}
	c.body.trimRight(start)
	if c.body.len() == start {
		c.body.dropSeparator()
		return
	}
	kind, level := c.kind(p, first, len(joins)+1, lineBreaks, c.body.from(start))
	c.blocks = append(c.blocks, Block{Start: start, End: c.body.len(), Kind: kind, Level: level, Page: n})
}

// line writes one line and what joins it to the next.
func (c *composer) line(p *pdfPage, l *pdfLine, next join, i int) {
	end := l.end
	hyphen, char := l.hyphen >= 0, l.hyphen
	if !hyphen && next == joinSpace && endsWithHyphen(p, l) && startsLower(p, &p.lines[i+1]) {
		hyphen, char = true, end-1
		end--
	}
	c.body.putRunes(p.runes[l.start:end], l.start)
	if hyphen {
		if next == joinNone || c.hyphens.keep(p, i, char) {
			c.body.put('-', char)
		}
		if next != joinNone {
			return
		}
	}
	switch {
	case next == joinSpace && endsWithHyphen(p, l) && p.runes[end-2] != ' ':
		// 2024-2025, Saint-Étienne: the hyphen is the word's.
	case next == joinSpace:
		c.body.insert(" ")
	case next == joinLine:
		c.body.insert("\n")
	}
}

func endsWithHyphen(p *pdfPage, l *pdfLine) bool {
	r := p.runes[l.end-1]
	return (r == '-' || r == 0x2010 || r == 0xad) && l.end-l.start > 2
}

// kind judges a block by its size against the document's usual one.
func (c *composer) kind(p *pdfPage, first, lines, breaks int, text string) (string, int) {
	l := &p.lines[first]
	if beginsItem(p, l) && headingLevel(text) == 0 {
		return KindList, 1
	}
	chars := utf8.RuneCountInString(text)
	if lines > 3 || chars > 150 || chars < 3 || !hasText(text) || breaks > 1 {
		return KindParagraph, 0
	}
	if !mostlyLetters(strings.TrimLeft(text, "0123456789. ")) {
		return KindParagraph, 0
	}
	ratio := l.size / max(c.bodySize, 1)
	switch {
	case ratio >= 1.7:
		return KindHeading, 1
	case ratio >= 1.35:
		return KindHeading, 2
	case ratio >= 1.12:
		return KindHeading, 3
	}
	oneLine := lines == 1 && !strings.ContainsAny(text[len(text)-1:], ".,;:!?")
	switch {
	case !oneLine:
	case headingLevel(text) > 0:
		return KindHeading, min(headingLevel(text)+2, 6)
	case l.bold && ratio > 0.95 && chars <= 90:
		return KindHeading, 4
	}
	return KindParagraph, 0
}
