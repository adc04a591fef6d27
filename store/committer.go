package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// Limits of one commit, from design.md.
const (
	maxActs  = 256
	maxBytes = 8 << 20
)

type act struct {
	ctx  context.Context
	by   Actor
	ev   chain.Event
	fn   func(*Tx) error // or nil, where the entry is made already
	made *prepared
	move *keyMove // a hand-over of the signing key, or nil
	done chan struct{}
	seq  uint64
	err  error
}

func (a *act) finish(seq uint64, err error) {
	a.seq, a.err = seq, err
	close(a.done)
}

// committer owns the tenant's head: only its goroutine reads and advances it.
// It shares one fsync among the acts that wait.
type committer struct {
	t      *Tenant
	acts   chan *act
	idle   chan func()
	closed chan struct{}
	ended  chan struct{}
	mu     sync.RWMutex
	over   bool
	crowd  bool // the last commit was of several acts
}

func newCommitter(t *Tenant) *committer {
	c := &committer{t: t, acts: make(chan *act, maxActs), idle: make(chan func()), closed: make(chan struct{}), ended: make(chan struct{})}
	go c.run()
	return c
}

func (c *committer) submit(a *act) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.over {
		return Fail(Unavailable, "closing")
	}
	select {
	case c.acts <- a:
		return nil
	case <-a.ctx.Done():
		return a.ctx.Err()
	}
}

// between runs fn on the committer's goroutine while nothing is being committed.
func (c *committer) between(ctx context.Context, fn func() error) error {
	done := make(chan error, 1)
	select {
	case c.idle <- func() { done <- fn() }:
		return <-done
	case <-c.closed:
		return Fail(Unavailable, "closing")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close lets the acts already submitted commit, then ends the goroutine.
func (c *committer) close() {
	c.mu.Lock()
	if !c.over {
		c.over = true
		close(c.closed)
	}
	c.mu.Unlock()
	<-c.ended
}

func (c *committer) run() {
	defer close(c.ended)
	for {
		select {
		case a := <-c.acts:
			c.commit(c.gather(a))
		case fn := <-c.idle:
			fn()
		case <-c.closed:
			for {
				select {
				case a := <-c.acts:
					c.commit(c.gather(a))
				default:
					return
				}
			}
		}
	}
}

// gather takes the acts that wait. Where several came together last time, their
// authors, who have just been told, get a turn to bring the next.
func (c *committer) gather(first *act) []*act {
	batch := []*act{first}
	for asked := !c.crowd; len(batch) < maxActs; {
		select {
		case a := <-c.acts:
			batch = append(batch, a)
			continue
		default:
		}
		if asked {
			break
		}
		asked = true
		runtime.Gosched()
	}
	c.crowd = len(batch) > 1
	return batch
}

// commit brings a batch to an end: each act commits or fails by itself.
func (c *committer) commit(batch []*act) {
	for len(batch) > 0 {
		if err := c.t.usable(); err != nil {
			for _, a := range batch {
				a.finish(0, err)
			}
			return
		}
		var s stage
		bad := -1
		err := guard(c.t.path, func() (err error) {
			s, bad, err = c.attempt(batch)
			return err
		})
		if bad >= 0 {
			batch[bad].finish(0, err)
			batch = append(batch[:bad:bad], batch[bad+1:]...)
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
			for _, a := range batch {
				a.finish(0, why)
			}
			return
		}
		c.t.apply(s)
		if s.move != nil && c.t.settle() != nil && c.t.ID == BoxID {
			c.t.resume() // the tenant has stopped, and the old key is not destroyed
		}
		for i, tx := range s.txs {
			batch[i].finish(tx.Seq, nil)
		}
		batch = batch[len(s.txs):]
	}
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

// attempt runs acts in one transaction until the byte limit. bad is the index
// of an act that failed, with its error; otherwise err is the commit's.
func (c *committer) attempt(batch []*act) (s stage, bad int, err error) {
	bad = -1
	btx, err := c.t.db().Begin(true)
	if err != nil {
		return s, bad, fmt.Errorf("begin transaction: %w", err)
	}
	defer btx.Rollback()
	s.head = c.t.head.next()
	size := 0
	for i, a := range batch {
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
	if err = c.t.seal(btx, &s); err != nil {
		return s, bad, err
	}
	if err := btx.Commit(); err != nil {
		return s, bad, fmt.Errorf("commit: %w", err)
	}
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
	if a.made != nil {
		tx = &Tx{View: View{t, btx}, Event: &a.ev, Seq: h.seq + 1}
		return tx, t.link(tx, h, a.made)
	}
	ev := a.ev
	ev.Detail = cloneDetail(a.ev.Detail)
	ev.Private = cloneDetail(a.ev.Private)
	tx = &Tx{View: View{t, btx}, Event: &ev, Seq: h.seq + 1}
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
