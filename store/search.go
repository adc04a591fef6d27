package store

import (
	"context"

	"coffre/index"
)

// SearchQuery is a search by a principal.
type SearchQuery struct {
	Text        string
	Collections []string // ids, empty for all that may be read
	Limit       int
}

// SearchHit is a passage found, checked for rights twice: by the index before
// it was scored, and here before its text leaves.
type SearchHit struct {
	PassageInfo
	Hit index.Hit
}

// SearchResult is what a search found, best first.
type SearchResult struct {
	Lang    string
	Hits    []SearchHit
	Meaning index.Meaning // whether search by meaning took part, and why not
	Rights  []uint32      // the access classes that were searched
}

// Search finds passages that p may read at this moment. It traces nothing: the
// caller commits search.query or question.ask first.
func (t *Tenant) Search(ctx context.Context, p Principal, q SearchQuery) (SearchResult, error) {
	var classes index.Classes
	err := t.View(func(v *View) (err error) {
		classes, err = v.Classes(p, q.Collections)
		return err
	})
	if err != nil || classes.Len() == 0 {
		return SearchResult{}, err
	}
	rights := classes.List()
	if err := t.readyToSearch(ctx); err != nil {
		return SearchResult{}, err
	}
	found, err := t.follower.ix.Search(ctx, index.Query{Text: q.Text, Classes: classes, Limit: q.Limit})
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
	out := SearchResult{Lang: found.Lang, Meaning: found.Meaning, Rights: rights}
	err = t.View(func(v *View) error {
		infos, err := v.Passages(p, ordinals)
		for _, info := range infos {
			out.Hits = append(out.Hits, SearchHit{info, byOrdinal[info.Passage.Ordinal]})
		}
		return err
	})
	return out, err
}
