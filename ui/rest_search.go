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
	// Rerank is the model that put the hits in order once more, where one is
	// chosen; RerankFault says why the order is coffre's own all the same.
	Rerank      string    `json:"rerank,omitempty"`
	RerankFault string    `json:"rerank_fault,omitempty"`
	Hits        []hitJSON `json:"hits"`
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
	// Passages that touch it in its document and were found, too, are part of
	// start, end and text; this is how each was found.
	Joined []joinedJSON `json:"joined,omitempty"`
	// Where a re-ranker read it: the place from 1 that it had before, and what
	// that model thinks of it, on a scale of its own.
	PlaceBefore int     `json:"place_before,omitempty"`
	RerankScore float64 `json:"rerank_score,omitempty"`
}

type joinedJSON struct {
	BM25Rank   int     `json:"bm25_rank"`
	VectorRank int     `json:"vector_rank"`
	BM25       float64 `json:"bm25"`
	Cosine     float64 `json:"cosine"`
	Score      float64 `json:"score"` // before title and date
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
		PlaceBefore: h.Before, RerankScore: h.Reranked, BM25: h.Hit.BM25, Cosine: h.Hit.Cosine, Coverage: h.Hit.Coverage,
	}
	for _, s := range h.Signals {
		out.Signals = append(out.Signals, signalJSON{s.Name, s.Factor})
	}
	for _, o := range h.Joined {
		out.Joined = append(out.Joined, joinedJSON{o.BM25Rank, o.VectorRank, o.BM25, o.Cosine, o.Score})
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
	if out.Rerank = res.Rerank.Model; res.Rerank.Err != nil {
		out.RerankFault = asProblem(res.Rerank.Err).code
	}
	for _, h := range res.Hits {
		out.Hits = append(out.Hits, hitOf(h))
	}
	return q.json(http.StatusOK, out)
}
