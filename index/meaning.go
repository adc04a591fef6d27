package index

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"coffre/index/vectors"
)

// meaning is the vector leg: a file of vectors by text, one or two embedders'
// vectors in memory, and the worker that embeds what has none yet.
type meaning struct {
	file    *vectors.File           // nil where a read-only index has none
	leaving []uint32                // passages that the file must still forget; owned by Index.writing
	texts   map[uint32]vectors.Text // of the file, from opening to the first change or embedder; owned by Index.writing
	sweepAt uint64                  // when the words leg is here, vectors without a passage go; 0 for never

	// guarded by Index.mu
	serving  *leg            // answers; nil without an embedder
	next     *leg            // is made meanwhile, to take over
	unread   map[uint32]bool // indexed passages whose text the file doesn't know
	inflight map[uint32]bool // being embedded now; Apply takes out what it changes
	failure  error           // why the backlog does not shrink, nil if it does

	using  sync.Mutex         // held by SetEmbedder and Close
	stop   context.CancelFunc // of the worker, owned by using
	ended  chan struct{}      // likewise
	signal chan struct{}
	moved  sync.Cond // on Index.mu's writer side: the backlog has changed
	busy   activity
	pace   pace
	gate   atomic.Int64 // Unix nanoseconds until which no question is embedded
}

// leg is one embedder's vectors.
type leg struct {
	embedder Embedder
	id       string
	set      *vectors.Set
	waiting  map[uint32]bool // passages to embed
	queue    []uint32        // the same, and some that are settled
	unsorted bool            // the queue is in no order
	failed   map[uint32]bool // passages that the embedder can't embed
}

// Linguist is an embedder that knows some languages only. One that is no
// Linguist is taken to know all.
type Linguist interface {
	Embedder
	// Languages lists tags as Passage.Lang has them; nil for all.
	Languages() []string
}

// LanguagesOf lists the languages that an embedder knows, nil for all.
func LanguagesOf(e Embedder) []string {
	if l, ok := e.(Linguist); ok {
		return l.Languages()
	}
	return nil
}

// knows tells whether an embedder is of use for a language; "" (unknown) is
// given the benefit of the doubt.
func knows(e Embedder, lang string) bool {
	all := LanguagesOf(e)
	return all == nil || lang == "" || slices.Contains(all, lang)
}

// embedded is a passage's text as it is embedded.
func embedded(p Passage) string {
	if p.Title == "" {
		return p.Text
	}
	return p.Title + "\n" + p.Text
}

func textOf(p Passage) vectors.Text {
	return vectors.Text{Key: sha256.Sum256([]byte(embedded(p))), Lang: p.Lang}
}

const vectorsName = "vectors.db"

// openMeaning opens the file of vectors and compares it with the passages of
// the words leg: what it doesn't know is to be read, what is gone is removed. A
// file that was there before the words (a backup's) keeps its vectors until the
// words are where it was.
func (ix *Index) openMeaning(fresh bool) error {
	m := &ix.meaning
	m.pace = usualPace
	m.signal = make(chan struct{}, 1)
	m.moved.L = &ix.mu
	m.unread, m.inflight = map[uint32]bool{}, map[uint32]bool{}
	file, err := vectors.Open(filepath.Join(ix.dir, vectorsName), ix.readOnly)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return vectorsError(err)
	}
	m.file = file
	texts, err := file.Verify()
	if err != nil {
		return vectorsError(err)
	}
	if fresh && !ix.readOnly {
		if err := file.Detach(); err != nil {
			return vectorsError(err)
		}
		clear(texts)
	}
	state, err := file.State()
	if err != nil {
		return vectorsError(err)
	}
	if state.Sweep {
		m.sweepAt = max(1, state.Applied)
	}
	return ix.compareTexts(texts)
}

// compareTexts finds the differences between both legs.
func (ix *Index) compareTexts(texts map[uint32]vectors.Text) error {
	m := &ix.meaning
	var gone []uint32
	for ordinal := range texts {
		if !ix.ledger.passages.get(ordinal).indexed {
			gone = append(gone, ordinal)
		}
	}
	for ordinal, p := range ix.ledger.passages.all() {
		if _, known := texts[ordinal]; p.indexed && !known {
			m.unread[ordinal] = true
		}
	}
	m.texts = texts
	if len(gone) == 0 || ix.readOnly {
		return nil
	}
	return vectorsError(m.apply(vectors.Change{Removed: gone}))
}

// vectorsError gives an error of the vectors the name that this package has
// for it.
func vectorsError(err error) error {
	switch {
	case errors.Is(err, vectors.ErrCorrupt):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	case errors.Is(err, vectors.ErrInUse):
		return ErrInUse
	}
	return err
}

