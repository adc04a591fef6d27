package chain

import (
	"bytes"
	"runtime"
	"sync"
	"sync/atomic"
)

// walk checks consecutive entries. Its caller adds them in order; workers check
// segments side by side; one collector joins them, in order again.
type walk struct {
	v       *verification
	cur     *segment
	seq     uint64 // of the next entry to be added
	last    Hash   // of the entry added last, where given
	jobs    chan *segment
	order   chan *segment
	free    chan *segment
	stopped atomic.Bool
	workers sync.WaitGroup
	done    chan struct{}

	// The collector's.
	tree  Range
	prev  Hash
	prev2 Hash // the one before prev
	late  [24]byte
	fault *fault
	scene *scene // around the fault
}

// newWalk begins after the pruned entries, or with fromOne at entry 1.
func newWalk(v *verification, lines, fromOne bool) *walk {
	n := min(runtime.GOMAXPROCS(0), 8)
	w := &walk{
		v: v, seq: 1, prev: v.h.Genesis, done: make(chan struct{}),
		jobs: make(chan *segment, n), order: make(chan *segment, n), free: make(chan *segment, 2*n),
	}
	if p := v.h.Pruned; p != nil && !fromOne {
		w.seq, w.prev = p.To+1, p.ChainHash
		w.tree, _ = NewRange(p.To, p.Range)
		v.notePruned(w.tree)
	}
	for v.next < len(v.moves) && v.moves[v.next].seq < v.h.First {
		v.next++
	}
	w.cur = newSegment(w.seq, lines)
	before := w.prev
	w.cur.before, w.last = &before, before
	for range n {
		w.workers.Go(func() {
			for g := range w.jobs {
				g.check(v)
				g.ready <- struct{}{}
			}
		})
	}
	go w.collect()
	return w
}

// notePruned notes the roots that the range of the pruned entries gives at
// watched sizes.
func (v *verification) notePruned(r Range) {
	size := uint64(0)
	for i, height := range heights(r.size) {
		size += 1 << height
		part := Range{size, r.roots[:i+1]}
		v.roots[size] = part.Root()
	}
}

// add appends one entry's line or payload, of which it keeps a copy. It returns
// false once a fault makes more pointless.
func (w *walk) add(data []byte) bool {
	return w.put(nil, data)
}

func (w *walk) put(before *Hash, data []byte) bool {
	g := w.cur
	g.put(before, data)
	w.seq++
	if g.full() {
		w.send()
	}
	// One more entry is wanted after a fault, to tell what it looks like.
	return !w.stopped.Load() || len(w.cur.ends) == 0
}

// addHashed is add for entries whose chain hash is known beforehand; bare ones
// have no payload left.
func (w *walk) addHashed(h Hash, payload []byte, bare bool) bool {
	w.cur.hashes = append(w.cur.hashes, h)
	before := w.last
	w.last = h
	if bare {
		w.cur.bare++
	}
	return w.put(&before, payload)
}

func (w *walk) send() {
	if len(w.cur.ends) == 0 {
		return
	}
	w.order <- w.cur
	w.jobs <- w.cur
	next := (*segment)(nil)
	select {
	case next = <-w.free:
		next.reset(w.seq)
	default:
		next = newSegment(w.seq, w.cur.lines)
	}
	w.cur = next
}

// close checks what is left and returns the first fault, or after where the
// entries themselves are sound.
func (w *walk) close(after *fault) *fault {
	w.send()
	close(w.jobs)
	close(w.order)
	w.workers.Wait()
	<-w.done
	w.v.lastHash = w.prev
	switch {
	case w.fault != nil:
		w.fault.looks = w.scene.looks(w.fault)
		return w.fault
	case after != nil:
		return after
	case w.tree.size < w.v.cp.Size:
		return faultf(w.tree.size+1, FaultTruncated, "the log ends after %d entries, its checkpoint has %d", w.tree.size, w.v.cp.Size)
	}
	return w.v.allMet()
}

func (w *walk) collect() {
	defer close(w.done)
	for g := range w.order {
		<-g.ready
		if w.fault != nil {
			w.scene.follow(g)
		} else {
			before := scene{prev: w.prev, prev2: w.prev2}
			if w.fault = w.join(g); w.fault != nil {
				w.scene = before.at(g, w.fault)
				w.stopped.Store(true)
			} else if w.v.o.Progress != nil {
				w.v.o.Progress(w.v.report.Entries)
			}
		}
		select {
		case w.free <- g:
		default:
		}
	}
}

// join ties a checked segment to what came before it.
func (w *walk) join(g *segment) *fault {
	f := w.tie(g)
	sound := uint64(g.sound)
	if f != nil && f.seq >= g.first {
		sound = min(sound, f.seq-g.first)
	}
	w.v.report.Entries += sound - min(sound, uint64(g.bare))
	return f
}

func (w *walk) tie(g *segment) *fault {
	if g.sound > 0 && g.head != nil && Link(w.prev, g.head) != g.hashes[0] {
		return faultf(g.first, FaultHash, "entry %d does not give its chain hash", g.first)
	}
	if g.sound > g.bare {
		if bytes.Compare(w.late[:], g.early[:]) > 0 {
			return faultf(g.first+uint64(g.bare), FaultTime, "its time is before that of the entry before")
		}
		w.late = g.late
	}
	for _, m := range g.marks {
		if m.seq >= g.first+uint64(g.sound) {
			break
		}
		if f := w.v.meet(m); f != nil {
			return f
		}
		if f := w.v.checkBefore(w.tree, g.hashes); f != nil {
			return f
		}
	}
	if f := w.grow(g); f != nil {
		return f
	}
	if g.sound > 0 {
		w.prev2 = w.prev
		if g.sound > 1 {
			w.prev2 = g.hashes[g.sound-2]
		}
		w.prev = g.hashes[g.sound-1]
	}
	return g.fault
}

// grow adds the segment's leaves to the tree and notes the watched roots.
func (w *walk) grow(g *segment) *fault {
	low, leaves := w.tree.size, g.leaves
	if g.whole {
		w.tree.push(g.subtree, segmentHeight)
		leaves = nil
	}
	for _, size := range w.v.watched(low, low+uint64(g.sound)) {
		for w.tree.size < size {
			w.tree.push(leaves[0], 0)
			leaves = leaves[1:]
		}
		if f := w.v.noteRoot(size, w.tree.Root()); f != nil {
			return f
		}
	}
	for _, h := range leaves {
		w.tree.push(h, 0)
	}
	return nil
}
