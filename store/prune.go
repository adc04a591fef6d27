package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"coffre/chain"
)

// pruneBatch is how many payloads go with one audit.prune entry, so that a
// commit stays small where a firm decides to prune what years have left.
const pruneBatch = 20000

var keyPruned = []byte("pruned")

// Pruned says of which entries only the chain hashes are left, and which entry
// cut them.
type Pruned struct {
	To uint64 `json:"to"` // entries 1 to To; 0 for none
	By uint64 `json:"by"` // the newest audit.prune
}

// Pruned returns how far the payloads are pruned.
func (v *View) Pruned() (p Pruned, err error) { return readPruned(v.tx) }

func readPruned(tx *boltTx) (p Pruned, err error) {
	b := tx.Bucket([]byte("meta")).Get(keyPruned)
	if b == nil {
		return p, nil
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return p, Fail(Corrupt, "damaged").Because(fmt.Errorf("decode pruned: %w", err))
	}
	return p, nil
}

// prunedHeader is what an export and the verifier must know of what is pruned;
// nil where nothing is.
func prunedHeader(tx *boltTx) (*chain.Pruned, error) {
	p, err := readPruned(tx)
	if err != nil || p.To == 0 {
		return nil, err
	}
	last := tx.Bucket([]byte("entries")).Get(u64(p.To))
	if len(last) < 32 {
		return nil, errDamaged
	}
	r, err := chain.RangeOf(treeNodes{tx}, p.To)
	if err != nil {
		return nil, fmt.Errorf("read tree: %w", err)
	}
	return &chain.Pruned{To: p.To, ChainHash: chain.Hash(last[:32]), Range: r.Roots()}, nil
}

// prunable returns the last entry that may be pruned now, at most pruneBatch
// beyond what is pruned; 0 for none. The cut stops before what the firm's copies
// lack (PruneWait).
func (v *View) prunable(now time.Time) (to uint64, err error) {
	done, err := v.Pruned()
	if err != nil {
		return 0, err
	}
	archive, forward, err := v.copied()
	if err != nil {
		return 0, err
	}
	last := min(archive, forward, done.To+pruneBatch)
	if last <= done.To {
		return 0, nil
	}
	return v.pruneDue(now, last)
}

// pruneDue returns the last entry up to last whose payload has had its time; 0
// for none. A hold stops the cut before the first entry that it covers. The
// newest entry always stays.
func (v *View) pruneDue(now time.Time, last uint64) (to uint64, err error) {
	days, ok := v.Retention().PruneDays()
	if !ok {
		return 0, nil
	}
	kept, err := v.activeHolds()
	if err != nil {
		return 0, err
	}
	done, err := v.Pruned()
	if err != nil {
		return 0, err
	}
	newest, err := v.checkpoint()
	if err != nil {
		return 0, err
	}
	before := now.AddDate(0, 0, -days)
	for seq := done.To + 1; seq < newest.Size && seq <= last; seq++ {
		e, err := v.entry(seq)
		if err != nil {
			return 0, err
		}
		subject := privateSubject(v.tx.Bucket([]byte("private")).Get(u64(seq)))
		if !madeAt(e.Payload).Before(before) || kept.cover(e.Payload, subject) || v.openQuestion(seq) {
			break
		}
		to = seq
	}
	return to, nil
}

func (v *View) openQuestion(seq uint64) bool {
	return v.tx.Bucket([]byte("open_questions")).Get(u64(seq)) != nil
}

// prune cuts payloads until none is left to cut, and returns how many went.
func (t *Tenant) prune(ctx context.Context) (n uint64, err error) {
	for {
		cut := uint64(0)
		ev := chain.Event{Action: chain.AuditPrune}
		_, err := t.Update(ctx, System("retention"), ev, func(tx *Tx) (err error) {
			cut, err = tx.prune()
			return err
		})
		if errors.Is(err, errNothing) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		n += cut
		killPoint("prune-batch")
	}
}

// prune makes one cut, and returns how many payloads went.
func (tx *Tx) prune() (n uint64, err error) {
	if wait, err := tx.clockDoubt(tx.t.now()); err != nil || wait > 0 {
		return 0, errors.Join(err, errNothing)
	}
	to, err := tx.prunable(tx.t.now())
	if err != nil {
		return 0, err
	}
	done, err := tx.Pruned()
	if err != nil {
		return 0, err
	}
	if to == 0 {
		return 0, errNothing
	}
	signed, err := tx.checkpoint()
	if err != nil {
		return 0, err
	}
	cp, _, err := chain.OpenCheckpoint(signed.Note)
	if err != nil {
		return 0, Fail(Corrupt, "damaged").Because(err)
	}
	var last chain.Hash
	for seq := done.To + 1; seq <= to; seq++ {
		b := tx.getCopy("entries", u64(seq))
		if len(b) <= 32 {
			return 0, Fail(Corrupt, "damaged").Because(errDamaged)
		}
		if err := tx.putRaw("entries", u64(seq), b[:32:32]); err != nil {
			return 0, err
		}
		if err := tx.deleteRaw("private", u64(seq)); err != nil {
			return 0, err
		}
		last = chain.Hash(b[:32])
	}
	tx.Event.Detail = chain.PruneEvent(to, last, cp).Detail
	if err := tx.putMeta(keyPruned, Pruned{To: to, By: tx.Seq}); err != nil {
		return 0, err
	}
	if err := tx.deleteRaw("meta", keyPruneWait); err != nil {
		return 0, err
	}
	return to - done.To, tx.mustCompact()
}
