package vectors

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Set holds the vectors of one embedder in memory, by passage ordinal. Its
// methods may be called side by side.
//
// A small set is searched by comparing with everything. From graphFrom vectors
// on a graph is linked in the background; until it is whole, and after that for
// the few vectors that came last, searches compare as before.
//
// The graph is our own. github.com/coder/hnsw v0.6.1 finds 9 to 38% of the true
// neighbours (5,000 × 64), whatever its search width, because it stops too
// early, keeps k instead of ef results and chooses links by nearness alone;
// after deletes it panics in most searches, and it can't be read beside a
// writer. testdata/peers measures it beside ours.
type Set struct {
	dim   int
	knobs knobs
	cur   atomic.Pointer[body]
	stop  atomic.Bool // work in the background is to end

	mu      sync.RWMutex // guards what follows, and changes of cur and its slots
	version uint64       // of what is there
	busy    bool         // maintain is running
	closed  bool
	idle    sync.Cond // on mu
	keep    keeping

	views viewCache
}

// knobs are where a set changes its ways. Tests turn them.
type knobs struct {
	graphFrom   int // vectors, from which on there is a graph
	exactWithin int // permitted vectors, up to which all are compared and the mean is exact
	tailMost    int // vectors that aren't linked yet, up to which the graph is used
	deadLeast   int // slots given up, from which on a rebuild is thought of
	listMost    int // permitted vectors, up to which all are compared if a good part is denied
	width       int // of a search, at least
	widthShift  int // one more for so many slots, as an exponent of 2; 0 for a fixed width
}

var usualKnobs = knobs{
	graphFrom: 20_000, exactWithin: 5000, tailMost: 5000, deadLeast: 2000, listMost: 1 << 17, width: 64, widthShift: 14,
}

// NewSet returns an empty set for vectors of dim components.
func NewSet(dim int) *Set {
	s := &Set{dim: dim, knobs: usualKnobs}
	s.idle.L = &s.mu
	s.cur.Store(newBody(dim))
	return s
}

// SetWidth sets how many candidates a search over the graph keeps at least
// (hnswlib's ef), instead of 64 and one more for every 16,384 vectors; more find
// more, and take longer. It must precede all searches.
func (s *Set) SetWidth(n int) { s.knobs.width, s.knobs.widthShift = max(1, n), 0 }

// searchWidth is how many candidates a search over so many slots keeps.
func (k *knobs) searchWidth(slots uint32) int {
	if k.widthShift == 0 {
		return k.width
	}
	return k.width + int(slots>>k.widthShift)
}

// Len is the number of vectors.
func (s *Set) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.cur.Load().live
}

// Dim is the number of components of each.
func (s *Set) Dim() int { return s.dim }

// Has tells whether a passage has a vector.
func (s *Set) Has(ordinal uint32) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.cur.Load().slots.get(ordinal)
	return ok
}

// Put gives a passage, whose ordinal isn't 0, a vector. Errors: ErrVector, if
// it has another length.
func (s *Set) Put(ordinal uint32, q Quantized) error {
	if q.dim != s.dim {
		return fmt.Errorf("%d components instead of %d: %w", q.dim, s.dim, ErrVector)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.cur.Load()
	if slot, ok := b.slots.get(ordinal); ok {
		if b.at(b.chunks(), slot).same(q) {
			return nil
		}
		b.remove(ordinal)
	}
	b.add(ordinal, q)
	s.changed()
	return nil
}

func (q Quantized) same(o Quantized) bool {
	return q.tag == o.tag && q.equals(o)
}

func (q Quantized) equals(o Quantized) bool {
	return q.scale == o.scale && slices.Equal(q.hi, o.hi) && slices.Equal(q.lo, o.lo)
}

// Remove forgets a passage's vector. Its slot stays behind as a way through the
// graph, until enough of them make a rebuild worth it.
func (s *Set) Remove(ordinal uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur.Load().remove(ordinal) {
		s.changed()
	}
}

// changed notes a change. The caller holds mu.
func (s *Set) changed() {
	s.version++
	s.keep.changes++
	s.wake()
}

// wake begins work in the background if any is due. The caller holds mu.
func (s *Set) wake() {
	if !s.busy && !s.closed && s.due() != nothing {
		s.busy = true
		go s.maintain()
	}
}

// Cosine is the cosine between a passage's vector and q, and whether the
// passage has one.
func (s *Set) Cosine(ordinal uint32, q Quantized) (float64, bool) {
	if q.dim != s.dim {
		return 0, false
	}
	s.mu.RLock()
	b := s.cur.Load()
	slot, ok := b.slots.get(ordinal)
	chunks := b.chunks()
	s.mu.RUnlock()
	if !ok {
		return 0, false
	}
	return b.at(chunks, slot).Cosine(q), true
}

// Near is a passage that a search found.
type Near struct {
	Ordinal uint32
	Cosine  float64
}

// before orders by cosine, then by ordinal, so that an order does not depend
// on where a vector lies.
func (n Near) before(o Near) int {
	if c := cmp.Compare(o.Cosine, n.Cosine); c != 0 {
		return c
	}
	return cmp.Compare(n.Ordinal, o.Ordinal)
}
