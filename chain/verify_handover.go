package chain

import (
	"slices"

	"golang.org/x/mod/sumdb/note"
)

// move is one step of the keys: a hand-over or a restore.
type move struct {
	seq     uint64 // of its entry, and the size of its note
	hash    Hash   // the entry's chain hash
	root    Hash   // in the note
	note    string
	key     string // the new one
	lives   int    // restores that the note's origin tells of
	restore *Restore
	oldRoot string // base64 root of the backup's checkpoint, if stated
}

// readHandovers reads every hand-over and checks all but its signatures. It
// returns the first fault; hand-overs that can be read are kept even so, so that
// the walk can name the entry that broke the proof.
func (v *verification) readHandovers() *fault {
	var first *fault
	for _, o := range v.h.Handovers {
		m, f := v.readHandover(o)
		if f != nil {
			v.broken = true
			if first == nil {
				first = f
			}
			return first
		}
		if n := len(v.moves); n > 0 && v.moves[n-1].seq >= m.seq || m.seq > v.cp.Size {
			v.broken = true
			return faultf(m.seq, FaultHandover, "hand-overs out of order or beyond the checkpoint")
		}
		v.moves = append(v.moves, m)
		if m.restore != nil {
			v.report.Restored = append(v.report.Restored, *m.restore)
		}
		if f := v.proveHandover(o, m); f != nil && first == nil {
			first = f
		}
	}
	return first
}

func (v *verification) readHandover(o Handover) (move, *fault) {
	cp, _, err := OpenCheckpoint(o.Note)
	if err != nil {
		return move{}, faultf(0, FaultHandover, "%v", err)
	}
	m := move{seq: cp.Size, hash: o.Entry.ChainHash, root: cp.Root, note: o.Note}
	p, err := ParsePayload(o.Entry.Payload)
	if err != nil {
		return m, faultf(m.seq, FaultHandover, "%v", err)
	}
	if p.Seq != m.seq {
		return m, faultf(m.seq, FaultHandover, "the entry of seq %d is not the last of its note of size %d", p.Seq, m.seq)
	}
	if Link(o.Entry.PreviousHash, o.Entry.Payload) != m.hash {
		return m, faultf(m.seq, FaultHandover, "the entry does not give its chain hash")
	}
	ours := false
	if m.lives, ours = restoresIn(cp.Origin, v.name); !ours {
		return m, faultf(m.seq, FaultHandover, "its origin is of another chain")
	}
	m.key, _ = p.Detail["key"].(string)
	if err := CheckVerifier(m.key, v.name); err != nil {
		return m, faultf(m.seq, FaultHandover, "new key: %v", err)
	}
	switch p.Action {
	case AuditKey:
		return m, nil
	case AuditRestore:
		return m, m.readRestore(p.Detail)
	}
	return m, faultf(m.seq, FaultHandover, "its entry is neither %s nor %s", AuditKey, AuditRestore)
}

// readRestore reads an audit.restore entry's detail: size and root of the
// backup's checkpoint, known_size of the highest checkpoint known elsewhere.
func (m *move) readRestore(d Detail) *fault {
	base := m.seq - 1
	if size, stated := d["size"]; stated && size != int64(base) {
		return faultf(m.seq, FaultRestore, "the backup's size is not the entry's place in the chain")
	}
	m.restore = &Restore{Entry: m.seq, Size: base, LostTo: base}
	if known, ok := d["known_size"].(int64); ok && known > int64(base) {
		m.restore.LostTo = uint64(known)
	}
	m.oldRoot, _ = d["root"].(string)
	return nil
}

func (v *verification) proveHandover(o Handover, m move) *fault {
	if err := VerifyInclusion(o.Inclusion, m.seq, m.seq-1, m.root, m.hash); err != nil {
		return faultf(m.seq, FaultHandoverProof, "the entry is not the last of the note's tree")
	}
	if err := VerifyConsistency(o.Consistency, m.seq, m.root, v.cp.Size, v.cp.Root); err != nil {
		return faultf(m.seq, FaultHandoverProof, "the note of size %d does not belong to the checkpoint's tree", m.seq)
	}
	return nil
}

// checkKeys follows the keys from the first to the checkpoint's signer.
func (v *verification) checkKeys() *fault {
	key, recovery, lives, vouched := v.startKeys()
	var earlier []string
	for _, m := range v.moves {
		by := key
		if m.restore != nil {
			by = recovery
			lives++
			if recovery == "" || !vouched {
				v.doubt = "a restore was signed by a recovery key that nothing vouches for: give the recovery key beside the first key"
			}
		} else if key != "" {
			// What the first key's heirs signed includes entry 1, and with it the
			// recovery key, if entry 1 is here to be read.
			vouched = true
		}
		if m.lives != lives {
			return faultf(m.seq, FaultHandover, "its origin tells of %d restores where there were %d", m.lives, lives)
		}
		if m.key == key {
			return faultf(m.seq, FaultHandover, "the new key is the old one")
		}
		if by != "" && !holds(m.note, by) {
			f := faultf(m.seq, FaultHandoverSigned, "the note of size %d is not signed by the key that went before", m.seq)
			f.looks = looksOfKeys(m.note, earlier)
			return f
		}
		if !holds(m.note, m.key) {
			return faultf(m.seq, FaultHandoverSigned, "the note of size %d is not signed by the new key", m.seq)
		}
		earlier = append(earlier, key)
		key = m.key
	}
	if v.lives != lives {
		return faultf(0, FaultCheckpoint, "its origin tells of %d restores where there were %d", v.lives, lives)
	}
	if key != "" && !holds(v.h.Checkpoint, key) {
		f := faultf(0, FaultSignature, "the checkpoint is not signed by the key that the hand-overs lead to")
		f.looks = looksOfKeys(v.h.Checkpoint, earlier)
		return f
	}
	v.endKey, v.endRecovery, v.endVouched = key, recovery, vouched
	return nil
}

// startKeys are the keys that sign where the log begins: the first ones, or for a
// segment those at the end of the one before.
func (v *verification) startKeys() (key, recovery string, lives int, vouched bool) {
	if a := v.after; a != nil {
		v.doubt = a.doubt
		return a.key, a.recovery, a.lives, a.vouched
	}
	if key = v.firstKey; key == "" {
		key = v.ownFirst
	}
	if recovery = v.recoveryKey; recovery == "" {
		recovery = v.ownRecovery
	}
	return key, recovery, 0, v.recoveryKey != ""
}

// looksOfKeys tells a note signed by a key of an earlier time from one that is
// signed by a stranger.
func looksOfKeys(note string, earlier []string) string {
	for _, k := range earlier {
		if k != "" && holds(note, k) {
			return LooksOldKey
		}
	}
	return LooksOtherKey
}

// holds reports whether vkey signed the note.
func holds(text, vkey string) bool {
	k, err := note.NewVerifier(vkey)
	if err != nil {
		return false
	}
	ok, err := signedBy(text, k)
	return ok && err == nil
}

// planWatch lists the sizes whose roots the walk has to note.
func (v *verification) planWatch() {
	sizes := []uint64{v.cp.Size}
	for _, m := range v.moves {
		sizes = append(sizes, m.seq)
		if m.restore != nil {
			sizes = append(sizes, m.restore.Size)
		}
	}
	for _, o := range v.outside {
		sizes = append(sizes, o.cp.Size)
	}
	if v.h.Pruned != nil {
		sizes = append(sizes, v.h.Pruned.To)
	}
	slices.Sort(sizes)
	v.watch = slices.Compact(sizes)
}
