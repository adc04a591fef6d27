package ui

import (
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
)

func (s *Server) restSearchRoutes() []route {
	return []route{{method: "GET", path: "/api/v1/search", may: auth.Search, do: (*request).restSearch}}
}

type searchJSON struct {
	Language  string           `json:"language"`
	Meaning   string           `json:"meaning"`             // whether search by meaning took part, and why not
	Corrected []correctionJSON `json:"corrected,omitempty"` // words that nothing readable holds, with what was taken for them
	Loose     bool             `json:"loose,omitempty"`     // nothing readable holds the phrase in quotation marks: found without
	Excluded  []string         `json:"excluded,omitempty"`  // words and phrases with a minus before them, whose passages were left out
	Hits      []hitJSON        `json:"hits"`
}

type correctionJSON struct {
	Typed string `json:"typed"`
	Taken string `json:"taken"`
}

type hitJSON struct {
	DocumentID string   `json:"document_id"`
	Version    string   `json:"version"`
	Title      string   `json:"title"`
	Page       int      `json:"page"`
	Start      int      `json:"start"`
	End        int      `json:"end"`
	Text       string   `json:"text"`
	Score      float64  `json:"score"`
	BM25Rank   int      `json:"bm25_rank"`
	VectorRank int      `json:"vector_rank"`
	Heading    string   `json:"heading,omitempty"`
	Matched    []string `json:"matched,omitempty"`
	// Why it stands where it does: the scores of both legs, the share of the
	// query that it holds, what moved it beside them, and the other documents
	// that say nearly the same.
	BM25     float64      `json:"bm25"`
	Cosine   float64      `json:"cosine"`
	Coverage float64      `json:"coverage"`
	Signals  []signalJSON `json:"signals,omitempty"`
	Also     []alsoJSON   `json:"also,omitempty"`
}

type signalJSON struct {
	Name   string  `json:"name"` // title or recent
	Factor float64 `json:"factor"`
}

type alsoJSON struct {
	DocumentID string `json:"document_id"`
	Version    string `json:"version"`
	Title      string `json:"title"`
	Page       int    `json:"page"`
	Start      int    `json:"start"`
	End        int    `json:"end"`
}

func hitOf(h store.SearchHit) hitJSON {
	out := hitJSON{
		DocumentID: h.DocumentID, Version: h.Version, Title: h.Title, Page: h.Page, Start: h.Start, End: h.End,
		Text: h.Text, Score: h.Score, BM25Rank: h.Hit.BM25Rank, VectorRank: h.Hit.VectorRank, Heading: h.Heading, Matched: h.Hit.Matched,
		BM25: h.Hit.BM25, Cosine: h.Hit.Cosine, Coverage: h.Hit.Coverage,
	}
	for _, s := range h.Signals {
		out.Signals = append(out.Signals, signalJSON{s.Name, s.Factor})
	}
	for _, a := range h.Also {
		out.Also = append(out.Also, alsoJSON{a.DocumentID, a.Version, a.Title, a.Page, a.Start, a.End})
	}
	return out
}

// maxQuery bounds what is searched for, in characters.
const maxQuery = 4000

// search traces the query, then runs it.
func (q *request) search(text string, collections []string, limit int) (store.SearchResult, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return store.SearchResult{}, store.Fail(store.Invalid, "question-empty")
	case utf8.RuneCountInString(text) > maxQuery:
		return store.SearchResult{}, store.Fail(store.TooLarge, "question-too-long", "limit", strconv.Itoa(maxQuery))
	}
	ev := q.event(chain.SearchQuery)
	ev.Private = chain.Detail{"query": strings.ToValidUTF8(text, "\uFFFD")}
	if _, err := q.t.Record(q.r.Context(), q.p.Actor, ev); err != nil {
		return store.SearchResult{}, err
	}
	return q.t.Search(q.r.Context(), q.p, store.SearchQuery{Text: text, Collections: collections, Limit: limit})
}

func (q *request) restSearch() error {
	limit, err := q.number("limit", 10)
	if err != nil {
		return err
	}
	var only []string
	if c := q.r.FormValue("collection"); c != "" {
		only = q.r.Form["collection"]
	}
	res, err := q.search(q.r.FormValue("q"), only, min(limit, 100))
	if err != nil {
		return err
	}
	out := searchJSON{Language: res.Lang, Meaning: string(res.Meaning), Loose: res.Loose, Excluded: res.Excluded, Hits: []hitJSON{}}
	for _, c := range res.Corrected {
		out.Corrected = append(out.Corrected, correctionJSON{c.Typed, c.Taken})
	}
	for _, h := range res.Hits {
		out.Hits = append(out.Hits, hitOf(h))
	}
	return q.json(http.StatusOK, out)
}