// apply changes what the file says of texts.
func (m *meaning) apply(c vectors.Change) error {
	m.texts = nil
	return m.file.Apply(c)
}

// readTexts returns what the file says of texts, which for an embedder that is
// chosen at start has just been read.
func (m *meaning) readTexts() (map[uint32]vectors.Text, error) {
	if m.texts != nil {
		return m.texts, nil
	}
	return m.file.Texts()
}

// remember records the texts of a batch that the words leg has just written,
// and queues those without a vector. After a failure the passages are read
// again by the worker. The caller holds writing.
func (ix *Index) remember(seq uint64, passages []ownedPassage, removed map[uint32]bool) error {
	m := &ix.meaning
	if m.file == nil {
		return nil
	}
	c := vectors.Change{Seq: seq, Texts: make(map[uint32]vectors.Text, len(passages))}
	for _, p := range passages {
		c.Texts[p.Ordinal] = textOf(p.Passage)
	}
	for o := range removed {
		m.leaving = append(m.leaving, o)
	}
	m.leaving = slices.DeleteFunc(m.leaving, func(o uint32) bool { _, back := c.Texts[o]; return back })
	c.Removed = m.leaving
	err := m.apply(c)
	var have map[*leg]map[uint32]vectors.Quantized
	if err == nil {
		m.leaving = nil
		have, err = m.load(c.Texts, m.legs()...)
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for o := range removed {
		m.forget(o)
	}
	if err != nil {
		for o := range c.Texts {
			m.forget(o)
			m.unread[o] = true
		}
		return vectorsError(err)
	}
	m.settle(c.Texts, have)
	return nil
}

// legs lists those there are. The caller holds writing.
func (m *meaning) legs() []*leg {
	return slices.DeleteFunc([]*leg{m.serving, m.next}, func(l *leg) bool { return l == nil })
}

// load reads the vectors that legs have for texts.
func (m *meaning) load(texts map[uint32]vectors.Text, legs ...*leg) (map[*leg]map[uint32]vectors.Quantized, error) {
	have := make(map[*leg]map[uint32]vectors.Quantized, len(legs))
	for _, l := range legs {
		found := make(map[uint32]vectors.Quantized)
		err := m.file.Load(l.id, texts, func(o uint32, q vectors.Quantized) error {
			found[o] = q
			return nil
		})
		if err != nil {
			return nil, vectorsError(err)
		}
		have[l] = found
	}
	return have, nil
}

// settle brings legs to what texts passages have now. The caller holds mu.
func (m *meaning) settle(texts map[uint32]vectors.Text, have map[*leg]map[uint32]vectors.Quantized) {
	for o, t := range texts {
		delete(m.unread, o)
		delete(m.inflight, o)
		for l, found := range have {
			q, ok := found[o]
			if !ok {
				l.set.Remove(o)
			}
			delete(l.waiting, o)
			delete(l.failed, o)
			if ok {
				_ = l.set.Put(o, q) // the file holds vectors of one length
			} else if knows(l.embedder, t.Lang) {
				l.wait(o)
			}
		}
	}
	m.wake()
}

// forget takes a passage out of everything. The caller holds mu.
func (m *meaning) forget(ordinal uint32) {
	delete(m.unread, ordinal)
	delete(m.inflight, ordinal)
	for _, l := range m.legs() {
		l.forget(ordinal)
	}
}

func (l *leg) forget(ordinal uint32) {
	l.set.Remove(ordinal)
	delete(l.waiting, ordinal)
	delete(l.failed, ordinal)
}

func (l *leg) wait(ordinal uint32) {
	l.waiting[ordinal] = true
	l.unsorted = l.unsorted || len(l.queue) > 0 && ordinal < l.queue[len(l.queue)-1]
	l.queue = append(l.queue, ordinal)
}

// wake tells the worker that there is something to do, and those who wait that
// something has changed.
func (m *meaning) wake() {
	m.moved.Broadcast()
	select {
	case m.signal <- struct{}{}:
	default:
	}
}

// activity is when searches were last about.
type activity struct {
	mu     sync.Mutex
	now    int
	latest time.Time
}

func (a *activity) begin() {
	a.mu.Lock()
	a.now++
	a.mu.Unlock()
}

func (a *activity) end() {
	a.mu.Lock()
	a.now--
	a.latest = time.Now()
	a.mu.Unlock()
}

// quiet tells whether no search is running or has just ended.
func (a *activity) quiet(pause time.Duration) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now == 0 && time.Since(a.latest) >= pause
}
