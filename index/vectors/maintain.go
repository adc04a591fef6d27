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
			s.cur.Load().linkSome(s.cur.Load().n.Load())
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

// Close ends work in the background and waits for it. Searches go on; what is
// put from then on isn't linked.
func (s *Set) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for s.busy {
		s.idle.Wait()
	}
}

// What linkSome does at once, and from how many slots on by all processors.
const (
	linkStep     = chunkSize
	parallelFrom = 64
)

// linkSome links the next slots below end.
func (b *body) linkSome(end uint32) {
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
			for slot := next.Add(1) - 1; slot < end; slot = next.Add(1) - 1 {
				w.link(slot)
				runtime.Gosched() // questions come first
			}
		})
	}
	all.Wait()
	b.linked.Store(end)
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
			if s.isClosed() {
				return
			}
			b.linkSome(end)
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

func (s *Set) isClosed() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.closed
}
