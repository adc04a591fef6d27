package vectors

import "slices"

// oversample is how many times as many candidates the int8 search hands on to
// the exact ranking, and sampleLeast the fewest. Measured at 50,000 × 384
// (TestRecall): all of the true ten nearest; 0.99 with the scan alone (20,000).
const (
	oversample  = 2
	sampleLeast = 40
)

// Nearest returns the k passages nearest to q among those that are permitted,
// nearest first, and the mean of the cosines with all of those, which tells how
// near is near for this question and embedder. Cosines and places are exact up
// to 2⁻¹⁶ wherever all permitted vectors were compared, which is so in small
// sets and for narrow permits; over the graph some of the true neighbours may
// be missing (measured: 0.1 to 0.5%).
//
// What isn't permitted is never scored into the result nor into the mean, and
// takes nobody's place; over the graph it may be a way to what is. The mean is
// exact up to 2⁻⁸ of up to 5,000 permitted vectors, else that of a sample of
// some 256, which depends on the ordinals of permitted passages alone.
func (s *Set) Nearest(q Quantized, k int, permit *Permit) (found []Near, mean float64) {
	return s.search(q, k, permit, true)
}

// Exact is Nearest without the graph: what it is measured against.
func (s *Set) Exact(q Quantized, k int, permit *Permit) (found []Near, mean float64) {
	return s.search(q, k, permit, false)
}

func (s *Set) search(q Quantized, k int, permit *Permit, graph bool) ([]Near, float64) {
	if k <= 0 || q.dim != s.dim {
		return nil, 0
	}
	v := s.view(permit)
	if v.count == 0 {
		return nil, 0
	}
	w := newWalker(v.body, v.n)
	defer w.release()
	w.begin(q)
	w.best.reset(max(k*oversample, sampleLeast))
	if v.list != nil || !graph || !s.traverse(v, w, k) {
		w.best.reset(w.best.width)
		w.compare(v)
	}
	if v.sample != nil {
		w.sum, w.summed = 0, 0
		w.compareList(v.sample, false)
	}
	mean := float64(w.sum) / sumUnit / float64(w.summed) * float64(q.scale) * 0x1p16
	return s.exactly(v.body, q, w.best.keys, k), mean
}

// exactly ranks candidates, which are keys of ordinals, by both digits.
func (s *Set) exactly(b *body, q Quantized, candidates []key, k int) []Near {
	found, slots := make([]Near, 0, len(candidates)), make([]uint32, 0, 2*sampleLeast)
	s.mu.RLock()
	for _, c := range candidates {
		if slot, ok := b.slots.get(^uint32(c)); ok {
			found, slots = append(found, Near{Ordinal: ^uint32(c)}), append(slots, slot)
		}
	}
	chunks := b.chunks()
	s.mu.RUnlock()
	for i, slot := range slots {
		found[i].Cosine = b.at(chunks, slot).Cosine(q)
	}
	slices.SortFunc(found, Near.before)
	return found[:min(k, len(found))]
}

// traverse leaves the candidates that the graph leads to in w.best, and those
// among the slots that it doesn't have yet. It returns false where comparing
// with everything is right or cheaper.
func (s *Set) traverse(v *view, w *walker, k int) bool {
	linked := min(v.body.linked.Load(), v.n)
	if linked == 0 || int(v.n-linked) > s.knobs.tailMost {
		return false
	}
	if !w.enterLowest() {
		return false
	}
	width := s.knobs.searchWidth(v.n)
	switch {
	case v.in == nil:
		w.walk(w.starts, max(width, k+k/4), 0)
	case v.whole: // but for slots given up, which lie anywhere
		w.walkAmong(w.starts, max(width, k+k/4), v.in, int(v.n))
	case !w.walkAmong(w.starts, max(widened*width, 3*k), v.in, v.count):
		return false
	}
	for _, c := range w.pool.keys {
		first := c.slot()
		for slot := first; slot != none; slot = w.twinOf(slot) {
			if slot == first || slot < linked { // those that come last are in the tail
				w.offerSlot(v, c.similarity(), slot)
			}
		}
	}
	w.compareTail(v, linked)
	return len(w.best.keys) >= min(k, v.count)
}

func (w *walker) offerSlot(v *view, similarity float32, slot uint32) {
	if v.in == nil || v.in.has(slot) {
		w.offer(similarity, ordinalOf(w.chunks, slot))
	}
}

// Where not every passage is permitted, widened times as many candidates are kept
// and at least thrice as many as are wanted: the nearest permitted ones may lie
// far from the question, in several places, between others that are nearer.
const widened = 6

// listed tells whether count permitted vectors of n are compared one by one:
// where they are few, always; where a good part is denied, up to listMost, which
// takes some milliseconds. A walk takes one, but misses what lies in other
// clusters than the question's where those are denied (6% of the nearest at
// 200,000 × 384, of which half are permitted by topic).
func (k *knobs) listed(count, n int) bool {
	return count <= k.exactWithin || count <= k.listMost && 4*count < 3*n
}
