package page

import (
	"slices"
	"strings"

	"coffre/index"
	"coffre/ui/look"
	"coffre/ui/words"
)

// Search is the list of passages that match some words.
type Search struct {
	look.Frame
	Query       string
	Collections []look.Choice // those the person may read; none selected means all
	Language    string        // the query's, as detected; may be empty
	Note        string        // why they were found by words alone; may be empty
	Corrected   []index.Correction
	Loose       bool     // no passage holds the phrase in quotation marks
	Excluded    []string // words and phrases whose passages were left out
	Hits        []Hit
	Fault       *look.Fault
}

// Hit is a passage; its runs mark the words that matched.
type Hit struct {
	DocumentID, Version, Title string
	Collection                 string
	Heading                    string
	Page                       int
	Start, End                 int
	Runs                       []Run
	// Words are those of the query, as typed, that the passage or its title
	// holds; ByWords and ByMeaning say which way of searching found it.
	Words              []string
	ByWords, ByMeaning bool
	Why                HitWhy
}

// meaningOnly: there are hits, and none of them was found by its words.
func (v Search) meaningOnly() bool {
	return len(v.Hits) > 0 && !slices.ContainsFunc(v.Hits, func(h Hit) bool { return h.ByWords })
}

// found says in a line why the passage is here, or nothing where that isn't
// known.
func (h Hit) found(l words.Lang) string {
	switch {
	case h.ByWords && len(h.Words) > 0 && h.ByMeaning:
		return l.T("search.by-both", "words", l.List(h.Words))
	case h.ByWords && len(h.Words) > 0:
		return l.T("search.by-words", "words", l.List(h.Words))
	case h.ByMeaning && !h.ByWords:
		return l.T("search.by-meaning")
	}
	return ""
}

func (h Hit) source() Source {
	return Source{Title: h.Title, Heading: h.Heading, Page: h.Page}
}

// where is the place in the document and the collection, as far as there are any.
func (h Hit) where(l words.Lang) string {
	place := h.source().place(l)
	if place != "" && h.Collection != "" {
		place += " · "
	}
	return place + h.Collection
}

func (v Search) excluded() string { return strings.Join(v.Excluded, ", ") }
