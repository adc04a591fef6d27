package chain

import (
	"bytes"
	"errors"
)

const (
	// segmentHeight makes a segment of 1024 entries, a perfect subtree.
	segmentHeight = 10
	segmentWidth  = 1 << segmentHeight
	// segmentBytes closes a segment early, so that memory stays bounded.
	segmentBytes = 1 << 20
	// together is how many entries are hashed side by side.
	together = 64
)

// segment is a run of consecutive entries that one goroutine checks by itself:
// every link needs only the stored hash before it.
type segment struct {
	first  uint64
	lines  bool   // buf holds export lines; otherwise previous hashes and payloads
	buf    []byte // all entries, one after the other; those that are no lines are padded for hashing
	ends   []int  // where each ends in buf
	hashes []Hash // chain hashes: given, or read from the lines
	bare   int    // leading entries of which only the hash is left
	before *Hash  // chain hash before the first line, where known beforehand

	// What check found. Entries after a fault are not looked at.
	sound       int
	fault       *fault
	head        []byte // payload of the first line: its link is still to be checked
	early, late [24]byte
	marks       []mark
	leaves      []Hash
	subtree     Hash // root over the leaves, if whole
	whole       bool
	ready       chan struct{}

	scratch  []byte
	messages [][]byte
	digests  [together]Hash
	hasher   *blockHasher
}

func newSegment(first uint64, lines bool) *segment {
	return &segment{first: first, lines: lines, ready: make(chan struct{}, 1), hasher: newBlockHasher()}
}

// put appends an entry, with the chain hash before it unless it is a line.
func (g *segment) put(before *Hash, data []byte) {
	if g.lines {
		g.buf = append(g.buf, data...)
		g.ends = append(g.ends, len(g.buf))
		return
	}
	g.buf = append(append(g.buf, before[:]...), data...)
	g.ends = append(g.ends, len(g.buf))
	g.buf = appendPadding(g.buf, len(before)+len(data))
}

// start returns where entry i begins in buf.
func (g *segment) start(i int) int {
	switch {
	case i == 0:
		return 0
	case g.lines:
		return g.ends[i-1]
	}
	return padded(g.ends[i-1]) // all begin at the edge of a block
}

// reset makes the segment ready for other entries and keeps its memory.
func (g *segment) reset(first uint64) {
	if cap(g.buf) > 4*segmentBytes {
		g.buf = nil
	}
	*g = segment{
		first: first, lines: g.lines, ready: g.ready, scratch: g.scratch, messages: g.messages, hasher: g.hasher,
		buf: g.buf[:0], ends: g.ends[:0], hashes: g.hashes[:0], leaves: g.leaves[:0],
	}
}

// full reports whether the segment should be checked before more is added.
func (g *segment) full() bool {
	return (g.first-1+uint64(len(g.ends)))%segmentWidth == 0 || len(g.buf) >= segmentBytes
}

// check verifies what can be verified without the segments before.
func (g *segment) check(v *verification) {
	for g.fault == nil && g.sound < len(g.ends) {
		g.checkSome(min(g.sound+together, len(g.ends)))
	}
	g.leaves = g.hasher.appendLeaves(g.leaves, g.hashes[:g.sound])
	end := g.first - 1 + segmentWidth
	if g.sound == segmentWidth && end%segmentWidth == 0 {
		if w := v.watched(g.first-1, end); len(w) == 0 || w[0] == end {
			g.subtree, g.whole = g.hasher.foldPerfect(g.leaves), true
		}
	}
}

// checkSome checks the entries that follow the sound ones: it reads them, then
// hashes them side by side while the cache still holds them.
func (g *segment) checkSome(upTo int) {
	g.messages, g.scratch = g.messages[:0], g.scratch[:0]
	var late *fault
	first, read := 0, g.sound
	for ; read < upTo && late == nil; read++ {
		message, f := g.readEntry(read)
		if message != nil {
			if len(g.messages) == 0 {
				first = read
			}
			g.messages = append(g.messages, message)
		}
		late = f
	}
	if late != nil {
		read--
	}
	g.hasher.sums(g.digests[:], g.messages)
	for i := range g.messages {
		if g.digests[i] != g.hashes[first+i] {
			g.sound = first + i
			g.fault = faultf(g.first+uint64(g.sound), FaultHash, "entry %d does not give its chain hash", g.first+uint64(g.sound))
			return
		}
	}
	g.sound, g.fault = read, late
}

