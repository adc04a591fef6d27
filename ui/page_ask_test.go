package ui

import (
	"testing"

	"coffre/ui/page"
)

// TestExtent: a link to a passage covers every sentence that cites it.
func TestExtent(t *testing.T) {
	for _, c := range []struct {
		name       string
		spans      []page.Span
		start, end int
	}{
		{"nothing cited: the passage", nil, 10, 90},
		{"one citation", []page.Span{{Start: 20, End: 30}}, 20, 30},
		{"two", []page.Span{{Start: 20, End: 30}, {Start: 50, End: 60}}, 20, 60},
		{"out of order", []page.Span{{Start: 50, End: 60}, {Start: 20, End: 30}}, 20, 60},
		{"one within the other", []page.Span{{Start: 20, End: 80}, {Start: 30, End: 40}}, 20, 80},
	} {
		if start, end := extent(c.spans, 10, 90); start != c.start || end != c.end {
			t.Errorf("%s: %d to %d, want %d to %d", c.name, start, end, c.start, c.end)
		}
	}
}
