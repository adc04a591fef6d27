// Package page is every page of coffre as a pure function from a view model to
// HTML. A view model is a plain struct defined here beside its page; package
// ui fills it from the store.
//
// Its rule: nothing here reads a store, a request, a clock or a secret, decides
// a right, or holds a sentence of its own (package words does). What a view
// model doesn't hold can't be shown, so leaving a field empty is how a handler
// keeps something from a reader. Times are written in the location they carry.
//
// Every form works as a plain POST that answers 303, or the page again with
// its Faults and status 422; scripts only make it smoother. The addresses and
// the names of form fields are listed in routes.go.
package page

import (
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// Run is a stretch of text, marked where it is the cited passage.
type Run struct {
	Text string
	Mark bool
}

// Span is a range of bytes in a text, end exclusive.
type Span struct{ Start, End int }

// Mark cuts text into runs at spans, which are byte ranges into text in
// ascending order. A span that is out of order, out of the text or not on the
// borders of characters is moved to the nearest border that is right, or left
// out, so that the runs joined always give text.
func Mark(text string, spans ...Span) []Run {
	var runs []Run
	at := 0
	add := func(end int, mark bool) {
		if end > at {
			runs = append(runs, Run{Text: text[at:end], Mark: mark})
			at = end
		}
	}
	for _, s := range spans {
		start, end := border(text, s.Start), border(text, s.End)
		if start < at {
			start = at
		}
		if end <= start {
			continue
		}
		add(start, false)
		add(end, true)
	}
	add(len(text), false)
	return runs
}

func border(text string, i int) int {
	i = min(max(i, 0), len(text))
	for i > 0 && i < len(text) && !utf8.RuneStart(text[i]) {
		i--
	}
	return i
}

// hasMark says whether one of the runs is marked.
func hasMark(runs []Run) bool {
	for _, r := range runs {
		if r.Mark {
			return true
		}
	}
	return false
}

// PassageURL is the address of a passage on its document's page: the version,
// the byte range to mark and the anchor to scroll to.
func PassageURL(document, version string, start, end int) templ.SafeURL {
	q := url.Values{}
	if version != "" {
		q.Set("version", version)
	}
	q.Set("start", strconv.Itoa(start))
	q.Set("end", strconv.Itoa(end))
	return templ.SafeURL("/documents/" + url.PathEscape(document) + "?" + q.Encode() + "#passage")
}

// join builds an address under a base from path segments.
func join(base string, segments ...string) string {
	for _, s := range segments {
		base += "/" + url.PathEscape(s)
	}
	return base
}

func safe(base string, segments ...string) templ.SafeURL {
	return templ.SafeURL(join(base, segments...))
}
