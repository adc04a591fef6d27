package store

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// TestRerank: the re-ranker's order and reasons, its failures, and that it is
// sent nothing that the asker may not read.
func TestRerank(t *testing.T) {
	f := newFirm(t)
	f.add(t, f.alice, f.open, "un.txt", "préavis de départ, le préavis du bail et le préavis des cadres")
	f.add(t, f.alice, f.open, "deux.txt", "préavis de congé payé, dit le règlement de la maison")
	f.add(t, f.alice, f.closed, "trois.txt", "préavis secret de la direction")
	var sent []string
	var failure error
	scores := func(texts []string) (out []float64) {
		for _, text := range texts {
			out = append(out, float64(len(text))*-1)
		}
		return out
	}
	f.reranker = func(_ context.Context, _ *Tenant, query string, texts []string) (Reranking, error) {
		sent = append(sent, texts...)
		if failure != nil {
			return Reranking{Model: "m"}, failure
		}
		return Reranking{Model: "m", Scores: scores(texts)}, nil
	}
	search := func(p Principal) SearchResult {
		sent = nil
		res, err := f.Search(t.Context(), p, SearchQuery{Text: "préavis"})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	plain := f.reranker
	f.reranker = nil
	before := search(f.carol)
	f.reranker = plain
	res := search(f.carol)
	if len(res.Hits) != 2 || res.Hits[0].Name != "deux.txt" || res.Rerank.Model != "m" || res.Rerank.Err != nil {
		t.Fatalf("%d hits, first %s, %+v", len(res.Hits), res.Hits[0].Name, res.Rerank)
	}
	first := res.Hits[0]
	if first.Before != 2 || first.Reranked >= 0 || first.Score != before.Hits[0].Score || before.Hits[0].Name != "un.txt" {
		t.Errorf("first %+v; before %s", first, before.Hits[0].Name)
	}
	if strings.Contains(strings.Join(sent, " "), "secret") || len(sent) != 2 {
		t.Errorf("sent %q", sent)
	}
	if search(f.alice); len(sent) != 3 {
		t.Errorf("sent %q for who may read all", sent)
	}
	failure = errors.New("too slow")
	res = search(f.carol)
	if res.Hits[0].Name != "un.txt" || res.Hits[0].Before != 0 || res.Rerank.Err == nil || res.Rerank.Model != "m" {
		t.Errorf("after a failure %s first, %+v", res.Hits[0].Name, res.Rerank)
	}
	failure = nil
	scores = func([]string) []float64 { return []float64{1} }
	if res = search(f.carol); res.Hits[0].Name != "un.txt" || res.Rerank.Err == nil {
		t.Errorf("with too few scores %s first, %+v", res.Hits[0].Name, res.Rerank)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f.reranker = func(context.Context, *Tenant, string, []string) (Reranking, error) {
		cancel()
		return Reranking{}, ctx.Err()
	}
	if _, err := f.Search(ctx, f.carol, SearchQuery{Text: "préavis"}); err == nil {
		t.Error("a search whose reader left was answered")
	}
}