// readEntry checks all of entry i but its link, and returns what the link's hash
// is taken of, padded; nil where it is not to be looked at. A fault beside a
// message counts only where the link holds.
func (g *segment) readEntry(i int) (message []byte, f *fault) {
	seq, data := g.first+uint64(i), g.data(i)
	if i < g.bare {
		return nil, nil
	}
	var e entry
	var payload []byte
	if g.lines {
		var l line
		if f := l.read(seq, data); f != nil {
			return nil, g.blame(i, f, data)
		}
		if l.have&(linePrev|lineProof) != 0 {
			return nil, faultf(seq, FaultLine, "a member of filtered exports in a complete one")
		}
		e, payload = l.entry, l.payload
		g.hashes = append(g.hashes, l.hash)
	} else {
		payload = data[len(Hash{}):]
		if err := e.parse(payload); err != nil {
			return nil, g.blame(i, classify(seq, err), data)
		}
	}
	if e.seq != seq {
		return nil, faultf(seq, FaultSequence, "entry %d stands where %d belongs", e.seq, seq)
	}
	message = g.message(i, payload)
	if i > g.bare && bytes.Compare(g.late[:], e.time) > 0 {
		return message, faultf(seq, FaultTime, "its time is before that of the entry before")
	}
	if i == g.bare {
		copy(g.early[:], e.time)
	}
	copy(g.late[:], e.time)
	if isMark(seq, e.action) {
		g.marks = append(g.marks, mark{seq, g.hashes[i], bytes.Clone(payload)})
	}
	return message, nil
}

// message returns what entry i's chain hash is the hash of, padded. The first
// line's waits for the segment before.
func (g *segment) message(i int, payload []byte) []byte {
	if !g.lines {
		start := g.start(i)
		return g.buf[start:padded(g.ends[i])]
	}
	if i == 0 {
		g.head = payload
		return nil
	}
	at := len(g.scratch)
	g.scratch = appendPadding(append(append(g.scratch, g.hashes[i-1][:]...), payload...), len(Hash{})+len(payload))
	return g.scratch[at:]
}

// data returns entry i: its line, or the chain hash before it and its payload.
func (g *segment) data(i int) []byte { return g.buf[g.start(i):g.ends[i]] }

// blame makes a fault of an entry's payload a hash mismatch where the bytes are
// not those that were linked either: that entry was changed later, not written
// badly. A payload that is only spelled otherwise keeps its fault.
func (g *segment) blame(i int, f *fault, data []byte) *fault {
	var hash, prev Hash
	payload, known := data, true
	if g.lines {
		m, err := objectFields(data)
		if err != nil || m["payload"] == nil {
			return f
		}
		payload = m["payload"]
		hash, known = m.hash("chain_hash")
		switch {
		case i > 0:
			prev = g.hashes[i-1]
		case g.before != nil:
			prev = *g.before
		default:
			return f
		}
	} else {
		payload = data[copy(prev[:], data):]
		hash = g.hashes[i]
	}
	s := scanner{b: payload}
	if v := s.value(0); s.end() {
		if b, err := Canonical(v); err == nil {
			payload = b
		}
	}
	if known && Link(prev, payload) != hash {
		return faultf(f.seq, FaultHash, "entry %d does not give its chain hash (%s)", f.seq, f.detail)
	}
	return f
}

// read parses and checks a line by itself.
func (l *line) read(seq uint64, data []byte) *fault {
	if l.quick(data) {
		return nil
	}
	*l = line{}
	if err := l.parse(data); errors.Is(err, errPayloadBytes) {
		return classify(seq, err)
	} else if err != nil {
		return faultf(seq, FaultLine, "%v", err)
	}
	if !l.checkPrivate() {
		return faultf(seq, FaultPrivate, "the private part is not what the entry sealed")
	}
	return nil
}
