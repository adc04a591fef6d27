package ui

import (
	"net/http"
	"slices"
	"strings"

	"coffre/auth"
	"coffre/index"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) searchRoutes() []route {
	return []route{{method: "GET", path: "/search", may: auth.Search, do: (*request).searchPage}}
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
	v.Language, v.Note = res.Lang, q.meaningNote(res)
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
			Start: h.Start, End: h.End, Runs: page.Mark(h.Text, matches(h.Text, h.Lang, v.Query, res.Lang)...),
		})
	}
	return q.render(http.StatusOK, page.SearchPage(v))
}

// matches are the ranges of a text whose words the query holds, by stem.
func matches(text, textLang, query, queryLang string) []page.Span {
	if textLang == "" {
		textLang = queryLang
	}
	terms := map[string]bool{}
	for _, w := range index.Words(query, textLang) {
		terms[w.Term] = true
	}
	var out []page.Span
	for _, w := range index.Words(text, textLang) {
		if terms[w.Term] {
			out = append(out, page.Span{Start: w.Start, End: w.End})
		}
	}
	return out
}
