package index

import (
	"context"
	"fmt"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"coffre/index/postings"
	"coffre/index/vectors"
)

// run is one search over one snapshot.
type run struct {
	ctx       context.Context
	snapshot  *scorch.IndexSnapshot
	ordinals  [][]uint32 // by segment
	byOrdinal [][]uint32 // a segment's numbers, by ascending ordinal
	offsets   []uint32   // of a segment's numbers in the snapshot
	ledger    *ledger
	classes   Classes
	docs      map[uint32]bool // nil: all
	stats     totals          // of the permitted passages
	lang      string          // of the query
	words     []queryWord
	mem       *scratch
	permit    *vectors.Permit // by classes alone
	out       map[uint32]bool // ordinals that the query leaves out; nil: none
}

// layOut gives every segment its numbers.
func (r *run) layOut() {
	total := 0
	r.offsets = make([]uint32, len(r.ordinals))
	for i, o := range r.ordinals {
		r.offsets[i] = uint32(total)
		total += len(o)
	}
	r.mem.fit(total)
	r.permit = r.ledger.permit(r.classes, nil)
}

// gather reads the postings of every word of the query, keeps those of
// permitted passages and counts each word's document frequency among them.
func (r *run) gather() error {
	words, err := r.segmentWords()
	if err != nil {
		return err
	}
	for i := range r.words {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if err := r.gatherWord(uint32(i), words); err != nil {
			return segmentError(err)
		}
	}
	r.insist()
	return nil
}

// segmentWords are the words of each segment.
func (r *run) segmentWords() ([]*postings.Segment, error) {
	all := r.snapshot.Segments()
	words := make([]*postings.Segment, len(all))
	for s, seg := range all {
		if words[s] = postings.Of(seg.Segment()); words[s] == nil {
			return nil, fmt.Errorf("segment of another format: %w", ErrCorrupt)
		}
	}
	return words, nil
}

func (r *run) gatherWord(i uint32, words []*postings.Segment) error {
	w := &r.words[i]
	for f := range fieldCount {
		term := w.terms[f%2]
		w.lists[f].from = len(r.mem.postings)
		if term != "" {
			for s := range words {
				if err := r.gatherTerm(i, s, words[s], f, term); err != nil {
					return fmt.Errorf("read postings of %s: %w", fieldNames[f], err)
				}
			}
		}
		w.lists[f].to = len(r.mem.postings)
	}
	return nil
}

// gatherTerm reads one postings list. A passage that the asker may not read is
// dropped here, before anything is counted or scored.
func (r *run) gatherTerm(word uint32, seg int, words *postings.Segment, f field, term string) error {
	list, err := words.Field(int(f)).List([]byte(term))
	if err != nil {
		return err
	}
	ordinals, offset, deleted := r.ordinals[seg], r.offsets[seg], r.snapshot.Segments()[seg].Deleted()
	for {
		local, freq, ok := list.Next()
		if !ok {
			return list.Err()
		}
		if int(local) >= len(ordinals) {
			return fmt.Errorf("passage out of range: %w", ErrCorrupt)
		}
		n := offset + local
		if !r.permit.Has(ordinals[local]) || deleted != nil && deleted.Contains(local) {
			continue
		}
		r.touch(n, ordinals[local])
		if r.mem.counted[n] != word+1 {
			r.mem.counted[n] = word + 1
			r.words[word].df++
		}
		r.mem.postings = append(r.mem.postings, posting{
			number: n, freq: freq, length: words.Length(int(f), int(local)),
		})
	}
}

// touch notes a permitted passage and its document, once a search.
func (r *run) touch(n, ordinal uint32) {
	if r.mem.verdict[n] == permitted {
		return
	}
	r.mem.touched = append(r.mem.touched, n)
	r.mem.verdict[n], r.mem.docs[n] = permitted, r.ledger.passages.peek(ordinal).doc
}
