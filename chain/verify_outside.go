package chain

import (
	"errors"
	"fmt"
	"slices"
)

// outside is a checkpoint that was kept elsewhere.
type outside struct {
	cp     Checkpoint
	text   string
	lives  int
	number int // from 1, in the order given
}

// against makes the checkpoint what a fault is seen by.
func (o outside) against(f *fault) *fault {
	f.against = o.number
	return f
}

func (v *verification) readOutside() (*fault, error) {
	for i, text := range v.o.Checkpoints {
		if note, ok := NoteIn([]byte(text)); ok {
			text = note
		}
		cp, _, err := OpenCheckpoint(text)
		if err != nil {
			return nil, fmt.Errorf("read checkpoint from elsewhere: %w", err)
		}
		lives, ours := restoresIn(cp.Origin, v.name)
		if !ours {
			f := faultf(0, FaultOutsideOther, "checkpoint %d from elsewhere is of another chain", i+1)
			return outside{number: i + 1}.against(f), nil
		}
		v.outside = append(v.outside, outside{cp, text, lives, i + 1})
	}
	return nil, nil
}

// checkOutside holds each checkpoint from elsewhere against the chain.
func (v *verification) checkOutside() *fault {
	for _, o := range v.outside {
		if f := v.checkOutsideSigned(o); f != nil {
			return f
		}
		if v.lostByRestore(o) {
			continue
		}
		if o.cp.Size > v.cp.Size {
			return o.against(faultf(v.cp.Size+1, FaultShorter, "a checkpoint from elsewhere has %d entries, this chain %d", o.cp.Size, v.cp.Size))
		}
		root, known := v.rootAt(o.cp.Size)
		if !known {
			return o.against(faultf(0, FaultUndecided, "these data do not give the root at size %d: ask the box for a consistency proof from there", o.cp.Size))
		}
		if root != o.cp.Root || v.livesAt(o.cp.Size) != o.lives {
			return o.against(faultf(o.cp.Size, FaultOutside, "an entry up to %d is not what a checkpoint from elsewhere signed", o.cp.Size))
		}
	}
	return nil
}

// checkOutsideSigned refuses a signature in the name of one of this chain's keys
// that does not verify. Keys that the chain doesn't know are no fault: the
// comparison of roots decides.
func (v *verification) checkOutsideSigned(o outside) *fault {
	keys := []string{v.firstKey, v.recoveryKey, v.ownFirst, v.ownRecovery}
	if v.after != nil {
		keys = append(keys, v.after.key, v.after.recovery)
	}
	for _, m := range v.moves {
		keys = append(keys, m.key)
	}
	for _, k := range keys {
		if k == "" {
			continue
		}
		if _, _, err := OpenCheckpoint(o.text, k); errors.Is(err, ErrSignature) {
			return o.against(faultf(0, FaultOutsideSigned, "the checkpoint from elsewhere of size %d bears a signature that does not hold", o.cp.Size))
		}
	}
	return nil
}

// lostByRestore reports whether o is of an earlier life and newer than the
// backup that ended it, and notes how far the loss goes.
func (v *verification) lostByRestore(o outside) bool {
	i := o.lives - v.livesBefore()
	if i < 0 || i >= len(v.report.Restored) {
		return false
	}
	r := &v.report.Restored[i]
	if o.cp.Size <= r.Size {
		return false
	}
	r.LostTo = max(r.LostTo, o.cp.Size)
	return true
}

// livesAt returns how many restores lie before the checkpoint of that size.
func (v *verification) livesAt(size uint64) int {
	n := v.livesBefore()
	for _, r := range v.report.Restored {
		if size > r.Size {
			n++
		}
	}
	return n
}

// livesBefore is how many restores lie before the log's first entry.
func (v *verification) livesBefore() int {
	if v.after != nil {
		return v.after.lives
	}
	return 0
}

// rootAt returns the root at size from the entries, from a hand-over whose
// proofs held, or from the checkpoint.
func (v *verification) rootAt(size uint64) (Hash, bool) {
	if size == v.cp.Size {
		return v.cp.Root, true
	}
	if size == 0 {
		var empty Range
		return empty.Root(), true
	}
	if root, ok := v.roots[size]; ok {
		return root, true
	}
	for _, m := range v.moves {
		if m.seq == size {
			return m.root, true
		}
	}
	return Hash{}, false
}

// checkWitnesses notes how far each witness has seen the chain: the checkpoint
// itself and those from elsewhere, which have been held against the chain, may
// bear its line. A line in a witness's name that does not hold is a fault.
func (v *verification) checkWitnesses() *fault {
	seen := map[string]Witness{}
	for _, o := range append([]outside{{cp: v.cp, text: v.h.Checkpoint, lives: v.lives}}, v.outside...) {
		for _, k := range v.o.Witnesses {
			at, ok, err := OpenCosignature(o.text, k)
			if err != nil {
				return o.against(faultf(0, FaultOutsideSigned, "the line of witness %s on the checkpoint of size %d does not hold", nameOf(k), o.cp.Size))
			}
			if w := seen[k]; ok && !v.lostByRestore(o) && (o.cp.Size > w.Size || o.cp.Size == w.Size && at.After(w.At)) {
				seen[k] = Witness{nameOf(k), o.cp.Size, at}
			}
		}
	}
	for _, k := range v.o.Witnesses {
		if w, ok := seen[k]; ok && !slices.Contains(v.report.Witnessed, w) {
			v.report.Witnessed = append(v.report.Witnessed, w)
		}
	}
	return nil
}

// cosignedBy names a witness whose line the checkpoint of that number bears, even
// one that doesn't hold; "" where there is none.
func (v *verification) cosignedBy(number int) string {
	if number < 1 || number > len(v.o.Checkpoints) {
		return ""
	}
	text := v.o.Checkpoints[number-1]
	if note, ok := NoteIn([]byte(text)); ok {
		text = note
	}
	for _, k := range v.o.Witnesses {
		if _, ok, err := OpenCosignature(text, k); ok || errors.Is(err, ErrSignature) {
			return nameOf(k)
		}
	}
	return ""
}
