package extract

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// LayoutUnits are a page's width and its height in the whole numbers of Layout.
const LayoutUnits = 100_000

// Layout says where the characters of one page stand as it is shown: rotation
// and crop applied, 0 at the left and at the top. Every character of PDFium
// that has a place is in exactly one line; lines are in the order of their
// characters, so that a range of text is found by index and never by its words.
type Layout struct {
	Page   int          `json:"page"`   // from 1
	Width  float32      `json:"width"`  // points of 1/72 inch, as shown
	Height float32      `json:"height"` // points
	Lines  []LayoutLine `json:"lines"`
}

// LayoutLine is a printed line, or that part of one that stands together.
type LayoutLine struct {
	First   int    `json:"c"`           // index of its first character
	Text    string `json:"t"`           // one character for each of the page's; space where it has no ink
	Upright bool   `json:"u,omitempty"` // runs down or up the page: along is y, across is x
	From    int    `json:"f"`           // the line's band across, LayoutUnits
	To      int    `json:"o"`
	// Edges are the begin and end of each character along the line,
	// LayoutUnits; equal where it has no ink.
	Edges []int `json:"e"`
}

// Rect is a part of a page as it is shown, in fractions of its width and
// height from the upper left corner.
type Rect struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"w"`
	Height float64 `json:"h"`
}

// Rects are the places of characters: one rectangle a line, more where others
// stand between them. Characters without a place have none.
func (l Layout) Rects(spans []CharSpan) []Rect {
	spans = apart(spans)
	var out []Rect
	for _, line := range l.Lines {
		out = line.rects(spans, out)
	}
	return out
}

// rects appends the rectangles of one line; spans are in order and apart.
func (l LayoutLine) rects(spans []CharSpan, out []Rect) []Rect {
	from, to, open := 0, 0, false
	end := func() {
		if open {
			out = append(out, l.rect(from, to))
		}
		open = false
	}
	for i := range len(l.Edges) / 2 {
		a, b := l.Edges[2*i], l.Edges[2*i+1]
		if a == b {
			continue
		}
		if !covers(spans, l.First+i) {
			end()
			continue
		}
		if !open {
			from, to, open = a, b, true
		}
		from, to = min(from, a), max(to, b)
	}
	end()
	return out
}

// covers: spans are in order and apart.
func covers(spans []CharSpan, char int) bool {
	at, _ := slices.BinarySearchFunc(spans, char+1, func(s CharSpan, c int) int { return s.First - c })
	return at > 0 && char < spans[at-1].First+spans[at-1].N
}

// apart sorts spans and joins those that touch.
func apart(spans []CharSpan) []CharSpan {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b CharSpan) int { return a.First - b.First })
	out := spans[:0]
	for _, s := range spans {
		if k := len(out) - 1; k >= 0 && s.First <= out[k].First+out[k].N {
			out[k].N = max(out[k].N, s.First+s.N-out[k].First)
			continue
		}
		out = append(out, s)
	}
	return out
}

// Rect is the place of the whole line; ok is false where nothing of it has one.
func (l LayoutLine) Rect() (r Rect, ok bool) {
	all := l.rects([]CharSpan{{First: l.First, N: len(l.Edges) / 2}}, nil)
	if len(all) == 0 {
		return Rect{}, false
	}
	return all[0], true
}

func (l LayoutLine) rect(from, to int) Rect {
	const unit = float64(LayoutUnits)
	along, length := float64(from)/unit, float64(to-from)/unit
	across, breadth := float64(l.From)/unit, float64(l.To-l.From)/unit
	if l.Upright {
		return Rect{X: across, Y: along, Width: breadth, Height: length}
	}
	return Rect{X: along, Y: across, Width: length, Height: breadth}
}

// Validate checks what the comments of Layout and LayoutLine promise.
func (l Layout) Validate() error {
	if !(l.Width > 0 && l.Height > 0 && l.Width < 1e6 && l.Height < 1e6) {
		return errors.New("layout of a page without size")
	}
	inside := func(a, b int) bool { return 0 <= a && a <= b && b <= LayoutUnits }
	at := 0
	for i, line := range l.Lines {
		if line.First < at || !utf8.ValidString(line.Text) || len(line.Edges) != 2*utf8.RuneCountInString(line.Text) {
			return fmt.Errorf("line %d of layout is out of order", i)
		}
		if !inside(line.From, line.To) {
			return fmt.Errorf("line %d of layout is beside the page", i)
		}
		for k := 0; k < len(line.Edges); k += 2 {
			if !inside(line.Edges[k], line.Edges[k+1]) {
				return fmt.Errorf("line %d of layout is beside the page", i)
			}
		}
		at = line.First + len(line.Edges)/2
	}
	return nil
}
