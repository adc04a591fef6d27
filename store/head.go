package store

import (
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// head is where a chain stands: what the next entry needs and what a commit
// signs. It advances only after the commit that contains it is durable.
type head struct {
	seq  uint64
	hash chain.Hash
	time time.Time
	tree chain.Range
	// fresh are the chain hashes that the tree lacks until the commit is sealed.
	fresh []chain.Hash
	// closed is the size at which the last closed segment ends.
	closed uint64
	// wall and mono are the two clocks at the last entry of this process, to
	// tell a step of the wall clock from time that passed.
	wall time.Time
	// signed is the newest checkpoint; nothing is before the first.
	signed SignedCheckpoint
}

func (h head) next() head {
	h.tree = h.tree.Clone()
	return h
}

// clockStep is the difference from which a step of the clock is an entry.
const clockStep = 5 * time.Minute

// stepClock appends clock.step where the wall clock moved by over five minutes
// against the monotonic clock since this process's last entry, or is that far
// behind the last entry (audit-chain.md, member time).
// It leaves the time in h.wall.
func (t *Tenant) stepClock(btx *bolt.Tx, h *head) error {
	now := t.now()
	var step time.Duration
	if !h.wall.IsZero() {
		step = now.Round(0).Sub(h.wall.Round(0)) - now.Sub(h.wall)
	}
	if behind := now.Sub(h.time); h.seq > 0 && behind < -clockStep && h.wall.IsZero() {
		step = behind
	}
	if h.seq == 0 || step.Abs() <= clockStep {
		h.wall = now
		return nil
	}
	h.wall = now
	ev := chain.Event{Action: chain.ClockStep, Detail: chain.Detail{"step_ms": step.Milliseconds()}}
	tx := &Tx{View: View{t, btx}, Event: &ev, Seq: h.seq + 1}
	return t.appendEntry(tx, h, System("clock"), ev)
}

// appendEntry prepares one entry and links it to the head, inside tx.
func (t *Tenant) appendEntry(tx *Tx, h *head, by Actor, ev chain.Event) error {
	var p prepared
	if err := t.prepare(&p, by, ev); err != nil {
		return err
	}
	return t.link(tx, h, &p, t.now())
}

// link gives a prepared entry its place behind the head, inside tx.
func (t *Tenant) link(tx *Tx, h *head, p *prepared, now time.Time) error {
	seq, at, skew := h.seq+1, now.UTC().Truncate(time.Millisecond), int64(0)
	if at.Before(h.time) {
		skew, at = h.time.Sub(at).Milliseconds(), h.time
	}
	if p.plain != nil && !tx.unkept {
		if err := t.sealPrivate(tx, seq, p); err != nil {
			return err
		}
	}
	hash, record, err := p.draft.Place(h.hash, seq, at, skew)
	if err != nil {
		return fmt.Errorf("append entry: %w", err)
	}
	if err := tx.putRaw("entries", u64(seq), record); err != nil {
		return err
	}
	if len(tx.docs) > 0 {
		b, _ := json.Marshal(tx.docs)
		if err := tx.putRaw("changes", u64(seq), b); err != nil {
			return err
		}
	}
	h.seq, h.hash, h.time = seq, hash, at
	h.fresh = append(h.fresh, hash)
	return nil
}

// seal completes the Merkle tree's rows and signs the checkpoint of a commit.
func (t *Tenant) seal(btx *bolt.Tx, s *stage) error {
	h := &s.head
	rows, err := h.tree.Grow(treeNodes{btx}, h.fresh)
	if err != nil {
		return fmt.Errorf("complete tree: %w", err)
	}
	h.fresh = h.fresh[:0]
	for _, r := range rows {
		if err := btx.Bucket([]byte("tree")).Put(treeKey(r.Level, r.Index), joinHashes(r.Hashes)); err != nil {
			return fmt.Errorf("put tree row: %w", err)
		}
	}
	signers := []*chain.Signer{t.signer.Load()}
	if s.move != nil {
		signers = []*chain.Signer{s.move.by, s.move.next}
	}
	s.note, err = chain.Checkpoint{Origin: t.origin, Size: h.seq, Root: h.tree.Root()}.Sign(signers...)
	if err != nil {
		return fmt.Errorf("sign checkpoint: %w", err)
	}
	for _, tx := range s.txs {
		if s.kept = s.kept || tx.kept; tx.keep != "" {
			s.keep = tx.keep
		}
	}
	if s.move != nil {
		if s.keep = KeptKey; s.move.by.Verifier() != t.signer.Load().Verifier() {
			s.keep = KeptRestore
		}
		if err := t.putHandover(btx, s); err != nil {
			return err
		}
	}
	return t.putCheckpoint(btx, s)
}

// apply publishes a durable commit: in memory first, then to the index.
func (t *Tenant) apply(s stage) {
	t.head = s.head
	if s.move != nil {
		t.signer.Store(s.move.next)
	}
	t.published.Store(&published{seq: s.head.seq, time: s.head.time, note: s.note})
	if k := t.worm.Load(); k != nil && s.kept {
		k.nudge()
	}
	dirty := false
	for _, tx := range s.txs {
		dirty = dirty || len(tx.docs) > 0
		if t.follower != nil && len(tx.classes) > 0 {
			t.follower.reclass(tx.classes)
		}
		for _, fn := range tx.after {
			fn()
		}
	}
	if dirty && t.follower != nil {
		t.follower.wake()
	}
}

// published is what readers may know of the head without asking the committer.
type published struct {
	seq  uint64
	time time.Time
	note string
}

// Head returns the newest entry's number and the checkpoint that covers it.
func (t *Tenant) Head() (seq uint64, checkpoint string) {
	p := t.published.Load()
	return p.seq, p.note
}
