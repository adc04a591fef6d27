package extract

import (
	"context"
	"math"
	"slices"
	"unicode/utf8"

	"coffre/connectors/extract/pdfium"
)

// maxLayout are the characters of a page that get a layout; a page of more is
// no page that somebody reads, and is shown without rectangles.
const maxLayout = 60_000

// extent is a range of points along one axis.
type extent struct{ from, to float64 }

func (e extent) size() float64            { return e.to - e.from }
func (e extent) join(o extent) extent     { return extent{min(e.from, o.from), max(e.to, o.to)} }
func (e extent) overlap(o extent) float64 { return min(e.to, o.to) - max(e.from, o.from) }

// placedChar is a character on the page as shown, in points from its upper left
// corner. Extents are along the line and across it.
type placedChar struct {
	rune    rune
	inked   bool
	upright bool
	oblique bool
	along   extent
	ink     extent // across, of the drawn shape
	line    extent // across, of the font
}

// layoutLine is a line that is being put together.
type layoutLine struct {
	first   int
	chars   []placedChar
	upright bool
	oblique bool
	along   extent
	ink     extent
	line    extent // of the character that is most like the page's usual one
}

// readLayout measures every character of an open page.
func readLayout(ctx context.Context, p *pdfium.Page, n int) (*Layout, error) {
	out := &Layout{Page: n, Width: p.Width, Height: p.Height}
	if p.Chars > maxLayout {
		return out, nil
	}
	m, err := p.Placing(ctx)
	if err != nil {
		return nil, err
	}
	runes, err := p.Runes(ctx)
	if err != nil {
		return nil, err
	}
	chars := make([]placedChar, len(runes))
	for i, r := range runes {
		if chars[i], err = readPlaced(ctx, p, m, i, r); err != nil {
			return nil, err
		}
	}
	lines := layoutLines(chars)
	for _, l := range lines {
		out.Lines = append(out.Lines, l.finish(lines, p))
	}
	return out, nil
}

// layoutLines cuts a page's characters into lines. What a line is, is judged by
// its characters of the usual height: a bracket of three lines joins none.
func layoutLines(chars []placedChar) (lines []*layoutLine) {
	usual := usualHeight(chars)
	var cur *layoutLine
	blanks := 0 // after the last inked one
	for i, c := range chars {
		if !c.inked {
			blanks++
			continue
		}
		if cur == nil || !cur.takes(c, blanks > 0) {
			cur = &layoutLine{first: i, upright: c.upright, oblique: c.oblique, along: c.along, ink: c.ink, line: c.line}
			lines = append(lines, cur)
			blanks = 0
		}
		cur.add(chars[i-blanks:i+1], usual)
		blanks = 0
	}
	return lines
}

