package chain

import (
	"errors"
	"fmt"
	"io"
)

// SegmentFormat names a segment of an archive. It is a complete export (Format)
// whose header has only the hand-overs of its own entries: those before are in
// the segments before, once each. By itself it proves nothing; VerifySegment
// holds it against the end of the one before.
const SegmentFormat = "coffre-audit-segment/v1"

// ErrSegment is returned where a segment is given as an export.
var ErrSegment = errors.New("a segment of an archive, which goes on from the one before")

// Anchor is where a segment that was found sound ends: what the next one has to
// go on from.
type Anchor struct {
	Size uint64 // entries up to there
	Hash Hash   // chain hash of the last of them
	Root Hash   // of the tree of all of them

	customer      Customer
	key, recovery string // that sign from there on; empty where none is known
	lives         int
	vouched       bool
	doubt         string
}

// Lives is how many restores lie before the anchor.
func (a *Anchor) Lives() int { return a.lives }

// VerifySegment checks a segment of an archive, or an export in its place, which
// carries all hand-overs and is also checked by itself. after is the end of the
// segment before, nil for none; end is what the next one goes on from, nil where
// this one is not sound. Errors: those of VerifyExport.
func VerifySegment(r io.Reader, after *Anchor, o VerifyOptions) (rep Report, end *Anchor, err error) {
	lines, first, err := openLines(r)
	if err != nil {
		return rep, nil, err
	}
	h, err := parseHeader(first)
	if errors.Is(err, ErrNotExport) {
		return rep, nil, fmt.Errorf("read segment header: %w", err)
	}
	if err == nil && !h.Complete {
		err = errors.New("a filtered export is no segment")
	}
	if err == nil && h.Segment && after == nil && h.First > 1 {
		return Report{Tenant: h.Customer.ID, FirstFault: h.First, Fault: FaultHandoverMissing, Detail: "the segment before is missing, and with it the key that it goes on from"}, nil, nil
	}
	if err != nil {
		return Report{Tenant: h.Customer.ID, Fault: FaultHeader, Detail: err.Error()}, nil, nil
	}
	v, f, err := beginAfter(h, after, o)
	if err != nil {
		return rep, nil, err
	}
	if f == nil {
		f, err = v.walkLines(lines)
	}
	if err != nil {
		return rep, nil, err
	}
	if rep = v.conclude(f); rep.OK {
		end = v.end(after)
	}
	return rep, end, nil
}

// beginAfter is begin for what goes on from an anchor; nil is none.
func beginAfter(h Header, after *Anchor, o VerifyOptions) (*verification, *fault, error) {
	v, f, err := begin(h, o)
	if err != nil || f != nil || after == nil {
		return v, f, err
	}
	if f := v.goesOn(*after); f != nil {
		return v, f, nil
	}
	key := ""
	for _, m := range v.moves {
		if m.seq <= after.Size {
			key = m.key
		}
	}
	switch {
	case h.Segment && key != "":
		return v, faultf(after.Size, FaultHandover, "a hand-over of an earlier segment"), nil
	case h.Segment:
		v.after = after
	case key != "" && after.key != "" && key != after.key:
		return v, faultf(after.Size, FaultHandoverSigned, "the key at entry %d is not the one that the segments before lead to", after.Size), nil
	}
	return v, nil, nil
}

// goesOn checks that the entries begin where the anchor ends.
func (v *verification) goesOn(a Anchor) *fault {
	p := v.h.Pruned
	switch {
	case v.h.Customer != a.customer:
		return faultf(0, FaultGenesis, "the segment is of another chain than the one before")
	case p == nil || p.To != a.Size:
		return faultf(a.Size+1, FaultSequence, "the segment does not begin after entry %d", a.Size)
	case p.ChainHash != a.Hash:
		return faultf(a.Size+1, FaultHash, "the segment does not go on from the entry before")
	}
	before, err := NewRange(p.To, p.Range)
	if err != nil || before.Root() != a.Root {
		return faultf(a.Size+1, FaultRoot, "the segment does not go on from the tree of the one before")
	}
	return nil
}

// end is the anchor that a sound log leaves.
func (v *verification) end(after *Anchor) *Anchor {
	a := &Anchor{
		Size: v.cp.Size, Root: v.cp.Root, Hash: v.lastHash, customer: v.h.Customer,
		key: v.endKey, recovery: v.endRecovery, lives: v.lives, vouched: v.endVouched, doubt: v.doubt,
	}
	if a.recovery == "" && after != nil {
		a.recovery, a.vouched = after.recovery, after.vouched
	}
	return a
}
