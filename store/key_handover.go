package store

import (
	"bytes"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// keyMove changes the key that signs. Its entry is the last of its commit, and
// that commit's checkpoint bears the signatures of both.
type keyMove struct {
	by   *chain.Signer // the key that goes, or the recovery key
	next *chain.Signer
}

// Handover is a checkpoint signed by two keys, kept for ever with the entry that
// names the new one, whose payload may be pruned from the chain some day.
type Handover struct {
	Size    uint64    `json:"size"`
	Time    time.Time `json:"time"`  // of the entry
	Clock   time.Time `json:"clock"` // the box's, which may be behind the entry's time
	Key     string    `json:"key"`   // the new verifier key
	Restore bool      `json:"restore,omitempty"`
	Note    string    `json:"note"`

	ChainHash    chain.Hash `json:"chain_hash"`
	PreviousHash chain.Hash `json:"previous_hash"`
	Payload      []byte     `json:"payload"` // canonical
}

var handovers = table[Handover]("handovers")

// Handovers lists every hand-over of the signing key, oldest first.
func (v *View) Handovers() ([]Handover, error) { return handovers.all(v) }

// lastHandover returns the newest, false if the first key still signs.
func (v *View) lastHandover() (Handover, bool, error) {
	k, _ := v.tx.Bucket([]byte(handovers)).Cursor().Last()
	if k == nil {
		return Handover{}, false, nil
	}
	h, err := handovers.get(v, bytes.Clone(k))
	return h, err == nil, err
}

// restores counts how often the chain was restored from a backup.
func (v *View) restores() (n int, err error) {
	err = handovers.each(v, nil, func(_ []byte, h Handover) bool {
		if h.Restore {
			n++
		}
		return true
	})
	return n, err
}

// putHandover keeps the commit's note with its last entry.
func (t *Tenant) putHandover(btx *bolt.Tx, s *stage) error {
	tx := &Tx{View: View{t, btx}}
	e, err := tx.entry(s.head.seq)
	if err != nil {
		return err
	}
	previous := btx.Bucket([]byte("entries")).Get(u64(e.Seq - 1))
	if len(previous) < 32 {
		return Fail(Corrupt, "damaged").Because(fmt.Errorf("read chain hash %d: %w", e.Seq-1, errDamaged))
	}
	return handovers.put(tx, u64(e.Seq), Handover{
		Size: e.Seq, Time: e.Time, Clock: t.now().UTC(), Key: s.move.next.Verifier(), Restore: e.Action == chain.AuditRestore,
		Note: s.note, ChainHash: e.Hash, PreviousHash: chain.Hash(previous[:32]), Payload: e.Raw,
	})
}

// provenHandovers returns the hand-overs up to a checkpoint's size, and the sizes
// of their notes, with the proofs that they belong to its tree. Proofs that a damaged tree doesn't give
// are left empty: the verifier names what is wrong.
func (v *View) provenHandovers(size uint64) (out []chain.Handover, sizes []uint64, err error) {
	all, err := v.Handovers()
	if err != nil {
		return nil, nil, err
	}
	for _, h := range all {
		if h.Size > size {
			break
		}
		entry := chain.HandoverEntry{ChainHash: h.ChainHash, PreviousHash: h.PreviousHash, Payload: h.Payload}
		o, err := chain.MakeHandover(treeNodes{v.tx}, h.Note, entry, size)
		if err != nil {
			o = chain.Handover{Note: h.Note, Entry: entry}
		}
		out, sizes = append(out, o), append(sizes, h.Size)
	}
	return out, sizes, nil
}
