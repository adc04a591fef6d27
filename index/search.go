package index

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// Search finds the passages of permitted documents that answer a query best,
// by words and by meaning. Statistics are those of the permitted passages
// alone: what the asker may not read changes neither places nor scores.
//
// Errors: ErrCorrupt, ErrClosed, ctx's. An embedder's failure is none: the
// search goes on with words, and Result.Meaning says so.
func (ix *Index) Search(ctx context.Context, q Query) (Result, error) {
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
			hits, err := ix.search(ctx, s, q, lang, asked)
			result.Hits = hits
			return err
		})
	})
	if err != nil {
		return Result{Lang: lang, Meaning: MeaningNone}, fmt.Errorf("search: %w", err)
	}
	if result.Meaning == MeaningUsed && !slices.ContainsFunc(result.Hits, func(h Hit) bool { return h.Cosine != 0 }) {
		result.Meaning = MeaningNone // what others may read has vectors, which is not to be told
	}
	return result, nil
}

// search runs the legs on one snapshot; asked is nil for words alone.
func (ix *Index) search(ctx context.Context, s *scorch.IndexSnapshot, q Query, lang string, asked *question) ([]Hit, error) {
	ordinals, byOrdinal, err := ix.segments.of(s)
	if err != nil {
		return nil, err
	}
	mem := ix.scratch.Get().(*scratch)
	defer func() {
		mem.clear()
		ix.scratch.Put(mem)
	}()
	r := &run{
		ctx: ctx, snapshot: s, ordinals: ordinals, byOrdinal: byOrdinal, ledger: &ix.ledger,
		classes: q.Classes, docs: docSet(q.Docs), stats: ix.ledger.permitted(q.Classes), lang: lang, mem: mem,
	}
	if q.Legs != MeaningLeg {
		r.words = queryWords(clip(q.Text), lang)
	}
	r.layOut()
	if err := r.gather(); err != nil {
		return nil, err
	}
	r.score()
	limit := limitOf(q.Limit)
	if asked == nil {
		return r.wordHits(limit), nil
	}
	return r.fusedHits(limit, asked), nil
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

// matched returns the words of the query that a passage holds and their share
// of the query's idf mass.
func (r *run) matched(n uint32, mass float64) (typed []string, coverage float64) {
	for i := range r.words {
		w := &r.words[i]
		for f := range fieldCount {
			postings := r.list(w, f)
			at := sort.Search(len(postings), func(i int) bool { return postings[i].number >= n })
			if at < len(postings) && postings[at].number == n {
				typed = append(typed, w.typed)
				coverage += w.idf
				break
			}
		}
	}
	if mass == 0 {
		return typed, 0
	}
	return typed, min(coverage/mass, 1)
}
