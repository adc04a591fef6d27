package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Why a server put nothing in order.
var (
	ErrNoRerank  = errors.New("server does not re-rank")
	ErrBadScores = errors.New("re-ranking that can't be used")
)

// mostScores bounds an answer, bytes: some send the texts back.
const mostScores = 4 << 20

// wireScore is one text's place. Servers call its score relevance_score, TEI score.
type wireScore struct {
	Index     *int     `json:"index"`
	Relevance *float64 `json:"relevance_score"`
	Score     *float64 `json:"score"`
}

// Rerank tells how well each text answers a query, higher is better; scores of
// two models or queries can't be compared. Errors: ErrNoRerank, ErrBadScores and
// those of Provider.Models.
//
// Two wires are spoken, and three places asked:
//
//	POST {base}/rerank  {"model","query","documents":[…],"top_n","return_documents"}
//	  → {"results":[{"index","relevance_score"}]}
//	  Jina, Cohere, vLLM, llama.cpp (--rerank), LocalAI, LiteLLM; base ends with /v1
//	POST {root}/rerank  the same: Infinity
//	POST {root}/rerank  {"query","texts":[…],"raw_scores","return_text","truncate"}
//	  → [{"index","score"}]: TEI
func (r *OpenAI) Rerank(ctx context.Context, model, query string, texts []string) ([]float64, error) {
	jina := map[string]any{"model": model, "query": query, "documents": texts, "top_n": len(texts), "return_documents": false}
	tei := map[string]any{"query": query, "texts": texts, "raw_scores": false, "return_text": false, "truncate": true}
	var last error = ErrNoRerank
	for _, way := range []struct {
		at   string
		body map[string]any
	}{{r.base + "/rerank", jina}, {r.root + "/rerank", jina}, {r.root + "/rerank", tei}} {
		var raw json.RawMessage
		err := r.decode(ctx, way.at, way.body, &raw, mostScores)
		var no *refused
		switch {
		case err == nil:
			return scoresOf(raw, len(texts))
		case errors.Is(err, errNoRoute):
		case errors.As(err, &no): // another body is wanted
			last = err
		default:
			return nil, err
		}
	}
	return nil, last
}

// scoresOf reads the scores of n texts.
func scoresOf(raw json.RawMessage, n int) ([]float64, error) {
	var list []wireScore
	if json.Unmarshal(raw, &list) != nil {
		var whole struct {
			Results []wireScore     `json:"results"`
			Data    []wireScore     `json:"data"` // as Voyage and some gateways call them
			Error   json.RawMessage `json:"error"`
		}
		if err := json.Unmarshal(raw, &whole); err != nil {
			return nil, fmt.Errorf("%w: no list of results", ErrBadScores)
		}
		if len(whole.Error) > 0 && string(whole.Error) != "null" {
			return nil, apiFault{message: faultMessage(raw)}.inStream()
		}
		if list = whole.Results; list == nil {
			list = whole.Data
		}
	}
	if len(list) != n {
		return nil, fmt.Errorf("%w: %d results for %d texts", ErrBadScores, len(list), n)
	}
	out, seen := make([]float64, n), make([]bool, n)
	for _, s := range list {
		score := s.Relevance
		if score == nil {
			score = s.Score
		}
		if s.Index == nil || *s.Index < 0 || *s.Index >= n || seen[*s.Index] {
			return nil, fmt.Errorf("%w: not numbered", ErrBadScores)
		}
		if score == nil || math.IsNaN(*score) || math.IsInf(*score, 0) {
			return nil, fmt.Errorf("%w: no figure", ErrBadScores)
		}
		out[*s.Index], seen[*s.Index] = *score, true
	}
	return out, nil
}
