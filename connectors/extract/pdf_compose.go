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
		row := len(p.lines[i].gaps) > 0
		for last+1 < len(p.lines) {
			j := joinOf(p, last)
			row = row || j == joinCell
			if j == joinNone || row && (j == joinLine || j == joinSpace) {
				break
			}
			joins = append(joins, j)
			last++
		}
		c.block(p, n, i, joins, row)
		i = last + 1
	}
}

// block writes lines first … first+len(joins) of a page as one block; row says
// that they are cells side by side.
func (c *composer) block(p *pdfPage, n, first int, joins []join, row bool) {
	if c.body.pageHasText() {
		sep := "\n\n"
		if row && c.blocks[len(c.blocks)-1].Kind == KindTable {
			sep = "\n"
		}
		c.body.insert(sep)
	}
	start := c.body.len()
	breaks := 0
	for k := range len(joins) + 1 {
		next := joinNone
		if k < len(joins) {
			next = joins[k]
		}
		c.line(p, &p.lines[first+k], next, first+k)
		if next == joinLine {
			breaks++
		}
	}
	c.body.trimRight(start)
	if c.body.len() == start {
		c.body.dropSeparator()
		return
	}
	b := Block{Start: start, End: c.body.len(), Kind: KindTable, Page: n}
	if !row {
		b.Kind, b.Level = c.kind(p, first, len(joins)+1, breaks, c.body.from(start))
	}
	c.blocks = append(c.blocks, b)
}

// line writes one line and what joins it to the next.
func (c *composer) line(p *pdfPage, l *pdfLine, next join, i int) {
	end := l.end
	hyphen, char := l.hyphen >= 0, l.hyphen
	if !hyphen && next == joinSpace && endsWithHyphen(p, l) && startsLower(p, &p.lines[i+1]) {
		hyphen, char = true, end-1
		end--
	}
	c.body.putRunes(p.runes[l.start:end], l.start, l.gaps)
	if hyphen {
		if next == joinNone || c.hyphens.keep(p, i, char) {
			c.body.put('-', char)
		}
		if next != joinNone {
			return
		}
	}
	tight := cutInHyphen(p, l)
	switch {
	case tight && (next == joinSpace || next == joinLine):
	case next == joinSpace:
		c.body.insert(" ")
	case next == joinLine:
		c.body.insert("\n")
	case next == joinCell:
		c.body.insert(" | ")
	}
}

// cutInHyphen: the line ends in the hyphen of 2024-2025 or Saint-Étienne.
func cutInHyphen(p *pdfPage, l *pdfLine) bool {
	return endsWithHyphen(p, l) && p.runes[l.end-2] != ' '
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
