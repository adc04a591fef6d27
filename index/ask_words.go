package index

import (
	"context"
	"fmt"
	"slices"
)

// Search finds the passages of permitted documents that answer a query best,
// by words and by meaning. Statistics are those of the permitted passages
// alone: what the asker may not read changes neither places nor scores.
//
// What stands in quotation marks ("…", “…”, « … ») must be in a passage word for
// word, but for case and accents; if no permitted passage holds all of it, the
// search goes on without, and Result.Loose says so. A word that no permitted
// passage holds is taken for the nearest one that there is (Result.Corrected).
// Passages that hold a word or a phrase with a minus before it are left out, of
// both legs (Result.Excluded).
//
// Errors: ErrCorrupt, ErrClosed, ctx's, what Options.Texts says. An embedder's
// failure is none: the search goes on with words, and Result.Meaning says so.
func (ix *Index) Search(ctx context.Context, q Query) (Result, error) {
	all := exclusions(clip(q.Text))
	if len(all) == 0 || q.Legs == MeaningLeg {
		return ix.searchAsked(ctx, q)
	}
	left := q
	left.Text, left.without = withoutExclusions(q.Text, all), all
	if slices.ContainsFunc(all, func(x exclusion) bool { return x.phrase }) {
		left.Limit = MaxHits // of these some are left out once they are read
	}
	found, err := ix.searchAsked(ctx, left)
	if err == nil {
		found, err = ix.withoutPhrases(ctx, left.without, limitOf(q.Limit), found)
	}
	found.Excluded = Excluded(q.Text)
	return found, err
}

// searchAsked searches for what a query asks for.
func (ix *Index) searchAsked(ctx context.Context, q Query) (Result, error) {
	loose := false
	if q.Legs != MeaningLeg && len(Phrases(q.Text)) > 0 {
		found, err := ix.searchExactly(ctx, q)
		if err != nil || len(found.Hits) > 0 {
			return found, err
		}
		loose, q.Text = true, withoutQuotes(q.Text)
	}
	var corrected []Correction
	var err error
	if q.fixes, corrected, err = ix.correct(ctx, q); err != nil {
		return Result{Meaning: MeaningNone}, fmt.Errorf("search: %w", err)
	}
	found, err := ix.searchLegs(ctx, q)
	found.Loose = loose
	found.tell(corrected)
	return found, err
}

// matched returns the words of the query that a passage holds and their share
// of the query's idf mass. Where a reference is matched as a whole its parts are.
func (r *run) matched(n uint32, mass float64) (typed []string, coverage float64) {
	var spans [][2]int
	held := make([]bool, len(r.words))
	for i := range r.words {
		w := &r.words[i]
		held[i] = r.holds(w, n)
		if !held[i] {
			continue
		}
		if w.compound || w.extra {
			spans = append(spans, [2]int{w.start, w.end})
		}
		if !slices.Contains(typed, w.typed) {
			typed = append(typed, w.typed)
		}
	}
	for i := range r.words {
		w := &r.words[i]
		within := func(s [2]int) bool { return w.start >= s[0] && w.end <= s[1] }
		if held[i] && !w.guess || slices.ContainsFunc(spans, within) {
			coverage += w.idf
		}
	}
	if mass == 0 {
		return typed, 0
	}
	return typed, min(coverage/mass, 1)
}

// holds tells whether a passage has a word in any field.
func (r *run) holds(w *queryWord, n uint32) bool {
	for f := range fieldCount {
		_, found := slices.BinarySearchFunc(r.list(w, f), n, func(p posting, n uint32) int { return int(p.number) - int(n) })
		if found {
			return true
		}
	}
	return false
}
