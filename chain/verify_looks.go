package chain

import "bytes"

// scene is what stands around the first fault of a walk, for a guess at what
// happened there.
type scene struct {
	prev, prev2 Hash // chain hashes of the entry before the bad one, and of the one before that
	bad, next   glimpse
	open        bool // the next entry is in the segment to come
}

// glimpse is an entry that nothing is known of.
type glimpse struct {
	there   bool
	seq     uint64
	hash    Hash
	payload []byte
}

// at moves the scene, which is that of the segment's start, to the fault.
func (s scene) at(g *segment, f *fault) *scene {
	i := int(f.seq - g.first)
	if f.seq < g.first || i >= len(g.ends) || i > len(g.hashes) {
		return &s
	}
	for _, h := range g.hashes[:i] {
		s.prev2, s.prev = s.prev, h
	}
	s.bad = g.glimpse(i)
	if i+1 < len(g.ends) {
		s.next = g.glimpse(i + 1)
	} else {
		s.open = true
	}
	return &s
}

// follow takes the next entry from the segment after the fault's.
func (s *scene) follow(g *segment) {
	if s.open {
		s.next, s.open = g.glimpse(0), false
	}
}

// glimpse reads entry i of the segment, whatever state it is in.
func (g *segment) glimpse(i int) glimpse {
	data := g.data(i)
	var e glimpse
	if g.lines {
		m, err := objectFields(data)
		if err != nil {
			return e
		}
		e.payload = m["payload"]
		e.hash, e.there = m.hash("chain_hash")
	} else {
		e.payload, e.hash, e.there = data[len(Hash{}):], g.hashes[i], true
	}
	p, err := objectFields(e.payload)
	if err != nil {
		return glimpse{}
	}
	e.seq, _ = p.count("seq")
	e.payload = bytes.Clone(e.payload)
	return e
}

// links reports whether e is what follows the entry of chain hash prev.
func (e glimpse) links(prev Hash) bool { return e.there && Link(prev, e.payload) == e.hash }

// looks guesses what happened, or returns "" where the fault's code says it.
func (s *scene) looks(f *fault) string {
	if s == nil || !s.bad.there {
		return ""
	}
	switch f.code {
	case FaultSequence:
		return s.ofSequence(f.seq)
	case FaultHash:
		return s.ofHash(f.seq)
	}
	return ""
}

// ofSequence: an entry stands where number seq belongs.
func (s *scene) ofSequence(seq uint64) string {
	switch {
	case s.bad.hash == s.prev:
		return LooksDuplicate
	case s.bad.links(s.prev2):
		return LooksInsertion // it belongs where the one before it stands
	case s.bad.seq < seq && s.next.seq == seq:
		return LooksDuplicate
	case s.bad.seq > seq && (!s.next.there || s.next.seq == s.bad.seq+1):
		return LooksDeletion
	}
	return LooksReorder
}

// ofHash: entry seq does not give its chain hash.
func (s *scene) ofHash(seq uint64) string {
	switch {
	case !s.next.there || s.next.links(s.bad.hash):
		return LooksEdit // what follows was linked to what stood here
	case s.next.seq == seq && s.next.links(s.prev):
		return LooksInsertion
	case s.next.links(Link(s.prev, s.bad.payload)):
		return LooksEdit // its hash alone
	}
	return LooksForeign
}
