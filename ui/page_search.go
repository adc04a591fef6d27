package ui

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"coffre/auth"
	"coffre/index"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) searchRoutes() []route {
	return []route{
		{method: "GET", path: "/search", may: auth.Search, do: (*request).searchPage},
		{method: "GET", path: "/search/words", may: auth.Search, do: (*request).searchWords},
	}
}

// searchWords completes what is being typed, for the list under the field. The
// text is neither entered nor logged.
func (q *request) searchWords() error {
	const offered = 8
	text := q.r.FormValue("q")
	last := index.LastWord(text)
	only := slices.DeleteFunc(slices.Clone(q.r.Form["collection"]), func(s string) bool { return s == "" })
	out := []string{}
	if last != "" && utf8.RuneCountInString(text) <= maxQuery {
		words, err := q.t.Complete(q.r.Context(), q.p, text, only, offered)
		if err != nil {
			return err
		}
		for _, w := range words {
			out = append(out, strings.TrimSuffix(text, last)+w)
		}
	}
	return q.json(http.StatusOK, map[string]any{"words": out})
}

func (q *request) searchPage() error {
	v := page.Search{Frame: q.frame(look.Documents), Query: q.r.FormValue("q")}
	only := q.r.Form["collection"]
	only = slices.DeleteFunc(slices.Clone(only), func(s string) bool { return s == "" })
	err := q.view(func(view *store.View) error {
		cs, err := view.ReadableCollections(q.p)
		for _, c := range cs {
			v.Collections = append(v.Collections, look.Choice{Value: c.ID, Label: c.Name, Selected: slices.Contains(only, c.ID)})
		}
		return err
	})
	if err != nil {
		return err
	}
	if strings.TrimSpace(v.Query) == "" {
		return q.render(http.StatusOK, page.SearchPage(v))
	}
	res, err := q.search(v.Query, only, 20)
	if err != nil {
		p := asProblem(err)
		v.Fault = &look.Fault{Code: p.code, Params: p.params}
		return q.render(p.status, page.SearchPage(v))
	}
	v.Language, v.Note, v.Corrected = res.Lang, strings.TrimSpace(q.meaningNote(res)+" "+q.rerankNote(res)), res.Corrected
	v.Loose, v.Excluded = res.Loose, res.Excluded
	sources := make([]llm.Source, len(res.Hits))
	for i, h := range res.Hits {
		sources[i] = llm.Source{DocumentID: h.DocumentID, Title: h.Title, Heading: h.Heading, Text: h.Text, Lang: h.Lang}
	}
	collections, spans := q.collectionNames(sources), wordSpans(v.Query, res.Lang)
	for i, h := range res.Hits {
		var words []string
		for _, k := range heldSpans(v.Query, res.Lang, spans, sources[i]) {
			words = append(words, v.Query[spans[k].Start:spans[k].End])
		}
		v.Hits = append(v.Hits, page.Hit{
			Collection: collections[h.DocumentID], Words: words, ByWords: h.Hit.BM25Rank > 0, ByMeaning: h.Hit.VectorRank > 0,
			DocumentID: h.DocumentID, Version: h.Version, Title: h.Title, Heading: h.Heading, Page: h.Page,
			Start: h.Start, End: h.End, Runs: shown(h, v.Query, res), Why: whyHit(h, res.Rerank),
		})
	}
	return q.render(http.StatusOK, page.SearchPage(v))
}

// excerpt is how much of a passage a result shows, in bytes.
const excerpt = 700

// shown are the runs of a passage around the words that were found.
func shown(h store.SearchHit, query string, res store.SearchResult) []page.Run {
	marks := index.Highlight(h.Text, h.Lang, query, res.Lang, res.Corrected...)
	w := index.Window(h.Text, marks, excerpt)
	spans := make([]page.Span, 0, len(marks))
	for _, m := range marks {
		if m.Start >= w.Start && m.End <= w.End {
			spans = append(spans, page.Span{Start: m.Start - w.Start, End: m.End - w.Start})
		}
	}
	runs := page.Mark(h.Text[w.Start:w.End], spans...)
	if w.Start > 0 {
		runs = append([]page.Run{{Text: "… "}}, runs...)
	}
	if w.End < len(h.Text) {
		runs = append(runs, page.Run{Text: " …"})
	}
	return runs
}
