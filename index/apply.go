package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"

	api "github.com/blevesearch/bleve_index_api"

	"coffre/index/postings"
)

// Apply brings documents to the given state and is durable when it returns. seq
// becomes Applied in the same batch that ends the work; 0 leaves Applied where
// it is. Up to batchPassages go to disk at once, so a call may take several
// batches, which are analyzed side by side and while those before are written:
// best are calls of several thousand passages.
//
// It may be repeated with the same arguments, and after a failure it must be
// (or the index opened again), because some of it may have been kept. Of a
// document given twice the last state counts. A document that is replaced can
// be found all the while, at first by its earlier passages.
//
// A document's class is taken from the call only if it is not 0 and none was
// told before: what Load and SetClass say is newer than any change that is
// still to be applied.
//
// Errors: ErrOrder, ErrCorrupt, ErrClosed, ctx's (between batches), or what
// the file system says.
func (ix *Index) Apply(ctx context.Context, seq uint64, docs []Doc) error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	if err := ix.writable(seq); err != nil {
		return fmt.Errorf("apply change %d: %w", seq, err)
	}
	docs, err := lastStates(docs)
	if err != nil {
		return fmt.Errorf("apply change %d: %w", seq, err)
	}
	all, stop := slices.Collect(steps(docs)), make(chan struct{})
	defer close(stop)
	found := analyzeAhead(all, stop)
	for _, s := range all {
		if err := ix.applyStep(ctx, seq, s, <-found); err != nil {
			return fmt.Errorf("apply change %d: %w", seq, err)
		}
	}
	return nil
}

func (ix *Index) writable(seq uint64) error {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	switch {
	case ix.closed:
		return ErrClosed
	case ix.readOnly:
		return errors.New("index is open for reading only")
	case seq != 0 && seq < ix.state.applied:
		return ErrOrder
	}
	return nil
}

// lastStates leaves of each document the last state given, with all that is to
// be dropped.
func lastStates(docs []Doc) ([]Doc, error) {
	states, at := make([]Doc, 0, len(docs)), make(map[uint32]int, len(docs))
	for _, d := range docs {
		if d.Ordinal == 0 || slices.ContainsFunc(d.Passages, func(p Passage) bool { return p.Ordinal == 0 }) {
			return nil, errors.New("a document or passage has no ordinal")
		}
		i, known := at[d.Ordinal]
		if !known {
			at[d.Ordinal] = len(states)
			states = append(states, d)
			continue
		}
		d.Drop = slices.Concat(states[i].Drop, d.Drop)
		states[i] = d
	}
	return states, nil
}

// What bounds a batch. More of a call than leastBatch is cut for all processors.
const (
	leastBatch    = 1000
	batchPassages = 4000
	batchBytes    = 16 << 20 // of texts
)

// batchOf is how many passages of a call are a batch.
func batchOf(docs []Doc) int {
	all := 0
	for _, d := range docs {
		all += len(d.Passages)
	}
	procs := runtime.GOMAXPROCS(0)
	return min(max(leastBatch, (all+procs-1)/procs), batchPassages)
}

// step is what one batch does: it indexes passages, and of the documents whose
// last passages these are it removes the earlier ones.
type step struct {
	passages []ownedPassage
	ends     []Doc
	last     bool
}

type ownedPassage struct {
	Passage
	doc, class uint32
}

// steps cuts documents into batches. There is always one, the last, which
// records the change.
func steps(docs []Doc) iter.Seq[step] {
	return func(yield func(step) bool) {
		var s step
		most, size := batchOf(docs), 0
		for _, d := range docs {
			for _, p := range d.Passages {
				if len(s.passages) == most || size > batchBytes {
					if !yield(s) {
						return
					}
					s, size = step{}, 0
				}
				size += len(p.Title) + len(p.Text)
				s.passages = append(s.passages, ownedPassage{Passage: p, doc: d.Ordinal, class: d.Class})
			}
			s.ends = append(s.ends, d)
		}
		s.last = true
		yield(s)
	}
}

