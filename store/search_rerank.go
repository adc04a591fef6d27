package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
)

// Reranking is what a re-ranking model thinks of texts.
type Reranking struct {
	Model  string    // "" where the tenant has chosen none
	Scores []float64 // one a text, the higher the better; comparable among these alone
}

// Rerank is whether a re-ranker took part in a search.
type Rerank struct {
	Model string // "" where none is chosen
	Err   error  // why the first ranking stands; nil where the re-ranker's does
}

// rerankDepth is how many of the first hits a re-ranker reads: models of the
// size that a firm runs take tens of milliseconds for each without a GPU.
const rerankDepth = 24

// rerank lets the tenant's re-ranker put the first hits in its order. They keep
// the scores of the first ranking, by place: what reads scores reads one scale.
// Where it fails or is late, hits stay as they are. Only texts that p may read
// come here, and only to the server that the tenant has chosen.
func (t *Tenant) rerank(ctx context.Context, query string, hits []SearchHit) (Rerank, error) {
	first := hits[:min(rerankDepth, len(hits))]
	if t.reranker == nil || len(first) < 2 {
		return Rerank{}, nil
	}
	texts := make([]string, len(first))
	for i, h := range first {
		texts[i] = strings.TrimSpace(h.Title+"\n"+h.Heading) + "\n\n" + h.Text
	}
	got, err := t.reranker(ctx, t, query, texts)
	switch {
	case ctx.Err() != nil:
		return Rerank{}, ctx.Err()
	case got.Model == "" && err == nil:
		return Rerank{}, nil
	case err == nil && len(got.Scores) != len(first):
		err = errors.New("re-ranker told other scores than texts")
	}
	if err != nil {
		t.log.Warn("results could not be re-ranked", "tenant", t.ID, "err", err)
		return Rerank{Model: got.Model, Err: err}, nil
	}
	scores := make([]float64, len(first))
	for i := range first {
		scores[i], first[i].Before = first[i].Score, i+1
		first[i].Reranked = got.Scores[i]
	}
	slices.SortStableFunc(first, func(a, b SearchHit) int { return cmp.Compare(b.Reranked, a.Reranked) })
	for i := range first {
		first[i].Score = scores[i]
	}
	return Rerank{Model: got.Model}, nil
}
