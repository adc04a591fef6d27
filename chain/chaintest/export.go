package chaintest

import (
	"bytes"

	"coffre/chain"
)

// Header implements chain.LogSource.
func (l *Log) Header() chain.Header {
	h := chain.Header{
		Customer: l.Customer, Genesis: l.Genesis, Complete: true, First: l.Pruned + 1, Last: l.Size(),
		Checkpoint: l.Checkpoint(),
	}
	for _, m := range l.Moves {
		e := chain.HandoverEntry{ChainHash: l.hash(m.Size), PreviousHash: l.hash(m.Size - 1), Payload: l.Payloads[m.Size-1]}
		h.Handovers = append(h.Handovers, must(chain.MakeHandover(l, m.Note, e, l.Size())))
	}
	if l.Pruned > 0 {
		r := must(chain.RangeOf(l, l.Pruned))
		h.Pruned = &chain.Pruned{To: l.Pruned, ChainHash: l.hash(l.Pruned), Range: r.Roots()}
	}
	return h
}

// Entries implements chain.LogSource.
func (l *Log) Entries(fn func(chain.Hash, []byte) error) error {
	for i, h := range l.Hashes {
		payload := l.Payloads[i]
		if uint64(i) < l.Pruned {
			payload = nil
		}
		if err := fn(h, payload); err != nil {
			return err
		}
	}
	return nil
}

// Export writes a complete export.
func (l *Log) Export(private bool) []byte {
	var out bytes.Buffer
	w := must(chain.NewWriter(&out, l.Header()))
	for i := l.Pruned; i < l.Size(); i++ {
		var p, salt []byte
		if private {
			p, salt = l.Private[i], l.Salts[i]
		}
		if err := w.Entry(l.Hashes[i], l.Payloads[i], p, salt); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// Filtered writes an export of the chosen entries, each with its proof.
func (l *Log) Filtered(filter map[string]any, choose func(seq uint64) bool) []byte {
	h := l.Header()
	h.Complete, h.Filter = false, filter
	var out bytes.Buffer
	w := must(chain.NewWriter(&out, h))
	for i := l.Pruned; i < l.Size(); i++ {
		if !choose(i + 1) {
			continue
		}
		proof := must(chain.ProveInclusion(l, l.Size(), i))
		if err := w.ProvenEntry(l.hash(i), l.Hashes[i], l.Payloads[i], proof, l.Private[i], l.Salts[i]); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// Segment writes the entries from first on as a segment of an archive: where the
// one before is there, with the hand-overs of its own entries alone.
func (l *Log) Segment(first uint64, before bool) []byte {
	h := l.Header()
	h.First, h.Pruned, h.Segment = first, nil, before && first > 1
	if first > 1 {
		r := must(chain.RangeOf(l, first-1))
		h.Pruned = &chain.Pruned{To: first - 1, ChainHash: l.hash(first - 1), Range: r.Roots()}
	}
	if h.Segment {
		own := 0
		for own < len(l.Moves) && l.Moves[own].Size < first {
			own++
		}
		h.Handovers = h.Handovers[own:]
	}
	var out bytes.Buffer
	w := must(chain.NewWriter(&out, h))
	for i := first - 1; i < l.Size(); i++ {
		if err := w.Entry(l.Hashes[i], l.Payloads[i], nil, nil); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// Archive is what an archive folder of a chain may hold.
type Archive struct {
	Segments [][]byte // in order, each goes on from the one before
	FirstKey string
	Kept     string // a checkpoint within the last segment
}

// RandomArchive returns a sound one: hand-overs and restores fall where they like.
func RandomArchive(seed uint64) (a Archive) {
	l := New(seed, "archived")
	a.FirstKey = l.FirstKey()
	for n := 2 + l.rng.IntN(4); n > 0; n-- {
		first := l.Size() + 1
		if len(a.Segments) == 0 {
			first = 1
		}
		for range 1 + l.rng.IntN(3) {
			switch l.Some(1 + l.rng.IntN(4)); l.rng.IntN(4) {
			case 0:
				l.HandOver()
			case 1:
				l.Restore(l.Size())
			}
		}
		a.Kept = l.Checkpoint()
		l.Some(l.rng.IntN(3))
		a.Segments = append(a.Segments, l.Segment(first, l.rng.IntN(5) > 0))
	}
	return a
}
