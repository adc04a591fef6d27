package store

import (
	"context"
	"time"

	"coffre/index"
)

// SearchQuery is a search by a principal.
type SearchQuery struct {
	Text        string
	Collections []string // ids, empty for all that may be read
	Limit       int
	All         bool // passages of different documents that say the same, each by itself
	Apart       bool // passages that touch, each by itself
	Unread      bool // no re-ranker reads the hits
}

// SearchHit is a passage found, checked for rights twice: by the index before
// it was scored, and here before its text leaves.
type SearchHit struct {
	PassageInfo
	Hit     index.Hit
	Score   float64  // Hit.Score times the factors of Signals: what hits are sorted by
	Signals []Signal // what moved it beside words and meaning
	Also    []Also   // other documents with nearly the same text, which p may read too
	// Joined are the other hits that this one stands for, and Parts its passages
	// in the order of the text, itself among them: they touch, and Start, End and
	// Text are those of all. None where a hit is one passage.
	Joined []index.Hit
	Parts  []Passage
	// Before is the place from 1 that a hit had before a re-ranker moved it, and
	// Reranked what that thinks of it; 0 and 0 where none has read it.
	Before   int
	Reranked float64
}

// beyond is how many more hits than were asked for are looked at, for those that
// say the same and for those that a signal moves up.
const beyond = 40

// SearchResult is what a search found, best first.
type SearchResult struct {
	Lang    string
	Hits    []SearchHit
	Meaning index.Meaning // whether search by meaning took part, and why not
	Rights  []uint32      // the access classes that were searched
	// Words, Mass and Base are index.Result's: what coverage and cosine are parts
	// of.
	Words      []index.WordWeight
	Mass, Base float64
	// Corrected are words that no passage holds that p may read, with those that
	// were taken for them; Loose says that none holds the phrases in quotation
	// marks, and that passages were found without. Excluded are words and phrases
	// whose passages were left out.
	Corrected []index.Correction
	Loose     bool
	Excluded  []string
	Rerank    Rerank
}

// Search finds passages that p may read at this moment. It traces nothing: the
// caller commits search.query or question.ask first.
func (t *Tenant) Search(ctx context.Context, p Principal, q SearchQuery) (SearchResult, error) {
	defer t.meters.Search.Since(time.Now())
	var classes index.Classes
	err := t.View(func(v *View) (err error) {
		classes, err = v.Classes(p, q.Collections)
		return err
	})
	if err != nil || classes.Len() == 0 {
		return SearchResult{}, err
	}
	rights := classes.List()
	limit := min(max(q.Limit, 0), index.MaxHits-beyond)
	if limit == 0 {
		limit = 10
	}
	if err := t.readyToSearch(ctx); err != nil {
		return SearchResult{}, err
	}
	found, err := t.follower.index().Search(ctx, index.Query{Text: q.Text, Classes: classes, Limit: limit + beyond})
	if err != nil {
		return SearchResult{}, Fail(Unavailable, "index-unavailable").Because(err)
	}
	ordinals := make([]uint32, len(found.Hits))
	byOrdinal := make(map[uint32]index.Hit, len(found.Hits))
	for i, h := range found.Hits {
		ordinals[i], byOrdinal[h.Ordinal] = h.Ordinal, h
	}
	if found.Err != nil {
		t.log.Warn("question could not be embedded, found by words", "tenant", t.ID, "err", found.Err)
	}
	out := SearchResult{Lang: found.Lang, Meaning: found.Meaning, Rights: rights, Words: found.Words, Mass: found.Mass, Base: found.Base,
		Corrected: found.Corrected, Loose: found.Loose, Excluded: found.Excluded}
	err = t.View(func(v *View) error {
		infos, err := v.Passages(p, ordinals)
		for _, info := range infos {
			out.Hits = append(out.Hits, SearchHit{PassageInfo: info, Hit: byOrdinal[info.Passage.Ordinal]})
		}
		return err
	})
	if err != nil {
		return SearchResult{}, err
	}
	order(index.Asked(q.Text), found.Lang, out.Hits)
	if !q.All {
		out.Hits = collapse(out.Hits)
	}
	if !q.Apart {
		out.Hits = join(out.Hits)
	}
	if !q.Unread {
		if out.Rerank, err = t.rerank(ctx, q.Text, out.Hits); err != nil {
			return SearchResult{}, err
		}
	}
	out.Hits = out.Hits[:min(limit, len(out.Hits))]
	return out, nil
}