func (ix *Index) applyStep(ctx context.Context, seq uint64, s step, found segmentOf) error {
	if err := cmp.Or(ctx.Err(), found.err); err != nil {
		return err
	}
	removed := ix.leaving(s.ends)
	batch, next := ix.plan(found, removed)
	if s.last {
		next.applied = max(seq, next.applied)
	}
	claimed := ix.claim(s.passages)
	if err := ix.commit(batch, next); err != nil {
		ix.unclaim(claimed)
		return err
	}
	ix.settle(s, found, removed)
	return ix.remember(seq, s.passages, removed)
}

// leaving lists the earlier passages of documents that aren't theirs any more.
func (ix *Index) leaving(docs []Doc) map[uint32]bool {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	removed := make(map[uint32]bool)
	for _, d := range docs {
		for o := range ix.ledger.earlier(d) {
			removed[o] = true
		}
	}
	for _, d := range docs {
		for _, p := range d.Passages {
			delete(removed, p.Ordinal)
		}
	}
	return removed
}

// plan builds the batch and the state after it.
func (ix *Index) plan(found segmentOf, removed map[uint32]bool) (*api.Batch, state) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	batch, next := api.NewBatch(), ix.state
	forget := func(ordinal uint32) {
		if p := ix.ledger.passages.get(ordinal); p.indexed {
			next.subtract(ordinal, p.lengths)
		}
	}
	for o := range removed {
		forget(o)
		batch.Delete(postings.ID(o))
	}
	carrier := ""
	found.each(func(o uint32, l lengths) {
		forget(o)
		next.add(o, l)
		carrier = postings.ID(o)
		batch.Delete(carrier) // an earlier state of it
	})
	if found.segment != nil {
		batch.Update(&postings.Carrier{Name: carrier, Segment: found.segment})
	}
	return batch, next
}

// claim gives new passages to their documents before the batch shows them, and
// returns those that had no document.
func (ix *Index) claim(passages []ownedPassage) (claimed []uint32) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for _, p := range passages {
		if p.class != 0 && !ix.ledger.docs.get(p.doc).told {
			ix.ledger.setClass(p.doc, p.class)
		}
		if ix.ledger.passages.get(p.Ordinal).doc == 0 {
			claimed = append(claimed, p.Ordinal)
		}
		ix.ledger.own(p.Ordinal, p.doc)
	}
	return claimed
}

func (ix *Index) unclaim(passages []uint32) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for _, o := range passages {
		ix.ledger.disown(ix.ledger.passages.at(o))
	}
}

// settle brings the ledger to what the batch has made durable.
func (ix *Index) settle(s step, found segmentOf, removed map[uint32]bool) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for o := range removed {
		ix.ledger.release(o)
	}
	found.each(ix.ledger.index)
	for _, p := range s.passages {
		d := ix.ledger.docs.at(p.doc)
		d.spans = appendSpan(d.spans, Span{First: p.Ordinal, N: 1})
	}
	for _, d := range s.ends {
		var spans []Span
		for _, p := range d.Passages {
			spans = appendSpan(spans, Span{First: p.Ordinal, N: 1})
		}
		ix.ledger.docs.at(d.Ordinal).spans = spans
	}
}

// commit runs a batch with its state. Scorch returns when both are on disk.
func (ix *Index) commit(batch *api.Batch, next state) error {
	if err := ix.broken.err(); err != nil {
		return err
	}
	batch.SetInternal(stateKey, next.encode())
	done := make(chan error, 1)
	go func() {
		done <- guard(func() error { return ix.words.Batch(batch) })
	}()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("write batch: %w", err)
		}
	case <-ix.broken.gone:
		return ix.broken.err()
	}
	ix.state = next
	ix.applied.Store(next.applied)
	return nil
}
