package vectors

import (
	"sync"
	"sync/atomic"
)

// walker is what one walk over a graph needs to itself, so that walks go side
// by side.
type walker struct {
	body   *body
	chunks []*chunk
	n      uint32 // slots from n on don't exist for this walk
	q      []int8
	scale  float32

	seen   []uint8 // by slot: seen in the walk over a layer whose number is mark
	mark   uint8
	scored int // rows compared with q since begin

	list   rowList // of the links that are scored at once
	kept   rowList // what choose has chosen
	pool   pool
	near   heap
	starts []key // where a walk begins
	spare  []key
	chosen []uint32

	best   pool  // of ordinals, of a search
	sum    int64 // of similarities, in sumUnit
	summed int   // how many
	dots   *[chunkSize]int32
}

var walkers = sync.Pool{New: func() any { return new(walker) }}

// newWalker borrows a walker over the first n slots of a body; release gives
// it back.
func newWalker(b *body, n uint32) *walker {
	w := walkers.Get().(*walker)
	w.body, w.chunks, w.n = b, b.chunks(), n
	if len(w.seen) < int(n) {
		w.seen, w.mark = make([]uint8, int(n)+int(n)/4), 0
	}
	return w
}

func (w *walker) release() {
	w.body, w.chunks, w.q = nil, nil, nil
	clear(w.list.rows[:])
	clear(w.kept.rows[:])
	walkers.Put(w)
}

// begin sets what rows are compared with.
func (w *walker) begin(q Quantized) { w.q, w.scale, w.scored, w.sum, w.summed = q.hi, 1, 0, 0, 0 }

// forget makes all slots unseen.
func (w *walker) forget() {
	w.mark++
	if w.mark == 0 {
		clear(w.seen)
		w.mark = 1
	}
}

func (l *rowList) add(slot uint32, row []int8) {
	l.ids[l.n], l.rows[l.n] = slot, &row[0]
	l.n++
}

// keyAt is the key of the i-th row that was scored against a vector of scale.
func (w *walker) keyAt(l *rowList, i int, scale float32) key {
	s := l.ids[i]
	return keyOf(float32(l.dots[i])*w.chunks[s>>chunkBits].scales[s%chunkSize]*scale, s)
}

func (w *walker) links(slot uint32, layer int) []uint32 {
	return w.chunks[slot>>chunkBits].links.list(slot, layer)
}

// scoreLinks scores the links of a slot that haven't been seen yet.
func (w *walker) scoreLinks(slot uint32, layer int) {
	l := &w.list
	l.n = 0
	links := w.links(slot, layer)
	for i := range links {
		s := atomic.LoadUint32(&links[i])
		if s >= w.n { // none as well
			if s == none {
				break
			}
			continue
		}
		if w.seen[s] != w.mark {
			w.seen[s] = w.mark
			l.add(s, w.body.row(w.chunks, s))
		}
	}
	l.dotGather(w.q)
	w.scored += l.n
}

// scoreOne scores a slot and marks it seen.
func (w *walker) scoreOne(slot uint32) key {
	w.seen[slot] = w.mark
	w.list.n = 0
	w.list.add(slot, w.body.row(w.chunks, slot))
	w.list.dotGather(w.q)
	w.scored++
	return w.keyAt(&w.list, 0, w.scale)
}

// descend goes from the entry down to a layer, always to the nearest link. It
// returns where it has come to, and the layer, which is the entry's where that
// is below; ok is false if this walk can't enter.
func (w *walker) descend(to int) (slot uint32, layer int, ok bool) {
	slot, layer, ok = unpackEntry(w.body.entry.Load())
	if !ok || slot >= w.n {
		return 0, 0, false
	}
	if layer <= to {
		return slot, layer, true
	}
	w.forget()
	best := w.scoreOne(slot)
	for ; layer > to; layer-- {
		w.forget()
		for moved := true; moved; {
			moved = false
			w.scoreLinks(best.slot(), layer)
			for i := range w.list.n {
				if k := w.keyAt(&w.list, i, w.scale); k > best {
					best, moved = k, true
				}
			}
		}
	}
	return best.slot(), to, true
}

// walk leaves the slots of a layer that are nearest to q in the pool. A slot is
// expanded where it stands in the pool, and what falls out of it never is: the
// same walk as with two heaps.
func (w *walker) walk(starts []key, width, layer int) {
	w.forget()
	w.pool.reset(width)
	for _, k := range starts {
		w.seen[k.slot()] = w.mark
		if w.pool.takes(k) {
			w.pool.insert(k)
		}
	}
	for next := 0; next < len(w.pool.keys); {
		k := w.pool.keys[next]
		if k&marked != 0 {
			next++
			continue
		}
		w.pool.keys[next] |= marked
		next++
		w.scoreLinks(k.slot(), layer)
		for i := range w.list.n {
			if k := w.keyAt(&w.list, i, w.scale); w.pool.takes(k) {
				next = min(next, w.pool.insert(k))
			}
		}
	}
}

// walkAmong is walk on the lowest layer with only those slots in the pool that
// are in the set; all others are ways to them. It gives up, and returns false,
// when more than budget rows were scored.
func (w *walker) walkAmong(starts []key, width int, in bitmap, budget int) bool {
	w.forget()
	w.pool.reset(width)
	w.near = w.near[:0]
	for _, k := range starts {
		w.seen[k.slot()] = w.mark
		w.near.push(k)
		if w.pool.takes(k) && w.admits(in, k.slot()) {
			w.pool.insert(k)
		}
	}
	for len(w.near) > 0 {
		k := w.near.pop()
		if !w.pool.takes(k) {
			return true
		}
		if w.scored > budget {
			return false
		}
		w.scoreLinks(k.slot(), 0)
		for i := range w.list.n {
			k := w.keyAt(&w.list, i, w.scale)
			if !w.pool.takes(k) {
				continue
			}
			w.near.push(k)
			if w.admits(in, k.slot()) {
				w.pool.insert(k)
			}
		}
	}
	return true
}

// admits tells whether a slot, or one with an equal vector, is in the set.
func (w *walker) admits(in bitmap, slot uint32) bool {
	if in.has(slot) {
		return true
	}
	for t := w.twinOf(slot); t != none; t = w.twinOf(t) {
		if t < w.n && in.has(t) {
			return true
		}
	}
	return false
}

// twinOf is the next slot with an equal vector.
func (w *walker) twinOf(slot uint32) uint32 {
	if w.body.twins.Load() == 0 {
		return none
	}
	return atomic.LoadUint32(&w.chunks[slot>>chunkBits].links.twin[slot%chunkSize])
}

// bitmap is a set of slots.
type bitmap []uint64

func (b bitmap) has(slot uint32) bool { return b[slot/64]&(1<<(slot%64)) != 0 }

func (b bitmap) add(slot uint32) { b[slot/64] |= 1 << (slot % 64) }
