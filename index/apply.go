package index

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2/document"
	api "github.com/blevesearch/bleve_index_api"
)

// Apply brings documents to the given state, in one batch that is durable when
// it returns. seq is recorded in the same batch as Applied; 0 leaves Applied
// where it is, for all but the last batch of a change that was cut up. It may
// be repeated with the same arguments, and after a failure it must be (or the
// index opened again), because the batch may have been kept. Of a document
// given twice the last state counts.
//
// A batch is best at 500 to 1,000 passages: memory grows with it, and smaller
// ones leave many files. The caller cuts; a document's passages may not be
// spread over batches, because each call states all of them.
//
// A document's class is taken from the call only if it is not 0 and none was
// told before: what Load and SetClass say is newer than any change that is
// still to be applied.
//
// Errors: ErrOrder, ErrCorrupt, ErrClosed, ctx's before the batch has begun,
// or what the file system says.
func (ix *Index) Apply(ctx context.Context, seq uint64, docs []Doc) error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	if err := ix.writable(ctx, seq); err != nil {
		return fmt.Errorf("apply change %d: %w", seq, err)
	}
	docs, err := lastStates(docs)
	if err != nil {
		return fmt.Errorf("apply change %d: %w", seq, err)
	}
	changes, err := analyze(ctx, docs)
	if err != nil {
		return fmt.Errorf("apply change %d: %w", seq, err)
	}
	batch, next := ix.plan(seq, docs, changes)
	claimed := ix.claim(docs, changes)
	if err := ix.commit(batch, next); err != nil {
		ix.unclaim(claimed)
		return fmt.Errorf("apply change %d: %w", seq, err)
	}
	ix.settle(docs, changes)
	return nil
}

func (ix *Index) writable(ctx context.Context, seq uint64) error {
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
	return ctx.Err()
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

// change is an analyzed document: what is to be indexed, by ordinal.
type change struct {
	passages map[uint32]*document.Document
	lengths  map[uint32]lengths
}

// analyze turns documents into terms, on all processors.
func analyze(ctx context.Context, docs []Doc) ([]change, error) {
	changes := make([]change, len(docs))
	work := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(docs)) {
		wg.Go(func() {
			analyzers := map[string]*analyzer{"fr": newAnalyzer("fr"), "en": newAnalyzer("en")}
			for i := range work {
				changes[i] = analyzeDoc(docs[i], analyzers)
			}
		})
	}
	for i := range docs {
		if ctx.Err() != nil {
			break
		}
		work <- i
	}
	close(work)
	wg.Wait()
	return changes, ctx.Err()
}

func analyzeDoc(d Doc, analyzers map[string]*analyzer) change {
	c := change{
		passages: make(map[uint32]*document.Document, len(d.Passages)),
		lengths:  make(map[uint32]lengths, len(d.Passages)),
	}
	for _, p := range d.Passages {
		c.passages[p.Ordinal], c.lengths[p.Ordinal] = passageDocument(p, analyzers)
	}
	return c
}

// plan builds the batch and the state after it.
func (ix *Index) plan(seq uint64, docs []Doc, changes []change) (*api.Batch, state) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	batch, after := api.NewBatch(), make(map[uint32]*lengths)
	for i, d := range docs {
		for o := range ix.ledger.earlier(d) {
			batch.Delete(passageID(o))
			after[o] = nil
		}
		for o, p := range changes[i].passages {
			batch.Update(p)
			l := changes[i].lengths[o]
			after[o] = &l
		}
	}
	next := ix.state
	next.applied = max(seq, next.applied)
	for o, l := range after {
		if p := ix.ledger.passages.get(o); p.indexed {
			next.subtract(o, p.lengths)
		}
		if l != nil {
			next.add(o, *l)
		}
	}
	return batch, next
}

// claim gives new passages to their documents before the batch shows them, and
// returns those that had no document.
func (ix *Index) claim(docs []Doc, changes []change) (claimed []uint32) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for i, d := range docs {
		if d.Class != 0 && !ix.ledger.docs.get(d.Ordinal).told {
			ix.ledger.setClass(d.Ordinal, d.Class)
		}
		for o := range changes[i].passages {
			if ix.ledger.passages.get(o).doc == 0 {
				claimed = append(claimed, o)
			}
			ix.ledger.own(o, d.Ordinal)
		}
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
func (ix *Index) settle(docs []Doc, changes []change) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for i, d := range docs {
		for o := range ix.ledger.earlier(d) {
			if _, stays := changes[i].passages[o]; !stays {
				ix.ledger.release(o)
			}
		}
		spans := make([]Span, 0, 1)
		for _, p := range d.Passages {
			ix.ledger.index(p.Ordinal, changes[i].lengths[p.Ordinal])
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
