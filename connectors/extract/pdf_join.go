package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How the next line goes on from one.
type join int

const (
	joinNone  join = iota // another block
	joinLine              // the same block, a line of its own
	joinSpace             // the same paragraph, wrapped
	joinTight             // the same printed line, parted by a raised or lowered character
	joinCell              // the same printed line, another column
)

// joinOf decides how lines i and i+1 of a page belong together. A PDF doesn't
// say; what a typesetter does is the evidence: a line was wrapped if the next
// word would not have fitted into it.
func joinOf(p *pdfPage, i int) join {
	a, b := &p.lines[i], &p.lines[i+1]
	if a.size <= 0 || b.size <= 0 {
		return joinLine
	}
	if j, same := sameBaseline(a, b); same {
		return j
	}
	if a.hyphen >= 0 {
		return joinSpace // PDFium has seen that the word goes on
	}
	if len(a.gaps) > 0 && len(b.gaps) == 0 && cutInHyphen(p, a) && a.box.Bottom > b.box.Bottom && a.box.Bottom-b.box.Bottom < 1.75*a.size {
		return joinTight // a cell of two lines
	}
	if len(a.gaps) > 0 || len(b.gaps) > 0 || !alike(a, b) {
		return joinNone
	}
	drop := a.box.Bottom - b.box.Bottom
	if drop <= 0 || drop > 3*a.size { // a new column, or far below
		if startsLower(p, b) && !endsSentence(p, a) && drop <= 0 {
			return joinSpace
		}
		return joinNone
	}
	switch {
	case drop > 1.75*a.size:
		return joinNone
	case beginsItem(p, b), standsAsHeading(p, a) && !startsLower(p, b), standsAsHeading(p, b) && endsSentence(p, a):
		return joinNone
	case b.left > a.box.Right || b.box.Right < a.left:
		return joinNone
	case b.left > a.left+0.7*a.size && endsSentence(p, a):
		return joinNone // an indented first line
	case wrapped(p, i):
		return joinSpace
	case endsSentence(p, a) && !startsLower(p, b) && isProse(p, a):
		return joinNone
	}
	return joinLine
}

// sameBaseline: PDFium starts a line where a character is raised (m², n°).
func sameBaseline(a, b *pdfLine) (join, bool) {
	low, high := max(a.box.Bottom, b.box.Bottom), min(a.box.Top, b.box.Top)
	gap := b.box.Left - a.box.Right
	switch {
	case high-low < 0.5*min(a.size, b.size) || gap < -0.5*a.size:
		return joinNone, false
	case gap < 0.15*max(a.size, b.size):
		return joinTight, true
	case gap < columnGap*max(a.size, b.size):
		return joinSpace, true
	}
	return joinCell, true
}

func alike(a, b *pdfLine) bool {
	d := a.height - b.height
	return max(d, -d) <= 0.12*max(a.height, b.height) && (a.bold == b.bold || min(a.end-a.start, b.end-b.start) > 60)
}

// wrapped: the first word of the next line would have run over the margin that
// the lines around keep.
func wrapped(p *pdfPage, i int) bool {
	a, b := &p.lines[i], &p.lines[i+1]
	margin, near := a.box.Right, 0
	from, to := max(i-6, 0), min(i+8, len(p.lines))
	inColumn := func(l *pdfLine) bool {
		d := l.left - a.left
		return max(d, -d) < 4*a.size && alike(a, l)
	}
	for k := from; k < to; k++ {
		if l := &p.lines[k]; inColumn(l) {
			margin = max(margin, l.box.Right)
		}
	}
	for k := from; k < to; k++ {
		if l := &p.lines[k]; inColumn(l) && l.box.Right > margin-3*a.size {
			near++
		}
	}
	if a.box.Right+0.2*a.size+b.firstWord < margin-0.2*a.size {
		return false
	}
	// One long line among short ones is no margin, unless the sentence goes on.
	return near > 1 && isProse(p, a) || startsLower(p, b) && !endsSentence(p, a)
}

// isProse: mostly letters, several words; a row of figures is not.
func isProse(p *pdfPage, l *pdfLine) bool {
	letters, others, words := 0, 0, 1
	for _, r := range p.runes[l.start:l.end] {
		switch {
		case unicode.IsLetter(r):
			letters++
		case r == ' ':
			words++
		default:
			others++
		}
	}
	return letters > 3*others && words >= 3
}

func startsLower(p *pdfPage, l *pdfLine) bool { return unicode.IsLower(p.runes[l.start]) }

func endsSentence(p *pdfPage, l *pdfLine) bool {
	return strings.ContainsRune(".!?:;»”", p.runes[l.end-1])
}

// standsAsHeading: "3.2 Délais", "Article 5", a line in capitals.
func standsAsHeading(p *pdfPage, l *pdfLine) bool {
	return l.end-l.start <= 90 && headingLevel(lineText(p, l, 90)) > 0
}

// beginsItem: a bullet, or "1." "2.1" "a)" "(iv)" and the like, opens the line.
func beginsItem(p *pdfPage, l *pdfLine) bool {
	s := lineText(p, l, 8)
	r, n := utf8.DecodeRuneInString(s)
	if strings.ContainsRune("•▪■◦●○‣⁃∙–—-*➢➤✓→", r) {
		return strings.HasPrefix(s[n:], " ")
	}
	mark, rest, cut := strings.Cut(s, " ")
	if cut && strings.Contains(mark, ".") && isNumber(mark) && startsUpper(rest) {
		return true // 2.1 Le Prestataire
	}
	if !cut || len(mark) < 2 || strings.IndexByte(".)", mark[len(mark)-1]) < 0 {
		return false
	}
	mark = strings.Trim(mark, "().")
	return len(mark) > 0 && len(mark) <= 3 && (strings.Trim(mark, "0123456789.") == "" || len(mark) == 1 || strings.Trim(mark, "ivx") == "")
}

// lineText is the beginning of a line, at most n characters of it.
func lineText(p *pdfPage, l *pdfLine, n int) string {
	var s strings.Builder
	for _, r := range p.runes[l.start:min(l.end, l.start+n)] {
		if k := pdfRune(r); k >= 0 {
			s.WriteRune(k)
		}
	}
	return s.String()
}
