package chain

import "slices"

// mark is an entry that bears on keys or pruning, with a payload of its own.
type mark struct {
	seq     uint64
	hash    Hash
	payload []byte
}

// isMark reports whether the verifier has to look into an entry's detail.
func isMark(seq uint64, action []byte) bool {
	if seq == 1 {
		return true
	}
	switch string(action) {
	case AuditKey, AuditRestore, AuditPrune:
		return true
	}
	return false
}

// meet takes what an entry of the log says about keys and pruning.
func (v *verification) meet(m mark) *fault {
	p, err := ParsePayload(m.payload)
	if err != nil {
		return classify(m.seq, err)
	}
	if m.seq == 1 {
		return v.meetFirst(p)
	}
	switch p.Action {
	case AuditPrune:
		return v.meetPrune(p)
	case AuditKey, AuditRestore:
		return v.meetMove(m)
	}
	return nil
}

func (v *verification) meetFirst(p Payload) *fault {
	if p.Action != TenantCreate {
		return faultf(1, FaultFirstEntry, "entry 1 is not %s", TenantCreate)
	}
	v.ownFirst, _ = p.Detail["key"].(string)
	if err := CheckVerifier(v.ownFirst, v.name); err != nil {
		return faultf(1, FaultFirstEntry, "first key: %v", err)
	}
	if recovery, stated := p.Detail["recovery_key"]; stated {
		v.ownRecovery, _ = recovery.(string)
		if err := CheckVerifier(v.ownRecovery, v.name); err != nil {
			return faultf(1, FaultFirstEntry, "recovery key: %v", err)
		}
	}
	if v.firstKey != "" && v.firstKey != v.ownFirst {
		return faultf(1, FaultFirstKey, "entry 1 names another first key than the one given")
	}
	if v.recoveryKey != "" && v.recoveryKey != v.ownRecovery {
		return faultf(1, FaultRecoveryKey, "entry 1 names another recovery key than the one given")
	}
	return nil
}

func (v *verification) meetPrune(p Payload) *fault {
	cut := v.h.Pruned
	if cut == nil || p.Detail["to"] != int64(cut.To) {
		return nil
	}
	if h, stated := p.Detail["chain_hash"]; stated && h != cut.ChainHash.String() {
		return faultf(p.Seq, FaultPruned, "the entry that pruned 1 to %d names another chain hash", cut.To)
	}
	size, _ := p.Detail["size"].(int64)
	root, stated := p.Detail["root"].(string)
	if stated && (uint64(size) < cut.To || uint64(size) >= p.Seq) {
		return faultf(p.Seq, FaultPruned, "the checkpoint signed before the cut is not one of before it")
	}
	v.report.PrunedBy, v.before = p.Seq, before{p.Seq, uint64(size), root}
	return nil
}

// before is the checkpoint that an audit.prune entry says was signed before it.
type before struct {
	seq, size uint64
	root      string // base64, or "" where none is stated
}

// checkBefore compares it with the tree, which the leaves that follow lead to
// its size, if they do.
func (v *verification) checkBefore(tree Range, hashes []Hash) *fault {
	b := v.before
	if v.before.root = ""; b.root == "" || b.size < tree.size || b.size-tree.size > uint64(len(hashes)) {
		return nil
	}
	tree = tree.Clone()
	for _, h := range hashes[:b.size-tree.size] {
		tree.Append(h)
	}
	if root := tree.Root(); root.Base64() != b.root {
		return faultf(b.seq, FaultPruned, "the entries up to %d do not give the root that the entry names which pruned", b.size)
	}
	return nil
}

// meetMove holds an audit.key or audit.restore entry against the hand-overs,
// which must have exactly these, in order.
func (v *verification) meetMove(m mark) *fault {
	if v.broken || !v.h.Complete {
		return nil
	}
	if v.next == len(v.moves) || v.moves[v.next].seq > m.seq {
		return faultf(m.seq, FaultHandoverMissing, "entry %d changes the key, and no hand-over says so", m.seq)
	}
	if want := v.moves[v.next]; want.seq != m.seq || want.hash != m.hash {
		return faultf(want.seq, FaultHandoverMismatch, "entry %d is not the one that its hand-over holds", want.seq)
	}
	v.next++
	return nil
}

// allMet reports the first hand-over whose entry was not among those walked.
func (v *verification) allMet() *fault {
	if v.broken || v.next >= len(v.moves) {
		return nil
	}
	seq := v.moves[v.next].seq
	return faultf(seq, FaultHandoverMismatch, "entry %d is not the one that its hand-over holds", seq)
}

// noteRoot takes the root that the entries give at a watched size.
func (v *verification) noteRoot(size uint64, root Hash) *fault {
	v.roots[size] = root
	f := v.compareRoot(size, root)
	if p := v.h.Pruned; f != nil && p != nil && !v.leaned {
		// Where the entries after the cut are sound, only the range is left to blame.
		return faultf(p.To, FaultPruned, "the range of the pruned entries does not lead to the root at size %d", size)
	}
	v.leaned = true
	return f
}

func (v *verification) compareRoot(size uint64, root Hash) *fault {
	for _, m := range v.moves {
		if m.seq == size && m.root != root {
			return faultf(size, FaultHandoverMismatch, "the entries up to %d do not give the root that its hand-over signs", size)
		}
		if m.restore != nil && m.restore.Size == size && m.oldRoot != "" && m.oldRoot != root.Base64() {
			return faultf(m.seq, FaultRestore, "the entries up to %d do not give the root of the restored backup", size)
		}
	}
	if p := v.h.Pruned; p != nil && p.To == size {
		if given, err := NewRange(p.To, p.Range); err != nil || given.Root() != root {
			return faultf(size, FaultPruned, "the range of the pruned entries does not fit their chain hashes")
		}
	}
	if size == v.cp.Size && root != v.cp.Root {
		return faultf(size, FaultRoot, "the entries do not give the root that the checkpoint of size %d signs", size)
	}
	return nil
}

// watched returns the watched sizes above low and up to high.
func (v *verification) watched(low, high uint64) []uint64 {
	from, _ := slices.BinarySearch(v.watch, low+1)
	to, _ := slices.BinarySearch(v.watch, high+1)
	return v.watch[from:to]
}
