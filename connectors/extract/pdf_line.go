package extract

import (
	"cmp"
	"context"
	"slices"
	"unicode"
	"unicode/utf8"

	"coffre/connectors/extract/pdfium"
)

// pdfLine is one printed line: the characters [start:end) of its page.
type pdfLine struct {
	start, end int
	hyphen     int // index of the hyphen that ends it and that PDFium took out, or -1
	box        pdfium.Box
	size       float32 // height of its characters in points; 0 where unknown
	left       float32 // where the printed line begins of which this is a part
	height     float32 // size of that line
	firstWord  float32 // width of its first word in points
	bold       bool
	gaps       []int // indexes of the spaces that are as wide as between a table's columns
}

// readLines parts a page's characters where PDFium found line ends, and
// measures each line by a few of its characters. Lines beside the shown part of
// the page are left out and counted.
func readLines(ctx context.Context, p *pdfium.Page, runes []rune) (lines []pdfLine, hidden int, err error) {
	start := 0
	cut := func(end, hyphen int) error {
		l := pdfLine{start: start, end: end, hyphen: hyphen}
		for l.start < l.end && blankRune(runes[l.start]) {
			l.start++
		}
		for l.end > l.start && blankRune(runes[l.end-1]) {
			l.end--
		}
		if l.start == l.end {
			return nil
		}
		if err := l.measure(ctx, p, runes); err != nil {
			return err
		}
		if outside(l.box, p.Bounds) {
			hidden++
			return nil
		}
		lines = append(lines, l)
		return nil
	}
	for i, r := range runes {
		hyphen := false
		if r == 2 {
			if hyphen, err = p.IsHyphen(ctx, i); err != nil {
				return nil, 0, err
			}
		}
		if r != '\n' && !hyphen {
			continue
		}
		at := -1
		if hyphen {
			at = i
		}
		if err := cut(i, at); err != nil {
			return nil, 0, err
		}
		start = i + 1
	}
	err = cut(len(runes), -1)
	rejoin(lines)
	return lines, hidden, err
}

// rejoin tells the parts of one printed line (m², n°) where it began.
func rejoin(lines []pdfLine) {
	for i := range lines {
		l := &lines[i]
		l.left, l.height = l.box.Left, l.size
		if i == 0 {
			continue
		}
		if _, same := sameBaseline(&lines[i-1], l); same {
			l.left, l.height = lines[i-1].left, max(lines[i-1].height, l.size)
		}
	}
}

// outside: both boxes are known and don't touch.
func outside(line, page pdfium.Box) bool {
	if page.Right <= page.Left || page.Top <= page.Bottom || line == (pdfium.Box{}) {
		return false
	}
	return line.Right < page.Left || line.Left > page.Right || line.Top < page.Bottom || line.Bottom > page.Top
}

// blankRune: nothing of it reaches Body but perhaps a space.
func blankRune(r rune) bool {
	k := pdfRune(r)
	return k < 0 || k == ' '
}

// pdfRune is keepRune for a page's characters; the picture fonts' bullets,
// which stand in the private area, become the bullet that they show.
func pdfRune(r rune) rune {
	switch r {
	case 0:
		return -1
	case 0xf0b7, 0xf0a7, 0xf0d8, 0xf076:
		return '•'
	}
	if !utf8.ValidRune(r) {
		return utf8.RuneError
	}
	if r = keepRune(r); r == '\n' {
		return ' '
	}
	return r
}

// measure asks for the boxes of four characters: enough for a line's place,
// and for a height that one symbol of another font doesn't change.
func (l *pdfLine) measure(ctx context.Context, p *pdfium.Page, runes []rune) error {
	mid := l.start + (l.end-l.start)/2
	for mid > l.start && !unicode.IsLetter(runes[mid]) {
		mid--
	}
	word := l.start
	for word+1 < l.end && !blankRune(runes[word+1]) {
		word++
	}
	var boxes [4]pdfium.Box
	for i, char := range []int{l.start, mid, l.end - 1, word} {
		var err error
		if boxes[i], err = p.LooseBox(ctx, char); err != nil {
			return err
		}
	}
	first, last := boxes[0], boxes[2]
	usual := boxes[:3]
	slices.SortFunc(usual, func(a, b pdfium.Box) int { return cmp.Compare(a.Top-a.Bottom, b.Top-b.Bottom) })
	l.size = usual[1].Top - usual[1].Bottom
	l.box = pdfium.Box{Left: first.Left, Right: last.Right, Bottom: usual[1].Bottom, Top: usual[1].Top}
	l.firstWord = boxes[3].Right - first.Left
	var err error
	if l.bold, err = p.Bold(ctx, mid); err != nil {
		return err
	}
	return l.findGaps(ctx, p, runes)
}

// columnGap in line heights: justified lines rarely stretch a space so far.
const columnGap = 1.6

func (l *pdfLine) findGaps(ctx context.Context, p *pdfium.Page, runes []rune) error {
	for i := l.start + 1; i < l.end-1; i++ {
		if !blankRune(runes[i]) || blankRune(runes[i-1]) {
			continue
		}
		next := i + 1
		for blankRune(runes[next]) { // ends: a line's last character is not blank
			next++
		}
		before, err := p.LooseBox(ctx, i-1)
		if err != nil {
			return err
		}
		after, err := p.LooseBox(ctx, next)
		if err != nil {
			return err
		}
		if l.size > 0 && after.Left-before.Right > columnGap*l.size {
			l.gaps = append(l.gaps, i)
		}
	}
	return nil
}

// usualSize is the line height in which most characters of a document stand.
func usualSize(pages []*pdfPage) float32 {
	counts := map[int]int{} // tenths of a point → characters
	for _, p := range pages {
		for _, l := range p.lines {
			counts[int(l.size*10+0.5)] += l.end - l.start
		}
	}
	return float32(usualKey(counts)) / 10
}

// usualKey is the key that counts most, the larger one of two equals.
func usualKey(counts map[int]int) int {
	best := 0
	for k, n := range counts {
		if n > counts[best] || n == counts[best] && k > best {
			best = k
		}
	}
	return best
}
