package chain

import (
	"errors"
	"fmt"
	"slices"
)

const evidenceFormat = "coffre-witness-evidence/v1"

// WitnessEvidence is what a box that a witness has refused shows about itself:
// proof, signed with its own keys, that the log it now has is not the one that
// the witness saw. Nobody else can make it, so that a stranger who replays an
// old checkpoint or invents a proof alarms nobody.
type WitnessEvidence struct {
	// Update holds the box's checkpoint, every hand-over since its first key, and
	// where the log has reached the size From that the witness knows, the proof
	// from there.
	Update WitnessUpdate
	// Root is the box's own at size From, where it has so many entries.
	Root Hash
	// Shown, where it has fewer, is its entry audit.witness that says so: the
	// entry of an act "ahead" whose detail.size the log has not reached. Its note
	// is the checkpoint.
	Shown *Handover
}

// What evidence shows, or that it shows nothing.
var (
	// ErrWitnessEvidence is wrapped where a text is no such evidence.
	ErrWitnessEvidence = errors.New("not evidence for a witness")
	// ErrNoContradiction is returned for evidence that contradicts nothing.
	ErrNoContradiction = errors.New("the evidence contradicts nothing that was seen")
)

// WitnessAhead is the act of the entry that a box makes when a witness has seen
// more of its log than it has.
const WitnessAhead = "ahead"

// Judge says what evidence proves against the log: ErrFork or ErrShrunk, or
// ErrNoContradiction, ErrUnknownKey, ErrWitnessProof or ErrWitnessOrigin where
// it proves nothing. witness is the name of this witness.
func (s WitnessState) Judge(e WitnessEvidence, witness string) error {
	cp, _, err := OpenCheckpoint(e.Update.Checkpoint)
	if err != nil {
		return fmt.Errorf("read checkpoint: %w", err)
	}
	// From the first key on: the key of today may be one that only the other
	// history knows.
	fresh := s
	fresh.Key, fresh.Restores, fresh.Size = s.FirstKey, 0, 0
	if err := fresh.follow(e.Update, cp, new(Witnessed)); err != nil {
		return err
	}
	if !holds(e.Update.Checkpoint, fresh.Key) {
		return fmt.Errorf("evidence of size %d: %w", cp.Size, ErrUnknownKey)
	}
	switch {
	case s.Size == 0 || fresh.Restores != s.Restores:
		return ErrNoContradiction
	case cp.Size < s.Size:
		return s.judgeShorter(e, cp, witness)
	case e.Update.From != s.Size || e.Root == s.Root:
		return ErrNoContradiction
	case cp.Size == s.Size && e.Root != cp.Root:
		return ErrNoContradiction
	case cp.Size > s.Size && VerifyConsistency(e.Update.Consistency, s.Size, e.Root, cp.Size, cp.Root) != nil:
		return ErrNoContradiction
	}
	return fmt.Errorf("another root at %d: %w", s.Size, ErrFork)
}

// judgeShorter: a checkpoint that is only older proves nothing. An entry in it
// that tells of a size which the log has not reached does.
func (s WitnessState) judgeShorter(e WitnessEvidence, cp Checkpoint, witness string) error {
	if e.Shown == nil {
		return ErrNoContradiction
	}
	o := *e.Shown
	p, err := ParsePayload(o.Entry.Payload)
	if err != nil || p.Seq < 1 || p.Seq > cp.Size || Link(o.Entry.PreviousHash, o.Entry.Payload) != o.Entry.ChainHash {
		return ErrNoContradiction
	}
	told, _ := p.Detail["size"].(int64)
	if p.Action != AuditWitness || p.Detail["act"] != WitnessAhead || p.Object.ID != witness || told <= int64(p.Seq) || uint64(told) > s.Size {
		return ErrNoContradiction
	}
	if VerifyInclusion(o.Inclusion, cp.Size, p.Seq-1, cp.Root, o.Entry.ChainHash) != nil {
		return ErrNoContradiction
	}
	return fmt.Errorf("%d entries, %d were seen: %w", cp.Size, s.Size, ErrShrunk)
}

// ProveAgainst makes evidence for a witness that has seen size entries. shown is
// the box's entry about it where it has fewer, with its seq. Errors: those of n.
func ProveAgainst(n Nodes, h Header, size uint64, shown *HandoverEntry, seq uint64) (e WitnessEvidence, err error) {
	e.Update = WitnessUpdate{Checkpoint: h.Checkpoint, Handovers: h.Handovers}
	if h.Last >= size {
		e.Update.From = size
		r, err := RangeOf(n, size)
		if err != nil {
			return e, fmt.Errorf("prove against: %w", err)
		}
		e.Root = r.Root()
		e.Update.Consistency, err = ProveConsistency(n, size, h.Last)
		if err != nil {
			return e, fmt.Errorf("prove against: %w", err)
		}
		return e, nil
	}
	if shown == nil {
		return e, nil
	}
	e.Shown = &Handover{Note: h.Checkpoint, Entry: *shown}
	if e.Shown.Inclusion, err = ProveInclusion(n, h.Last, seq-1); err != nil {
		return e, fmt.Errorf("prove against: %w", err)
	}
	return e, nil
}

// Encode returns the evidence as one line of canonical JSON.
func (e WitnessEvidence) Encode() ([]byte, error) {
	m := map[string]any{
		"format": evidenceFormat, "checkpoint": e.Update.Checkpoint, "from": e.Update.From,
		"consistency": base64List(e.Update.Consistency), "root": e.Root,
	}
	if len(e.Update.Handovers) > 0 {
		m["handovers"] = handoverList(e.Update.Handovers)
	}
	if e.Shown != nil {
		m["shown"] = handoverList([]Handover{*e.Shown})
	}
	b, err := Canonical(m)
	if err != nil {
		return nil, fmt.Errorf("encode evidence: %w", err)
	}
	return b, nil
}

// ParseWitnessEvidence reads what Encode wrote. Error: ErrWitnessEvidence.
func ParseWitnessEvidence(text []byte) (WitnessEvidence, error) {
	var e WitnessEvidence
	f, err := objectFields(text)
	if err != nil {
		return e, fmt.Errorf("%w: %w", ErrWitnessEvidence, err)
	}
	if format, _ := f.text("format"); format != evidenceFormat {
		return e, ErrWitnessEvidence
	}
	var h, shown Header
	var ok [6]bool
	e.Update.Checkpoint, ok[0] = f.text("checkpoint")
	e.Update.From, ok[1] = f.count("from")
	e.Update.Consistency, ok[2] = f.base64("consistency")
	e.Root, ok[3] = f.hash("root")
	ok[4] = f.handovers(&h)
	ok[5] = fields{"handovers": f["shown"]}.handovers(&shown) && len(shown.Handovers) <= 1
	e.Update.Handovers = h.Handovers
	if len(shown.Handovers) == 1 {
		e.Shown = &shown.Handovers[0]
	}
	if slices.Contains(ok[:], false) || !f.only("format", "checkpoint", "from", "consistency", "root", "handovers", "shown") {
		return e, fmt.Errorf("%w: a member is missing or malformed", ErrWitnessEvidence)
	}
	return e, nil
}
