package index

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// searchLegs searches with both legs, or those asked for.
func (ix *Index) searchLegs(ctx context.Context, q Query) (Result, error) {
	ix.meaning.busy.begin()
	defer ix.meaning.busy.end()
	lang := q.Lang
	if lang != "fr" && lang != "en" {
		lang = DetectLanguage(q.Text)
	}
	result := Result{Lang: lang, Meaning: MeaningNone}
	if q.Classes.Len() == 0 {
		return result, ctx.Err()
	}
	var asked *question
	asked, result.Meaning, result.Err = ix.ask(ctx, q, lang) // takes time: without the lock
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if ix.closed {
		return result, fmt.Errorf("search: %w", ErrClosed)
	}
	err := guard(func() error {
		return ix.withSnapshot(func(s *scorch.IndexSnapshot) error {
			return ix.search(ctx, s, q, asked, &result)
		})
	})
	if err != nil {
		return Result{Lang: lang, Meaning: MeaningNone}, fmt.Errorf("search: %w", err)
	}
	if result.Meaning == MeaningUsed && !slices.ContainsFunc(result.Hits, func(h Hit) bool { return h.Cosine != 0 }) {
		result.Meaning, result.Base = MeaningNone, 0 // what others may read has vectors, which is not to be told
	}
	return result, nil
}

// search runs the legs on one snapshot; asked is nil for words alone.
func (ix *Index) search(ctx context.Context, s *scorch.IndexSnapshot, q Query, asked *question, out *Result) error {
	ordinals, byOrdinal, err := ix.segments.of(s)
	if err != nil {
		return err
	}
	mem := ix.scratch.Get().(*scratch)
	defer func() {
		mem.clear()
		ix.scratch.Put(mem)
	}()
	r := &run{
		ctx: ctx, snapshot: s, ordinals: ordinals, byOrdinal: byOrdinal, ledger: &ix.ledger,
		classes: q.Classes, docs: docSet(q.Docs), stats: ix.ledger.permitted(q.Classes), lang: out.Lang, mem: mem,
	}
	if q.Legs != MeaningLeg {
		r.words = fixed(queryWords(clip(q.Text), out.Lang), q.fixes)
	}
	r.layOut()
	if err := r.gather(); err != nil {
		return err
	}
	if err := r.leaveOut(q); err != nil {
		return err
	}
	r.score()
	limit := max(limitOf(q.Limit), q.depth)
	out.Mass, out.Words = r.mass(), make([]WordWeight, len(r.words))
	for i := range r.words {
		out.Words[i] = WordWeight{r.words[i].typed, r.words[i].idf}
	}
	if asked == nil {
		out.Hits = r.wordHits(limit)
		return nil
	}
	out.Hits, out.Base = r.fusedHits(limit, asked)
	return nil
}

func docSet(docs []uint32) map[uint32]bool {
	if len(docs) == 0 {
		return nil
	}
	set := make(map[uint32]bool, len(docs))
	for _, d := range docs {
		set[d] = true
	}
	return set
}

func limitOf(n int) int {
	if n <= 0 {
		return 10
	}
	return min(n, MaxHits)
}

// best returns the passages with the highest scores in the word leg.
func (r *run) best(limit int) []candidate {
	best := topK{limit: limit}
	for _, n := range r.mem.touched {
		score := r.mem.scores[n]
		if score == 0 || r.mem.verdict[n] != permitted {
			continue
		}
		if best.full() && score < best.worst().score {
			continue
		}
		ordinal := r.ordinalOf(n)
		doc, _ := r.ledger.classOf(ordinal)
		if r.docs == nil || r.docs[doc] {
			best.offer(candidate{score: score, number: n, ordinal: ordinal, doc: doc})
		}
	}
	return best.sorted()
}

// wordHits takes the best passages and says what of the query each one holds.
func (r *run) wordHits(limit int) []Hit {
	sorted, mass := r.best(limit), r.mass()
	hits := make([]Hit, len(sorted))
	for i, c := range sorted {
		hits[i] = Hit{Ordinal: c.ordinal, Doc: c.doc, Score: c.score, BM25: c.score, BM25Rank: i + 1}
		hits[i].Matched, hits[i].Coverage = r.matched(c.number, mass)
	}
	return hits
}

// mass is the query's idf in all.
func (r *run) mass() (mass float64) {
	for i := range r.words {
		mass += r.words[i].idf
	}
	return mass
}

// ordinalOf is the ordinal of the passage with a number of the snapshot.
func (r *run) ordinalOf(n uint32) uint32 {
	s := sort.Search(len(r.offsets), func(i int) bool { return r.offsets[i] > n }) - 1
	return r.ordinals[s][n-r.offsets[s]]
}

// numberOf is a passage's number in the snapshot, if a word of the query was
// found in it.
func (r *run) numberOf(ordinal uint32) (uint32, bool) {
	for s, ordinals := range r.ordinals {
		numbers := r.byOrdinal[s]
		i := sort.Search(len(numbers), func(i int) bool { return ordinals[numbers[i]] >= ordinal })
		if i == len(numbers) || ordinals[numbers[i]] != ordinal {
			continue
		}
		if n := r.offsets[s] + numbers[i]; r.mem.verdict[n] == permitted { // else an earlier state of it
			return n, true
		}
	}
	return 0, false
}
