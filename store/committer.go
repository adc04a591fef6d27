package store

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"coffre/chain"
)

// Limits of one commit, from design.md.
const (
	maxActs  = 256
	maxBytes = 8 << 20
)

// committer owns the tenant's head: only its goroutine reads and advances it.
// It shares one fsync among the acts that wait.
type committer struct {
	t      *Tenant
	acts   chan *act    // nil: somebody who was coming is not
	coming atomic.Int32 // acts whose entries their authors are just making
	idle   chan func()
	closed chan struct{}
	ended  chan struct{}
	mu     sync.RWMutex
	over   bool

	// What follows is the goroutine's own.
	batch []*act // of the commit that is being made
	txs   []*Tx
	crowd crowd
	// patience ends a wait for the next act.
	patience *time.Timer
}

func newCommitter(t *Tenant) *committer {
	c := &committer{t: t, acts: make(chan *act, maxActs), idle: make(chan func()), closed: make(chan struct{}), ended: make(chan struct{}), patience: time.NewTimer(time.Hour)}
	c.patience.Stop()
	go c.run()
	return c
}

// act is what somebody asks for and waits for. enter uses it again.
type act struct {
	ctx  context.Context
	by   Actor
	ev   chain.Event
	fn   func(*Tx) error // or nil, where the entry is made already
	made prepared
	tx   Tx       // of an act without fn, whom nobody else can see
	move *keyMove // a hand-over of the signing key, or nil
	done chan struct{}
	seq  uint64
	err  error
}

var idleActs = sync.Pool{New: func() any { return &act{done: make(chan struct{}, 1)} }}

// roomKept bounds the memory that an idle act keeps for the next entry.
const roomKept = 16 << 10

func newAct(ctx context.Context, by Actor, ev chain.Event) *act {
	a := idleActs.Get().(*act)
	a.ctx, a.by, a.ev = ctx, by, ev
	return a
}

// free gives the act up. Only its author may, once nobody else has it.
func (a *act) free() {
	room := a.made.room
	if used := a.made.draft.Room(); used != nil {
		room = used
	}
	if cap(room) > roomKept {
		room = nil
	}
	*a = act{done: a.done, made: prepared{room: room}}
	idleActs.Put(a)
}

// finish tells the author, whose the act is again.
func (a *act) finish(seq uint64, err error) {
	a.seq, a.err = seq, err
	a.done <- struct{}{}
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
	default:
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
			if a != nil {
				c.commit(a)
			}
		case fn := <-c.idle:
			fn()
		case <-c.closed:
			for {
				select {
				case a := <-c.acts:
					if a != nil {
						c.commit(a)
					}
				default:
					return
				}
			}
		}
	}
}

// crowd is for how many acts a commit stays open. Authors who have just been
// told often bring the next: an fsync costs more than waiting for them does.
type crowd struct {
	due    int           // how many may be expected
	grace  time.Duration // how long may be waited altogether
	waited time.Duration
}

const (
	// turns is how often those who can run get to, with nobody coming, before
	// nobody is waited for any more.
	turns = 24
	// maxGrace bounds waiting where an fsync takes long.
	maxGrace = time.Millisecond
)

// more takes one more act into the batch, if there is one or will be at once.
func (c *committer) more() bool {
	if len(c.batch) >= maxActs {
		return false
	}
	for turn := 0; ; {
		select {
		case a := <-c.acts:
			if a == nil {
				continue
			}
			c.batch = append(c.batch, a)
			return true
		default:
		}
		switch {
		case len(c.batch) >= c.crowd.due || turn >= turns || c.crowd.waited > c.crowd.grace:
			return false
		case c.coming.Load() == 0:
			turn++
			begun := time.Now()
			runtime.Gosched()
			c.crowd.waited += time.Since(begun)
		default:
			if a := c.next(); a != nil {
				c.batch = append(c.batch, a)
				return true
			}
			turn = 0
		}
	}
}

// next waits for an act whose author is making its entry; nil where that comes
// to nothing, or takes too long. The goroutine rests meanwhile: one that only
// gives way is taken up again before its processor looks for authors to run.
func (c *committer) next() (a *act) {
	begun := time.Now()
	c.patience.Reset(c.crowd.grace - c.crowd.waited)
	select {
	case a = <-c.acts:
	case <-c.patience.C:
	}
	c.patience.Stop()
	c.crowd.waited += time.Since(begun)
	return a
}

// giveUp tells a committer that may be waiting that an author isn't coming.
func (c *committer) giveUp() {
	select {
	case c.acts <- nil:
	default: // it has acts to look at
	}
}
