package store

import (
	"context"
	"time"

	"coffre/chain"
)

// Witness returns a witness by the name of its key; NotFound where there is none.
func (v *View) Witness(name string) (Witness, error) { return witnesses.get(v, []byte(name)) }

// NewsFor tells whether the journal holds, beyond what a witness saw last,
// anything but the talk with witnesses itself: two boxes that witness each other
// would never end otherwise.
func (v *View) NewsFor(w Witness) (bool, error) {
	const enough = 64
	c, err := v.checkpoint()
	if err != nil || c.Size <= w.Size {
		return false, err
	}
	next, err := v.EntriesAfter(w.Size, enough, 1<<20)
	if err != nil {
		return false, err
	}
	for _, e := range next {
		if e.Action != chain.AuditWitness && e.Action != chain.AuditWatch {
			return true, nil
		}
	}
	return uint64(len(next)) < c.Size-w.Size, nil
}

// NoteRefusal enters that a witness which is a box has seen size entries of this
// journal and refuses it; code is witness-ahead where this journal is shorter,
// witness-fork where it is another. Once for each size.
func (t *Tenant) NoteRefusal(ctx context.Context, name, code string, size uint64) error {
	act := "fork"
	if code == "witness-ahead" {
		act = chain.WitnessAhead
	}
	ev := witnessEvent(act, name, "")
	ev.Outcome, ev.Detail["size"] = chain.Denied, size
	return t.changeWitness(ctx, name, ev, func(tx *Tx, w *Witness) bool {
		if w.Refusal != nil && w.Refusal.Size == size && w.Refusal.Code == code {
			return false
		}
		w.Refusal = &WitnessRefusal{At: t.now().UTC().Truncate(time.Second), Code: code, Size: size, Seq: tx.Seq}
		return true
	})
}

// NoteTold keeps that the witness was shown the evidence.
func (t *Tenant) NoteTold(ctx context.Context, name string) error {
	return t.changeWitness(ctx, name, witnessEvent("told", name, ""), func(_ *Tx, w *Witness) bool {
		if w.Refusal == nil || w.Refusal.Told {
			return false
		}
		told := *w.Refusal
		told.Told, w.Refusal = true, &told
		return true
	})
}

func (t *Tenant) changeWitness(ctx context.Context, name string, ev chain.Event, fn func(*Tx, *Witness) bool) error {
	var now Witness
	err := t.View(func(v *View) (err error) { now, err = witnesses.get(v, []byte(name)); return err })
	if err != nil || !fn(&Tx{}, &now) {
		return err
	}
	_, err = t.Update(ctx, witnessActor, ev, func(tx *Tx) error {
		w, err := witnesses.get(&tx.View, []byte(name))
		if err != nil {
			return err
		}
		fn(tx, &w)
		return witnesses.put(tx, []byte(name), w)
	})
	return err
}

// EvidenceFor proves to a witness that has refused this journal that it is not
// the one that the witness saw. NotFound where it has refused nothing.
func (v *View) EvidenceFor(w Witness) (chain.WitnessEvidence, error) {
	if w.Refusal == nil {
		return chain.WitnessEvidence{}, errNotFound
	}
	damaged := func(err error) error { return Fail(Corrupt, "damaged").Because(err) }
	src, err := newLogSource(v.tx)
	if err != nil {
		return chain.WitnessEvidence{}, damaged(err)
	}
	e, err := v.entry(w.Refusal.Seq)
	if err != nil {
		return chain.WitnessEvidence{}, err
	}
	n := treeNodes{v.tx}
	shown := chain.HandoverEntry{ChainHash: e.Hash, Payload: e.Raw}
	if e.Seq > 1 {
		before, err := n.ChainHashes(e.Seq-1, 1)
		if err != nil {
			return chain.WitnessEvidence{}, damaged(err)
		}
		shown.PreviousHash = before[0]
	}
	out, err := chain.ProveAgainst(n, src.Header(), w.Refusal.Size, &shown, e.Seq)
	if err != nil {
		return out, damaged(err)
	}
	return out, nil
}
