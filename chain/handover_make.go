package chain

import "fmt"

// KeyEvent is the entry that names the next checkpoint key. The checkpoint
// whose last entry it is must be signed by the old key and by next, and be kept
// for ever; then the old private key is destroyed.
func KeyEvent(next *Signer) Event {
	return Event{Action: AuditKey, Detail: Detail{"key": next.Verifier()}}
}

// RestoreEvent is the first entry after a restore. backup is the checkpoint of
// the backup, known the highest one known elsewhere, or the zero Checkpoint. Its
// checkpoint is signed by the recovery key and by next, under the origin with
// the next suffix.
func RestoreEvent(next *Signer, backup, known Checkpoint) Event {
	d := Detail{"key": next.Verifier(), "size": backup.Size, "root": backup.Root.Base64()}
	if known.Size > backup.Size {
		d["known_size"], d["known_root"] = known.Size, known.Root.Base64()
	}
	return Event{Action: AuditRestore, Detail: d}
}

// PruneEvent is the entry that cuts the payloads 1 to to. last is chain_hash[to]
// and before a checkpoint signed before the cut, of at least that size.
func PruneEvent(to uint64, last Hash, before Checkpoint) Event {
	return Event{Action: AuditPrune, Detail: Detail{
		"to": to, "chain_hash": last, "size": before.Size, "root": before.Root.Base64(),
	}}
}

// MakeHandover proves that note, whose last entry is e, belongs to the tree of
// size leaves. Errors: ErrCheckpoint, ErrSize, those of n.
func MakeHandover(n Nodes, note string, e HandoverEntry, size uint64) (Handover, error) {
	cp, _, err := OpenCheckpoint(note)
	if err != nil {
		return Handover{}, fmt.Errorf("make hand-over: %w", err)
	}
	if cp.Size == 0 {
		return Handover{}, fmt.Errorf("make hand-over of an empty log: %w", ErrSize)
	}
	o := Handover{Note: note, Entry: e}
	if o.Inclusion, err = ProveInclusion(n, cp.Size, cp.Size-1); err != nil {
		return Handover{}, fmt.Errorf("make hand-over: %w", err)
	}
	if o.Consistency, err = ProveConsistency(n, cp.Size, size); err != nil {
		return Handover{}, fmt.Errorf("make hand-over: %w", err)
	}
	return o, nil
}
