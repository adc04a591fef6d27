package vectors

import (
	"cmp"
	"fmt"
	"slices"
)

// Set holds the vectors of one embedder in memory, by passage ordinal. It has
// no lock of its own: searches may run side by side, changes not.
type Set struct {
	dim, stride int
	slots       map[uint32]uint32 // by ordinal
	chunks      []*chunk
	n           uint32
}

// chunkSize is how many vectors lie one after the other in memory. Chunks let
// a set grow without copying what is there.
const chunkSize = 1024

type chunk struct {
	ordinals [chunkSize]uint32
	scales   [chunkSize]float32
	hi, lo   []int8
}

// NewSet returns an empty set for vectors of dim components.
func NewSet(dim int) *Set {
	return &Set{dim: dim, stride: stride(dim), slots: make(map[uint32]uint32)}
}

// Len is the number of vectors.
func (s *Set) Len() int { return int(s.n) }

// Dim is the number of components of each.
func (s *Set) Dim() int { return s.dim }

// Has tells whether a passage has a vector.
func (s *Set) Has(ordinal uint32) bool {
	_, ok := s.slots[ordinal]
	return ok
}

// Put gives a passage a vector. Errors: ErrVector, if it has another length.
func (s *Set) Put(ordinal uint32, q Quantized) error {
	if q.dim != s.dim {
		return fmt.Errorf("%d components instead of %d: %w", q.dim, s.dim, ErrVector)
	}
	slot, ok := s.slots[ordinal]
	if !ok {
		slot = s.n
		s.n++
		if int(slot/chunkSize) == len(s.chunks) {
			s.chunks = append(s.chunks, &chunk{hi: make([]int8, chunkSize*s.stride), lo: make([]int8, chunkSize*s.stride)})
		}
		s.slots[ordinal] = slot
	}
	s.write(slot, ordinal, q)
	return nil
}

func (s *Set) write(slot, ordinal uint32, q Quantized) {
	c, i := s.chunks[slot/chunkSize], int(slot%chunkSize)
	c.ordinals[i], c.scales[i] = ordinal, q.scale
	copy(c.hi[i*s.stride:][:s.stride], q.hi)
	copy(c.lo[i*s.stride:][:s.stride], q.lo)
}

// Remove forgets a passage's vector. The last one takes its place.
func (s *Set) Remove(ordinal uint32) {
	slot, ok := s.slots[ordinal]
	if !ok {
		return
	}
	delete(s.slots, ordinal)
	s.n--
	if slot != s.n {
		last := s.at(s.n)
		moved := s.chunks[s.n/chunkSize].ordinals[s.n%chunkSize]
		s.write(slot, moved, last)
		s.slots[moved] = slot
	}
	if spare := int(s.n/chunkSize) + 2; len(s.chunks) > spare {
		clear(s.chunks[spare:])
		s.chunks = s.chunks[:spare]
	}
}

// at is the vector in a slot, in the set's own memory.
func (s *Set) at(slot uint32) Quantized {
	c, from := s.chunks[slot/chunkSize], int(slot%chunkSize)*s.stride
	return Quantized{dim: s.dim, scale: c.scales[slot%chunkSize], hi: c.hi[from : from+s.stride], lo: c.lo[from : from+s.stride]}
}

// Cosine is the cosine between a passage's vector and q, and whether the
// passage has one.
func (s *Set) Cosine(ordinal uint32, q Quantized) (float64, bool) {
	slot, ok := s.slots[ordinal]
	if !ok || q.dim != s.dim {
		return 0, false
	}
	return s.at(slot).Cosine(q), true
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

// oversample is how many times as many candidates the int8 scan hands on to
// the exact ranking, and sampleLeast the fewest. Measured at 50,000 × 384
// (TestRecall): all of the true ten nearest; 0.99 with the scan alone (20,000).
const (
	oversample  = 2
	sampleLeast = 40
)

// Nearest returns the k passages nearest to q among those that permit admits,
// nearest first, and the mean of the cosines with all of those, which tells how
// near is near for this question and embedder. permit is asked before a passage
// is scored, for each passage that has a vector, in no particular order; what
// it denies leaves no trace in the result. It compares with every permitted
// vector: places are exact up to 2⁻¹⁶, the mean up to 2⁻⁸.
func (s *Set) Nearest(q Quantized, k int, permit func(ordinal uint32) bool) (found []Near, mean float64) {
	if k <= 0 || q.dim != s.dim {
		return nil, 0
	}
	best := nearHeap{limit: max(k*oversample, sampleLeast)}
	var dots [chunkSize]int32
	for from := uint32(0); from < s.n; from += chunkSize {
		s.scan(s.chunks[from/chunkSize], int(min(s.n-from, chunkSize)), q, permit, &dots, &best)
	}
	for i := range best.kept {
		n := &best.kept[i]
		n.Cosine, _ = s.Cosine(n.Ordinal, q)
	}
	slices.SortFunc(best.kept, Near.before)
	if best.offered > 0 {
		mean = float64(best.sum) / sumUnit / float64(best.offered) * float64(q.scale) * 0x1p16
	}
	return best.kept[:min(k, len(best.kept))], mean
}

// sumUnit makes integers of what is summed up: their sum is the same in
// whatever order vectors lie.
const sumUnit = 1 << 24

// scan offers the permitted ones of a chunk's first n passages, scoring runs of
// neighbours at once.
func (s *Set) scan(c *chunk, n int, q Quantized, permit func(uint32) bool, dots *[chunkSize]int32, best *nearHeap) {
	for i := 0; i < n; i++ {
		if !permit(c.ordinals[i]) {
			continue
		}
		end := i + 1
		for end < n && permit(c.ordinals[end]) {
			end++
		}
		dotRows(q.hi, c.hi[i*s.stride:end*s.stride], dots[i:end])
		for j := i; j < end; j++ {
			best.offer(Near{Ordinal: c.ordinals[j], Cosine: float64(dots[j]) * float64(c.scales[j])})
		}
		i = end // the one at end was denied
	}
}

// nearHeap keeps the nearest of what it is offered, the farthest at the root.
type nearHeap struct {
	limit   int
	kept    []Near
	offered int
	sum     int64 // of what was offered, in sumUnit
}

func (h *nearHeap) offer(n Near) {
	h.offered++
	h.sum += int64(n.Cosine * sumUnit)
	if len(h.kept) < h.limit {
		h.kept = append(h.kept, n)
		for i := len(h.kept) - 1; i > 0; {
			parent := (i - 1) / 2
			if h.kept[i].before(h.kept[parent]) <= 0 {
				return
			}
			h.kept[i], h.kept[parent] = h.kept[parent], h.kept[i]
			i = parent
		}
		return
	}
	if n.Cosine < h.kept[0].Cosine || n.before(h.kept[0]) >= 0 {
		return
	}
	h.kept[0] = n
	for i := 0; ; {
		far := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.kept); child++ {
			if h.kept[child].before(h.kept[far]) > 0 {
				far = child
			}
		}
		if far == i {
			return
		}
		h.kept[i], h.kept[far] = h.kept[far], h.kept[i]
		i = far
	}
}