// usualHeight is the median of the lines' heights, by characters.
func usualHeight(chars []placedChar) float64 {
	var all []float64
	for _, c := range chars {
		if c.inked {
			all = append(all, c.line.size())
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func readPlaced(ctx context.Context, p *pdfium.Page, m pdfium.Placing, i int, r rune) (placedChar, error) {
	if r == 2 {
		r = '-' // at a line's end
	}
	c := placedChar{rune: pdfRune(r)}
	if c.rune < 0 || c.rune == ' ' {
		c.rune = ' '
		return c, nil
	}
	ink, err := p.TightBox(ctx, i)
	if err != nil {
		return c, err
	}
	line, err := p.LooseBox(ctx, i)
	if err != nil {
		return c, err
	}
	angle, err := p.Angle(ctx, i)
	if err != nil {
		return c, err
	}
	quarters := float64(angle) / (math.Pi / 2)
	c.oblique = math.Abs(quarters-math.Round(quarters)) > 0.03
	c.upright = (int(math.Round(quarters))%2 != 0) != m.Turned()
	if empty(ink) {
		ink = line
	}
	if empty(line) {
		line = ink
	}
	ix, iy := shown(ink, m, p)
	lx, ly := shown(line, m, p)
	if c.upright {
		ix, iy, lx, ly = iy, ix, ly, lx
	}
	c.along, c.ink, c.line = ix, iy, ly.join(iy)
	if c.along.size() < lx.size()/8 { // a stroke such as l or | in a narrow font is hard to see
		c.along = c.along.join(lx)
	}
	page := extent{0, float64(max(p.Width, p.Height))}
	c.inked = c.along.size() > 0 && c.ink.size() >= 0 && c.along.overlap(page) > 0 && c.ink.overlap(page) >= 0
	return c, nil
}

func empty(b pdfium.Box) bool { return b.Right <= b.Left || b.Top <= b.Bottom }

// shown places a box, in points.
func shown(b pdfium.Box, m pdfium.Placing, p *pdfium.Page) (x, y extent) {
	x0, y0 := m.Point(float64(b.Left), float64(b.Top))
	x1, y1 := m.Point(float64(b.Right), float64(b.Bottom))
	w, h := float64(p.Width), float64(p.Height)
	return extent{min(x0, x1) * w, max(x0, x1) * w}, extent{min(y0, y1) * h, max(y0, y1) * h}
}

// takes: the character goes on in the line, without a gap as between columns.
// Oblique text is cut at its spaces, since a box around it holds much else.
func (l *layoutLine) takes(c placedChar, afterBlank bool) bool {
	if c.upright != l.upright || c.oblique != l.oblique || c.oblique && afterBlank {
		return false
	}
	height := min(c.line.size(), l.line.size())
	if c.line.overlap(l.line) < height/2 {
		return false
	}
	gap := -c.along.overlap(l.along)
	return gap <= 3*max(c.line.size(), l.line.size())
}

// add takes blanks and the inked character after them.
func (l *layoutLine) add(chars []placedChar, usual float64) {
	l.chars = append(l.chars, chars...)
	c := chars[len(chars)-1]
	l.along, l.ink = l.along.join(c.along), l.ink.join(c.ink)
	if math.Abs(c.line.size()-usual) < 0.9*math.Abs(l.line.size()-usual) {
		l.line = c.line
	}
}

// band is the line's ink, grown towards its font's height, but never into what
// stands above or below.
func (l *layoutLine) band(all []*layoutLine) extent {
	out := l.line
	reach := 0.4 * l.line.size() // of raised and lowered characters
	ink := extent{max(l.ink.from, l.line.from-reach), min(l.ink.to, l.line.to+reach)}
	if len(all) > 3000 {
		return ink
	}
	for _, o := range all {
		if o == l {
			continue
		}
		along, across := o.along, o.ink
		if o.upright != l.upright {
			along, across = across, along
		}
		if along.overlap(l.along) <= 0 || across.overlap(out) <= 0 {
			continue
		}
		middle := (across.from + across.to) / 2
		switch {
		case middle < (ink.from+ink.to)/2:
			out.from = max(out.from, min(ink.from, (across.to+ink.from)/2))
		default:
			out.to = min(out.to, max(ink.to, (across.from+ink.to)/2))
		}
	}
	return out.join(ink)
}

func (l *layoutLine) finish(all []*layoutLine, p *pdfium.Page) LayoutLine {
	w, h := float64(p.Width), float64(p.Height)
	if l.upright {
		w, h = h, w
	}
	band := l.band(all)
	out := LayoutLine{First: l.first, Upright: l.upright, From: units(band.from, h, math.Floor), To: units(band.to, h, math.Ceil)}
	text := make([]byte, 0, len(l.chars))
	for _, c := range l.chars {
		text = utf8.AppendRune(text, c.rune)
		if !c.inked {
			at := 0
			if k := len(out.Edges); k > 0 {
				at = out.Edges[k-1]
			}
			out.Edges = append(out.Edges, at, at)
			continue
		}
		out.Edges = append(out.Edges, units(c.along.from, w, math.Floor), units(c.along.to, w, math.Ceil))
	}
	out.Text = string(text)
	return out
}

// units keeps what reaches beyond the page on it.
func units(points, size float64, round func(float64) float64) int {
	v := round(points / size * LayoutUnits)
	if !(v > 0) {
		return 0
	}
	return int(min(v, LayoutUnits))
}
