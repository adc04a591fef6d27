package index

import (
	"context"
	"fmt"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"

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
	dicts, err := r.dictionaries()
	if err != nil {
		return err
	}
	for i := range r.words {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if err := r.gatherWord(uint32(i), dicts); err != nil {
			return err
		}
	}
	r.insist()
	return nil
}

// dictionaries are a segment's, by field.
type dictionaries [fieldCount]segment.TermDictionary

// dictionaries opens each field of each segment, once a query.
func (r *run) dictionaries() ([]dictionaries, error) {
	segments := r.snapshot.Segments()
	dicts := make([]dictionaries, len(segments))
	for s, seg := range segments {
		for f := range fieldCount {
			dict, err := seg.Segment().Dictionary(fieldNames[f])
			if err != nil {
				return nil, fmt.Errorf("open field %s: %w", fieldNames[f], err)
			}
			dicts[s][f] = dict
		}
	}
	return dicts, nil
}

func (r *run) gatherWord(i uint32, dicts []dictionaries) error {
	w := &r.words[i]
	for f := range fieldCount {
		term := w.terms[f%2]
		w.lists[f].from = len(r.mem.postings)
		if term != "" {
			for s := range dicts {
				if err := r.gatherTerm(i, s, dicts[s][f], term); err != nil {
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
func (r *run) gatherTerm(word uint32, seg int, dict segment.TermDictionary, term string) error {
	list, err := dict.PostingsList([]byte(term), r.snapshot.Segments()[seg].Deleted(), nil)
	if err != nil {
		return err
	}
	ordinals, offset := r.ordinals[seg], r.offsets[seg]
	for it := list.Iterator(true, true, false, nil); ; {
		p, err := it.Next()
		if err != nil || p == nil {
			return err
		}
		local := p.Number()
		if local >= uint64(len(ordinals)) {
			return fmt.Errorf("passage out of range: %w", ErrCorrupt)
		}
		n := offset + uint32(local)
		if !r.permit.Has(ordinals[local]) {
			continue
		}
		r.touch(n, ordinals[local])
		if r.mem.counted[n] != word+1 {
			r.mem.counted[n] = word + 1
			r.words[word].df++
		}
		r.mem.postings = append(r.mem.postings, posting{
			number: n, freq: uint32(p.Frequency()), length: lengthOf(p),
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
