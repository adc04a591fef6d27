package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"coffre/index/vectors"
)

// SetEmbedder chooses what embeds passages and questions from now on, nil for
// nothing. It returns when vectors that are there already are in memory; what
// has none is embedded in the background, in the order of ordinals, while it
// can be found by its words.
//
// Another embedder than before is changed to without a gap: the one that
// answered goes on answering, and its vectors follow new documents, until the
// new one has a vector for every passage that it can embed; then it takes over
// and the vectors of all others are removed. After a restart half-way, the one
// that answered is needed once more, to embed questions: it is looked for in
// others by its id (Stats.Embedder before SetEmbedder). Where it can't be had
// the new one answers at once, with the passages that it has.
//
// Passages are embedded only with Options.Texts, and those alone whose language
// the embedder knows (Linguist). Errors: those of the file, vectors.ErrDim.
func (ix *Index) SetEmbedder(want Embedder, others ...Embedder) error {
	m := &ix.meaning
	m.using.Lock()
	defer m.using.Unlock()
	m.halt()
	if err := ix.choose(want, others); err != nil {
		return fmt.Errorf("set embedder: %w", err)
	}
	if want != nil && ix.texts != nil && !ix.readOnly {
		ctx, cancel := context.WithCancel(context.Background())
		m.stop, m.ended = cancel, make(chan struct{})
		go ix.embedAll(ctx, m.ended)
		m.wake()
	}
	return nil
}

// halt ends the worker. The caller holds using.
func (m *meaning) halt() {
	if m.stop != nil {
		m.stop()
		<-m.ended
		m.stop = nil
	}
}

func (ix *Index) choose(want Embedder, others []Embedder) error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	m := &ix.meaning
	if ix.isClosed() {
		return ErrClosed
	}
	defer func() { m.texts = nil }()
	if want == nil || m.file == nil {
		ix.install(nil, nil)
		return nil
	}
	state, err := m.file.State()
	if err != nil {
		return vectorsError(err)
	}
	if m.serving != nil {
		others = append(others, m.serving.embedder)
	}
	next, err := ix.openLeg(want, true)
	if err != nil {
		return err
	}
	var serving *leg
	for _, e := range others {
		if serving == nil && e != nil && e.ID() == state.Serving && e.ID() != want.ID() {
			if serving, err = ix.openLeg(e, false); err != nil {
				m.discard(next)
				return err
			}
		}
	}
	if serving == nil || serving.set.Len() == 0 || len(next.waiting) == 0 && len(m.unread) == 0 {
		err := ix.takeOver(next)
		m.discard(serving)
		return err
	}
	ix.install(serving, next)
	return nil
}

// openLeg loads an embedder's vectors. All passages that it lacks wait for it if
// they are to be made up for; else only what Apply brings.
func (ix *Index) openLeg(e Embedder, complete bool) (*leg, error) {
	m := &ix.meaning
	if !ix.readOnly {
		if err := m.file.Prepare(e.ID(), e.Dim()); err != nil {
			return nil, vectorsError(err)
		}
	}
	l := &leg{embedder: e, id: e.ID(), waiting: map[uint32]bool{}, failed: map[uint32]bool{}}
	texts, err := m.readTexts()
	if err != nil {
		return nil, vectorsError(err)
	}
	for _, old := range m.legs() {
		if old.id == l.id && old.set.Dim() == e.Dim() {
			l.set = old.set // which is up to date, and has its graph
		}
	}
	if l.set == nil {
		if l.set, err = m.file.OpenSet(l.id, e.Dim(), texts); err != nil {
			return nil, vectorsError(err)
		}
	}
	for o, t := range texts {
		if complete && !l.set.Has(o) && knows(e, t.Lang) {
			l.wait(o)
		}
	}
	return l, nil
}

// install makes legs the ones there are, and closes the vectors of those before.
// The caller holds writing.
func (ix *Index) install(serving, next *leg) {
	m := &ix.meaning
	before := m.legs()
	ix.mu.Lock()
	m.serving, m.next = serving, next
	m.failure = nil
	m.gate.Store(0)
	clear(m.inflight)
	m.wake()
	ix.mu.Unlock()
	for _, l := range before {
		if !m.uses(l.set) {
			l.set.Close()
		}
	}
}

// uses tells whether a leg has a set. The caller holds writing.
func (m *meaning) uses(s *vectors.Set) bool {
	return slices.ContainsFunc(m.legs(), func(l *leg) bool { return l.set == s })
}

// discard ends what a leg that isn't installed does in the background.
func (m *meaning) discard(l *leg) {
	if l != nil && !m.uses(l.set) {
		l.set.Discard()
	}
}

// takeOver makes a leg the one that answers and removes all other vectors.
// The caller holds writing.
func (ix *Index) takeOver(l *leg) error {
	m := &ix.meaning
	if ix.readOnly {
		ix.install(l, nil)
		return nil
	}
	if err := m.file.Serve(l.id); err != nil {
		return vectorsError(err)
	}
	for _, old := range m.legs() {
		if old.id != l.id {
			old.set.Discard() // searches that have it go on
		}
	}
	ix.install(l, nil)
	ids, err := m.file.Embedders()
	if err != nil {
		return vectorsError(err)
	}
	for _, id := range ids {
		if id != l.id {
			if err := m.file.Drop(id); err != nil {
				return vectorsError(err)
			}
		}
	}
	return nil
}

func (ix *Index) isClosed() bool {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.closed
}

// WaitEmbedded returns when nothing is left to embed, nothing was ever to be,
// or ctx ends.
func (ix *Index) WaitEmbedded(ctx context.Context) error {
	m := &ix.meaning
	stop := context.AfterFunc(ctx, func() {
		ix.mu.Lock()
		defer ix.mu.Unlock()
		m.moved.Broadcast()
	})
	defer stop()
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for !ix.closed && ix.texts != nil && !ix.readOnly && m.pending() > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		m.moved.Wait()
	}
	if ix.closed {
		return ErrClosed
	}
	return nil
}

// pending counts what is left to read or embed for the embedder that is to
// answer in the end. The caller holds mu.
func (m *meaning) pending() int {
	switch l := m.target(); {
	case l == nil:
		return 0
	case l == m.next && len(l.waiting)+len(m.unread) == 0:
		return 1 // it has still to take over
	default:
		return len(l.waiting) + len(m.unread)
	}
}

// target is the leg that is to answer in the end.
func (m *meaning) target() *leg {
	if m.next != nil {
		return m.next
	}
	return m.serving
}

// WriteVectors writes a copy of vectors.db for a backup, so that a restored
// index needs not be embedded again. Errors: ErrNoVectors, those of writing.
func (ix *Index) WriteVectors(w io.Writer) error {
	if ix.meaning.file == nil {
		return ErrNoVectors
	}
	_, err := ix.meaning.file.WriteTo(w)
	return err
}

// ErrNoVectors says that an index has no file of vectors.
var ErrNoVectors = errors.New("index has no vectors")
