package index

import (
	"cmp"
	"slices"
)

// Fusion is a convex combination of both legs' scores, each between its least
// and its best for the query (Bruch, Gai and Ingber, "An Analysis of Fusion
// Functions for Hybrid Retrieval", 2023):
//
//	score = (1 - w) · bm25 / max bm25 + w · (cosine - base) / (max cosine - base)
//
// base is the mean cosine of all permitted passages, under which the vector leg
// adds nothing: embedders differ in what they call far. It is taken for smaller
// where there are only a few passages. Every candidate has both of its true scores, of whichever leg it comes. w is
// meaningWeight times the share of the best word hits that have a vector: where
// words find passages that the vector leg can't see, because they aren't
// embedded yet or are in a language that the embedder doesn't know, it says
// little. Such a passage counts as near as the average of those others.
//
// nDCG@10 of `coffre eval` with the built-in embedder, mean of nfcorpus-pre,
// cisi and cranfield: words .3697, vectors .3626, both .4147 (+12.2%). Of
// cisi and cranfield with 10, 30, 50, 80% of the passages embedded: +.6, +2, +3,
// +9%. `COFFRE_LONG=1 go test -v -run FusionForms ./ui/cli` compares forms of
// fusion with weights from .2 to .8, each weight chosen on one half of the
// queries and measured on the other one. Gain over words alone in the same run:
// this form +9.7% (w = .5 on both halves), both scores by their best +9.3%, by
// mean and deviation +9.0%, from least to best +8.6%, reciprocal rank +7.9% with k
// 60 and +6.7% with k 10. This form had been chosen on the same three collections
// before that; besides, its result doesn't depend on how deep the legs are read
// and it takes any embedder's range of cosines.
//
// On piaf-fr the English embedder's vectors alone reach .43 where words reach
// .80, and both together .77 (.81 with w = .3): French isn't worth its hours of
// embedding with it, and a leg of weight zero isn't computed.
const (
	meaningWeight = 0.5

	// fuseDepth is how many passages each leg hands on, at least.
	fuseDepth = 200

	// fewPassages is how many passages the mean is as sure as a guess of 0.
	fewPassages = 10

	// leastLift is how far above the base, in parts of what is left up to 1, a
	// passage must be that no word of the query found. The nearest of all is
	// always something: of ten queries put to 47 English passages of the sample
	// firm, the four about nothing there reach 0.11 to 0.21 with the built-in
	// embedder, the six that are answered there 0.22 to 0.57.
	leastLift = 0.22

	// sharedDepth is how many of the best word hits tell what share of
	// passages the vector leg can see.
	sharedDepth = 20
)

// fused are the candidates of both legs.
type fused struct {
	hits    []Hit
	seen    []bool   // has a vector
	numbers []uint32 // in the snapshot, where found
	found   []bool   // by a word
	base    float64  // the cosine that adds nothing
	share   float64  // of the best word hits, that have a vector; 1 if there are none
}

// fusedHits ranks by both legs; base is Result.Base.
func (r *run) fusedHits(limit int, q *question) (ranked []Hit, base float64) {
	f := r.candidates(max(fuseDepth, 2*limit), q)
	if q.alone {
		for i := range f.hits {
			f.hits[i].Score = f.hits[i].Cosine
		}
	} else {
		f.score()
	}
	order := make([]int, len(f.hits))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := &f.hits[i], &f.hits[j]
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Ordinal, b.Ordinal))
	})
	hits, mass := make([]Hit, 0, min(limit, len(order))), r.mass()
	for _, i := range order {
		if len(hits) == limit {
			break
		}
		h := f.hits[i]
		if !q.alone && !f.found[i] && h.Cosine-f.base < leastLift*(1-f.base) {
			continue
		}
		if h.Score <= 0 && !q.alone {
			break // by a leg without weight
		}
		if f.found[i] {
			h.Matched, h.Coverage = r.matched(f.numbers[i], mass)
		}
		hits = append(hits, h)
	}
	return hits, f.base
}

// candidates gathers what the legs find, with both scores of each.
func (r *run) candidates(depth int, q *question) *fused {
	near, mean := q.leg.set.Nearest(q.vector, depth, r.permitsOrdinal())
	words := r.best(depth)
	f := &fused{share: 1, base: max(0, mean) * float64(len(near)) / float64(len(near)+fewPassages)}
	at := make(map[uint32]int, len(near)+len(words))
	seen := 0
	for i, c := range words {
		cosine, has := q.leg.set.Cosine(c.ordinal, q.vector)
		at[c.ordinal] = i
		f.add(Hit{Ordinal: c.ordinal, Doc: c.doc, BM25: c.score, BM25Rank: i + 1, Cosine: cosine}, has, c.number, true)
		if has && i < sharedDepth {
			seen++
		}
	}
	if len(words) > 0 {
		f.share = float64(seen) / float64(min(len(words), sharedDepth))
	}
	for i, n := range near {
		if j, ok := at[n.Ordinal]; ok {
			f.hits[j].VectorRank = i + 1
			continue
		}
		h := Hit{Ordinal: n.Ordinal, Cosine: n.Cosine, VectorRank: i + 1}
		h.Doc, _ = r.ledger.classOf(n.Ordinal)
		number, found := r.numberOf(n.Ordinal)
		if found {
			h.BM25 = r.mem.scores[number]
		}
		f.add(h, true, number, found)
	}
	return f
}

func (f *fused) add(h Hit, seen bool, number uint32, found bool) {
	f.hits, f.seen = append(f.hits, h), append(f.seen, seen)
	f.numbers, f.found = append(f.numbers, number), append(f.found, found)
}

// score combines the legs. A weight of 0 leaves the order of words as it is.
func (f *fused) score() {
	var bm25, cosine, sum float64 // the best ones; the sum of the word hits' cosines
	n := 0
	for i, h := range f.hits {
		bm25, cosine = max(bm25, h.BM25), max(cosine, h.Cosine)
		if h.BM25Rank > 0 && f.seen[i] {
			sum += h.Cosine
			n++
		}
	}
	weight, average := meaningWeight*f.share, 0.0
	if n > 0 {
		average = sum / float64(n)
	}
	for i := range f.hits {
		h := &f.hits[i]
		near := h.Cosine
		if !f.seen[i] {
			near = average
		}
		if bm25 > 0 {
			h.Score = (1 - weight) * h.BM25 / bm25
		}
		if cosine > f.base {
			h.Score += weight * max(0, near-f.base) / (cosine - f.base)
		}
	}
}
