package vectors

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// work is what a set does in the background.
type work int

const (
	nothing work = iota
	linking
	rebuilding
	saving
)

// deadShare is the share of slots given up from which on a body is built anew.
const deadShare = 0.25

// due tells what is to be done next. The caller holds mu.
func (s *Set) due() work {
	b := s.cur.Load()
	n, dead := int(b.n.Load()), b.dead()
	switch {
	case dead >= s.knobs.deadLeast && float64(dead) >= deadShare*float64(n):
		return rebuilding
	case int(b.linked.Load()) < n && (b.live >= s.knobs.graphFrom || b.linked.Load() > 0):
		return linking
	case s.keep.due(b):
		return saving
	}
	return nothing
}

// maintain works until nothing is due or the set is closed. It is the only one
// that links, rebuilds and saves.
func (s *Set) maintain() {
	for {
		s.mu.Lock()
		job := s.due()
		if job == nothing || s.closed {
			s.busy = false
			s.idle.Broadcast()
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		switch job {
		case linking:
			b := s.cur.Load()
			b.linkSome(b.n.Load(), &s.stop)
		case rebuilding:
			s.rebuild()
		case saving:
			s.save()
		}
	}
}

// Settle returns when nothing is to be done in the background.
func (s *Set) Settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.busy {
		s.idle.Wait()
	}
}

// Close ends work in the background, waits for it, and writes a snapshot where
// the next start is worth one. Searches go on; what is put from then on isn't
// linked.
func (s *Set) Close() {
	s.halt()
	s.mu.Lock()
	due := s.keep.dueAtEnd(s.cur.Load())
	s.mu.Unlock()
	if due {
		s.save()
	}
	s.seal()
}

// Discard is Close for a set whose vectors are to be removed.
func (s *Set) Discard() {
	s.mu.Lock()
	s.keep.path = ""
	s.mu.Unlock()
	s.halt()
}

func (s *Set) halt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.stop.Store(true)
	for s.busy {
		s.idle.Wait()
	}
}

// What linkSome does at once, and from how many slots on by all processors.
const (
	linkStep     = chunkSize
	parallelFrom = 64
)

// linkSome links the next slots below end, or some of them until it is stopped.
func (b *body) linkSome(end uint32, stop *atomic.Bool) {
	first := b.linked.Load()
	end = min(end, first+linkStep)
	b.allocateLinks(end)
	workers := 1
	if end-first >= parallelFrom {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Uint32
	next.Store(first)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			w := newWalker(b, end)
			defer w.release()
			for slot := next.Add(1) - 1; slot < end && !stop.Load(); slot = next.Add(1) - 1 {
				w.link(slot)
				runtime.Gosched() // questions come first
			}
		})
	}
	all.Wait()
	if !stop.Load() {
		b.linked.Store(end)
	}
}

// rebuild makes a body without slots given up, links it if it is to have a
// graph, brings it to what happened meanwhile and lets it take the old one's
// place. Searches go on with the old one.
func (s *Set) rebuild() {
	old, b := s.cur.Load(), newBody(s.dim)
	n := old.n.Load()
	s.copyLive(old, b, 0, n)
	if b.live >= s.knobs.graphFrom {
		for end := b.n.Load(); b.linked.Load() < end; {
			if s.stop.Load() {
				return
			}
			b.linkSome(end, &s.stop)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	chunks := b.chunks()
	for slot := range b.n.Load() {
		o := ordinalOf(chunks, slot)
		if was, there := old.slots.get(o); !there || was >= n {
			b.remove(o)
		}
	}
	s.copyLive(old, b, n, old.n.Load())
	s.cur.Store(b)
	s.version++
	s.keep.changes += int(n)
}

// copyLive adds what is still held of old's slots [first, end).
func (s *Set) copyLive(old, b *body, first, end uint32) {
	chunks := old.chunks()
	for slot := first; slot < end; slot++ {
		if o := ordinalOf(chunks, slot); o != 0 {
			b.add(o, old.at(chunks, slot))
		}
	}
}
