package beir

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"
)

// Metrics are means over a collection's queries, as trec_eval defines them.
type Metrics struct {
	Queries   int
	NDCG10    float64 // ndcg_cut_10: the grade is the gain, log2(rank + 1) the discount
	Recall100 float64 // recall_100: relevant documents among the first 100
	MRR10     float64 // recip_rank of the first relevant document, 0 beyond rank 10
	P50, P99  time.Duration
}

// SearchFunc answers a query with at most limit document ids, best first. An
// id that comes twice counts at its first place.
type SearchFunc func(query string, limit int) ([]string, error)

// depth is how many documents a measure needs.
const depth = 100

// Evaluate asks every query of the collection, one after the other. A query
// that finds nothing counts 0.
func Evaluate(ctx context.Context, d Dataset, search SearchFunc) (Metrics, error) {
	m := Metrics{Queries: len(d.Queries)}
	times := make([]time.Duration, 0, len(d.Queries))
	for _, q := range d.Queries {
		if err := ctx.Err(); err != nil {
			return Metrics{}, err
		}
		begin := time.Now()
		found, err := search(q.Text, depth)
		if err != nil {
			return Metrics{}, fmt.Errorf("ask query %s: %w", q.ID, err)
		}
		times = append(times, time.Since(begin))
		ranked := distinct(found)
		m.NDCG10 += NDCG(ranked, d.Relevant[q.ID], 10)
		m.Recall100 += Recall(ranked, d.Relevant[q.ID], 100)
		m.MRR10 += ReciprocalRank(ranked, d.Relevant[q.ID], 10)
	}
	if n := float64(m.Queries); n > 0 {
		m.NDCG10, m.Recall100, m.MRR10 = m.NDCG10/n, m.Recall100/n, m.MRR10/n
	}
	slices.Sort(times)
	m.P50, m.P99 = percentile(times, 50), percentile(times, 99)
	return m, nil
}

// distinct keeps the first of equal ids, at most depth of them.
func distinct(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	kept := make([]string, 0, min(len(ids), depth))
	for _, id := range ids {
		if len(kept) == depth {
			break
		}
		if !seen[id] {
			seen[id] = true
			kept = append(kept, id)
		}
	}
	return kept
}

// NDCG is trec_eval's ndcg_cut at k.
func NDCG(ranked []string, relevant map[string]int, k int) float64 {
	var got float64
	for i, id := range ranked[:min(k, len(ranked))] {
		got += float64(relevant[id]) / math.Log2(float64(i)+2)
	}
	grades := make([]int, 0, len(relevant))
	for _, g := range relevant {
		grades = append(grades, g)
	}
	sort.Sort(sort.Reverse(sort.IntSlice(grades)))
	var best float64
	for i, g := range grades[:min(k, len(grades))] {
		best += float64(g) / math.Log2(float64(i)+2)
	}
	if best == 0 {
		return 0
	}
	return got / best
}

// Recall is trec_eval's recall at k.
func Recall(ranked []string, relevant map[string]int, k int) float64 {
	if len(relevant) == 0 {
		return 0
	}
	n := 0
	for _, id := range ranked[:min(k, len(ranked))] {
		if relevant[id] > 0 {
			n++
		}
	}
	return float64(n) / float64(len(relevant))
}

// ReciprocalRank is one by the rank of the first relevant document, 0 if it is
// not among the first k.
func ReciprocalRank(ranked []string, relevant map[string]int, k int) float64 {
	for i, id := range ranked[:min(k, len(ranked))] {
		if relevant[id] > 0 {
			return 1 / float64(i+1)
		}
	}
	return 0
}

// percentile is the nearest-rank percentile of sorted times, 0 for none.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := (p*len(sorted) + 99) / 100
	return sorted[max(rank, 1)-1]
}
