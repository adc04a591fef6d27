package index

import (
	"fmt"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"coffre/index/postings"
)

// withSnapshot runs fn on the newest snapshot and releases it.
func (ix *Index) withSnapshot(fn func(*scorch.IndexSnapshot) error) error {
	reader, err := ix.words.Reader()
	if err != nil {
		return fmt.Errorf("open snapshot: %w", err)
	}
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok || snapshot == nil {
		return ErrClosed
	}
	defer snapshot.Close()
	return fn(snapshot)
}

// restore reads the state and the lengths of all passages after opening, and
// compares them: a snapshot that lost a segment or a deletion shows here.
func (ix *Index) restore() error {
	return ix.withSnapshot(func(s *scorch.IndexSnapshot) error {
		want, err := decodeState(s.Internal()[string(stateKey)])
		if err != nil {
			return err
		}
		if err := ix.readPassages(s); err != nil {
			return err
		}
		got := state{applied: want.applied}
		for ordinal, p := range ix.ledger.passages.all() {
			if p.indexed {
				got.add(ordinal, p.lengths)
			}
		}
		if got != want {
			return fmt.Errorf("passages (%d) are not those written (%d): %w", got.passages, want.passages, ErrCorrupt)
		}
		ix.state = want
		ix.applied.Store(want.applied)
		return nil
	})
}

// readPassages enters the live passages of a snapshot and their lengths into
// the ledger.
func (ix *Index) readPassages(s *scorch.IndexSnapshot) error {
	all, _, err := ix.segments.of(s)
	if err != nil {
		return err
	}
	for i, seg := range s.Segments() {
		words := postings.Of(seg.Segment())
		for it := seg.DocNumbersLive().Iterator(); it.HasNext(); {
			n := it.Next()
			if int(n) >= len(all[i]) {
				return fmt.Errorf("passage out of range: %w", ErrCorrupt)
			}
			p := ix.ledger.passages.at(all[i][n])
			if p.indexed {
				return fmt.Errorf("a passage is there twice: %w", ErrCorrupt)
			}
			p.indexed = true
			for f := range fieldCount {
				p.lengths[f] = words.Length(int(f), int(n))
			}
		}
	}
	return nil
}
