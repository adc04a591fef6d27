package store

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// commit brings an act and those that come with it to an end: each commits or
// fails by itself.
func (c *committer) commit(first *act) {
	c.batch = append(c.batch[:0], first)
	c.crowd.waited = 0
	told := 0
	for open := true; len(c.batch) > 0; {
		if err := c.t.usable(); err != nil {
			told += c.fail(err)
			break
		}
		var s stage
		bad := -1
		err := guard(c.t.path, func() (err error) {
			s, bad, err = c.attempt(open)
			return err
		})
		if bad >= 0 {
			c.coming.Add(1)
			c.batch[bad].finish(0, err)
			c.batch = append(c.batch[:bad], c.batch[bad+1:]...)
			told++
			continue
		}
		if err != nil {
			// Whether the commit reached the disk is unknown: nothing in memory
			// may be trusted until the file has been read again.
			c.t.stop(err)
			why := c.t.usable()
			if c.t.ID == BoxID {
				c.t.resume()
			}
			told += c.fail(why)
			break
		}
		c.t.apply(s)
		if s.move != nil && c.t.settle() != nil && c.t.ID == BoxID {
			c.t.resume() // the tenant has stopped, and the old key is not destroyed
		}
		c.coming.Add(int32(len(s.txs)))
		for i, tx := range s.txs {
			c.batch[i].finish(tx.Seq, nil)
		}
		c.batch = append(c.batch[:0], c.batch[len(s.txs):]...)
		told += len(s.txs)
		if err := c.ahead.after(c.t.db(), c.t.path, len(s.txs)); err != nil {
			c.t.log.Warn("commits will take longer", "tenant", c.t.ID, "err", err)
		}
		open = false // what is left has its turn before others come
	}
	clear(c.batch[:cap(c.batch)])
	clear(c.txs[:cap(c.txs)])
	c.crowd.due = told + len(c.acts)
}

// fail tells all of the batch the same.
func (c *committer) fail(err error) (told int) {
	c.coming.Add(int32(len(c.batch)))
	for _, a := range c.batch {
		a.finish(0, err)
	}
	return len(c.batch)
}

// stage is a commit before its apply.
type stage struct {
	head head
	note string
	txs  []*Tx
	move *keyMove
	keep string // why the checkpoint is kept, or ""
	kept bool   // a checkpoint joined those that are kept
}

// attempt runs the batch in one transaction until the byte limit; while it is
// open, with the acts that come meanwhile. bad is the index of an act that
// failed, with its error; otherwise err is the commit's.
func (c *committer) attempt(open bool) (s stage, bad int, err error) {
	bad = -1
	btx, err := c.t.db().Begin(true)
	if err != nil {
		return s, bad, fmt.Errorf("begin transaction: %w", err)
	}
	defer btx.Rollback()
	s.head, s.txs = c.t.head.next(), c.txs[:0]
	size := 0
	for i := 0; i < len(c.batch) || open && c.more(); i++ {
		a := c.batch[i]
		tx, err := c.t.runAct(btx, &s.head, a)
		if errors.Is(err, errUnreadable) {
			return s, bad, err // no act's own fault
		}
		if err != nil {
			return s, i, err
		}
		s.txs = append(s.txs, tx)
		if s.move = a.move; s.move != nil {
			break // its entry is the last that the old key signs for
		}
		if size += tx.bytes; size >= maxBytes {
			break
		}
	}
	c.txs = s.txs
	if err = c.t.seal(btx, &s); err != nil {
		return s, bad, err
	}
	begun := time.Now()
	if err := btx.Commit(); err != nil {
		return s, bad, fmt.Errorf("commit: %w", err)
	}
	// Who comes too late waits for a whole commit more.
	took := time.Since(begun)
	c.crowd.grace = min(took, maxGrace)
	c.t.meters.Commit.Observe(took)
	c.t.meters.Acts.Add(uint64(len(s.txs)))
	return s, bad, nil
}

// runAct runs one act's fn and appends its entry; a panic in fn is its error.
func (t *Tenant) runAct(btx *bolt.Tx, h *head, a *act) (tx *Tx, err error) {
	if err := a.ctx.Err(); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			if explainedByDamage(r) {
				err = unreadable(t.path, r)
				return
			}
			t.log.Error("act panicked", "action", a.ev.Action, "stack", string(debug.Stack()))
			err = errors.New("act panicked")
		}
	}()
	if err := t.stepClock(btx, h); err != nil {
		return nil, err
	}
	if a.fn == nil {
		a.tx = Tx{View: View{t, btx}, Event: &a.ev, Seq: h.seq + 1}
		return &a.tx, t.link(&a.tx, h, &a.made, h.wall)
	}
	ev := a.ev
	ev.Detail = cloneDetail(a.ev.Detail)
	ev.Private = cloneDetail(a.ev.Private)
	tx = &Tx{View: View{t, btx}, Event: &ev, Seq: h.seq + 1, by: a.by.Actor}
	if err := a.fn(tx); err != nil {
		return nil, err
	}
	return tx, t.appendEntry(tx, h, a.by, ev)
}

func cloneDetail(d chain.Detail) chain.Detail {
	out := make(chain.Detail, len(d)+2)
	for k, v := range d {
		out[k] = v
	}
	return out
}
