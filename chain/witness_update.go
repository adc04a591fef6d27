package chain

import (
	"errors"
	"fmt"
	"slices"
)

const updateFormat = "coffre-witness/v1"

// WitnessUpdate is what a witness is shown: a checkpoint, the proof that it
// continues the one of size From, and the hand-overs since.
type WitnessUpdate struct {
	Checkpoint  string
	From        uint64 // 0 for a witness's first checkpoint
	Consistency []Hash // from From to the checkpoint's size; empty where From is 0
	Handovers   []Handover
}

// ErrWitnessUpdate is wrapped where a text is no update for a witness.
var ErrWitnessUpdate = errors.New("not an update for a witness")

// ProveForWitness returns what a witness needs that last saw size from, which
// may be 0, with so many restores behind it (the checkpoint's origin says how
// many). n and h are the log's own. Errors: ErrSize, those of n.
func ProveForWitness(n Nodes, h Header, from uint64, restores int) (WitnessUpdate, error) {
	u := WitnessUpdate{Checkpoint: h.Checkpoint, From: from}
	name := KeyName(h.Customer, h.Genesis)
	backTo := from
	for _, o := range h.Handovers {
		cp, _, err := OpenCheckpoint(o.Note)
		if err != nil {
			return u, fmt.Errorf("prove for witness: %w", err)
		}
		lives, _ := restoresIn(cp.Origin, name)
		if lives > restores {
			// What was seen is of an earlier life; from its restore on all is news.
			backTo = min(backTo, cp.Size-1)
		}
		if cp.Size > backTo || lives > restores {
			u.Handovers = append(u.Handovers, o)
		}
	}
	if from == 0 || backTo < from {
		u.From = 0
		return u, nil
	}
	var err error
	if u.Consistency, err = ProveConsistency(n, from, h.Last); err != nil {
		return u, fmt.Errorf("prove for witness: %w", err)
	}
	return u, nil
}

// Encode returns the update as one line of canonical JSON.
func (u WitnessUpdate) Encode() ([]byte, error) {
	m := map[string]any{
		"format": updateFormat, "checkpoint": u.Checkpoint, "from": u.From, "consistency": base64List(u.Consistency),
	}
	if len(u.Handovers) > 0 {
		m["handovers"] = handoverList(u.Handovers)
	}
	b, err := Canonical(m)
	if err != nil {
		return nil, fmt.Errorf("encode update for witness: %w", err)
	}
	return b, nil
}

// ParseWitnessUpdate reads an update as Encode or WitnessParts wrote it, in
// whatever order its parts come. Error: ErrWitnessUpdate.
func ParseWitnessUpdate(text []byte) (WitnessUpdate, error) {
	var u WitnessUpdate
	if len(text) > MaxHeaderLine {
		return u, fmt.Errorf("%w: too long", ErrWitnessUpdate)
	}
	if isParts(text) {
		joined, err := joinParts(text)
		if err != nil {
			return u, err
		}
		text = joined
	}
	f, err := objectFields(text)
	if err != nil {
		return u, fmt.Errorf("%w: %w", ErrWitnessUpdate, err)
	}
	if format, _ := f.text("format"); format != updateFormat {
		return u, ErrWitnessUpdate
	}
	var h Header
	var ok [4]bool
	u.Checkpoint, ok[0] = f.text("checkpoint")
	u.From, ok[1] = f.count("from")
	u.Consistency, ok[2] = f.base64("consistency")
	ok[3] = f.handovers(&h)
	u.Handovers = h.Handovers
	if slices.Contains(ok[:], false) || !f.only("format", "checkpoint", "from", "consistency", "handovers") {
		return u, fmt.Errorf("%w: a member is missing or malformed", ErrWitnessUpdate)
	}
	return u, nil
}
