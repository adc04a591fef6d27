package chain

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"time"
)

// filtered is the walk over an export whose lines each carry their own proof.
type filtered struct {
	v       *verification
	sum     hash.Hash
	entries uint64
	seq     uint64 // of the line before
	hash    Hash   // its chain hash
	late    [24]byte
	byTime  bool // filtered by time alone: no gaps, a neighbour on each side
	ended   bool
}

func (v *verification) walkFiltered(lines *lineReader) (*fault, error) {
	w := &filtered{v: v, sum: sha256.New(), byTime: isByTime(v.h.Filter)}
	if p := v.h.Pruned; p != nil {
		v.notePruned(Range{p.To, p.Range})
	}
	for {
		b, err := lines.next(MaxLine)
		if errors.Is(err, io.EOF) {
			return w.finish(), nil
		}
		if errors.Is(err, ErrLineTooLong) {
			return faultf(w.seq+1, FaultLineLong, "longer than %d bytes", MaxLine), nil
		}
		if err != nil {
			return nil, err
		}
		if f := w.line(b); f != nil {
			return f, nil
		}
	}
}

func (w *filtered) line(b []byte) *fault {
	if w.ended {
		return faultf(0, FaultEnd, "a line after the end")
	}
	if f, err := objectFields(b); err == nil && f["end"] != nil && f.only("end") {
		w.ended = true
		return w.end(f["end"])
	}
	w.sum.Write(b)
	var l line
	if f := l.read(w.seq+1, b); f != nil {
		return f
	}
	if f := w.entry(&l); f != nil {
		return f
	}
	w.entries++
	w.v.report.Entries++
	if w.v.o.Progress != nil && w.entries%segmentWidth == 0 {
		w.v.o.Progress(w.entries)
	}
	return nil
}

func (w *filtered) entry(l *line) *fault {
	seq, v := l.entry.seq, w.v
	if l.have&(linePrev|lineProof) != linePrev|lineProof {
		return faultf(seq, FaultLine, "no proof or no previous hash")
	}
	if seq <= w.seq || seq < v.h.First || seq > v.cp.Size {
		f := faultf(seq, FaultSequence, "entry %d is out of order or outside the export", seq)
		if seq == w.seq {
			f.looks = LooksDuplicate
		}
		return f
	}
	if Link(l.prev, l.payload) != l.hash {
		return faultf(seq, FaultHash, "entry %d does not give its chain hash", seq)
	}
	if VerifyInclusion(l.proof, v.cp.Size, seq-1, v.cp.Root, l.hash) != nil {
		return faultf(seq, FaultProof, "entry %d is not proven to be in the checkpoint's tree", seq)
	}
	next := w.entries > 0 && seq == w.seq+1
	if next && l.prev != w.hash || seq == 1 && l.prev != v.h.Genesis {
		return faultf(seq, FaultHash, "its previous hash is another")
	}
	if w.entries > 0 && bytes.Compare(w.late[:], l.entry.time) > 0 {
		return faultf(seq, FaultTime, "its time is before that of an entry before")
	}
	if f := w.neighbour(seq, l.entry.time, next); f != nil {
		return f
	}
	w.seq, w.hash = seq, l.hash
	copy(w.late[:], l.entry.time)
	if isMark(seq, l.entry.action) {
		return v.meet(mark{seq, l.hash, l.payload})
	}
	return nil
}

// neighbour checks what an export by time alone promises: no gap, and an entry
// from before the time unless the log begins with this one.
func (w *filtered) neighbour(seq uint64, at []byte, next bool) *fault {
	if !w.byTime || next {
		return nil
	}
	if w.entries > 0 {
		return faultf(w.seq+1, FaultNeighbour, "entries are missing in an export by time")
	}
	begin := uint64(1)
	if p := w.v.h.Pruned; p != nil {
		begin = p.To + 1
	}
	if from, ok := filterTime(w.v.h.Filter, "from"); seq > begin && (!ok || !entryTime(at).Before(from)) {
		return faultf(seq-1, FaultNeighbour, "the entry before the time is missing")
	}
	return nil
}

// end checks the last line against the lines before it.
func (w *filtered) end(raw []byte) *fault {
	f, err := objectFields(raw)
	if err != nil {
		return faultf(0, FaultEnd, "malformed end")
	}
	n, ok1 := f.count("entries")
	sum, ok2 := f.hash("sha256")
	if !ok1 || !ok2 || !f.only("entries", "sha256") || n != w.entries || sum != Hash(w.sum.Sum(nil)) {
		fault := faultf(0, FaultEnd, "the lines are not those that the end counts and hashes")
		if ok1 && n > w.entries {
			fault.looks = LooksDeletion
		} else if ok1 && n < w.entries {
			fault.looks = LooksInsertion
		}
		return fault
	}
	return nil
}

func (w *filtered) finish() *fault {
	if !w.ended {
		return faultf(0, FaultTruncated, "the export has no end")
	}
	if !w.byTime || w.seq == w.v.cp.Size {
		return nil
	}
	if to, ok := filterTime(w.v.h.Filter, "to"); w.entries == 0 || !ok || entryTime(w.late[:]).Before(to) {
		return faultf(w.seq+1, FaultNeighbour, "the entry after the time is missing")
	}
	return nil
}

// isByTime reports whether a filter restricts nothing but the time, by bounds
// that can be read.
func isByTime(filter map[string]any) bool {
	for name := range filter {
		if _, ok := filterTime(filter, name); !ok || name != "from" && name != "to" {
			return false
		}
	}
	return len(filter) > 0
}

func filterTime(filter map[string]any, name string) (time.Time, bool) {
	s, _ := filter[name].(string)
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}

// entryTime reads a time that isMilliTime has accepted.
func entryTime(b []byte) time.Time {
	t, _ := time.Parse(milliLayout, string(b))
	return t
}
