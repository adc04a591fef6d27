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
	t    *Tenant
	acts chan *act
	// coming counts authors who may soon have an act: those who were told of one
	// and have not run since, and those who are making an entry.
	coming atomic.Int32
	// sought is how many acts a committer that rests waits for; 0: it does not
	// rest. Whoever takes it back to 0 ends the rest by woken.
	sought atomic.Int32
	woken  chan struct{}
	idle   chan func()
	closed chan struct{}
	ended  chan struct{}
	mu     sync.RWMutex
	over   bool

	// What follows is the goroutine's own.
	batch []*act // of the commit that is being made
	txs   []*Tx
	crowd crowd
	ahead ahead
	// patience ends a wait for the next act.
	patience *time.Timer
}

func newCommitter(t *Tenant) *committer {
	c := &committer{t: t, acts: make(chan *act, maxActs), woken: make(chan struct{}, 1), idle: make(chan func()), closed: make(chan struct{}), ended: make(chan struct{}), patience: time.NewTimer(time.Hour)}
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

// finish tells the author, whose the act is again and who counts as coming.
func (a *act) finish(seq uint64, err error) {
	a.seq, a.err = seq, err
	a.done <- struct{}{}
}

// wait returns once the act, which was submitted, has committed or failed.
func (c *committer) wait(a *act) (uint64, error) {
	<-a.done
	c.came()
	defer a.free()
	return a.seq, a.err
}

func (c *committer) submit(a *act) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.over {
		return Fail(Unavailable, "closing")
	}
	select {
	case c.acts <- a:
		c.rouse(false)
		return nil
	default:
	}
	select {
	case c.acts <- a:
		c.rouse(false)
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
	defer c.ahead.close()
	for {
		select {
		case a := <-c.acts:
			c.commit(a)
		case fn := <-c.idle:
			fn()
		case <-c.closed:
			for {
				select {
				case a := <-c.acts:
					c.commit(a)
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

// bunch is for how many acts a committer that rests is woken: one at a time it
// would be carried from processor to processor, and the authors with it.
const bunch = 16

// more takes one more act into the batch, if there is one or will be at once.
func (c *committer) more() bool {
	if len(c.batch) >= maxActs {
		return false
	}
	for turn := 0; ; {
		select {
		case a := <-c.acts:
			c.batch = append(c.batch, a)
			return true
		default:
		}
		missing := c.crowd.due - len(c.batch)
		if missing <= 0 || turn >= turns || c.crowd.waited > c.crowd.grace {
			return false
		}
		begun := time.Now()
		if c.coming.Load() > 0 {
			c.rest(int32(min(missing, bunch)))
			turn = 0
		} else {
			runtime.Gosched()
			turn++
		}
		c.crowd.waited += time.Since(begun)
	}
}

// rest waits for so many acts, until nobody is coming any more, or too long. The
// goroutine parks meanwhile: one that only gives way is taken up again before
// its processor looks for authors to run.
func (c *committer) rest(acts int32) {
	c.sought.Store(acts)
	if len(c.acts) < int(acts) && c.coming.Load() > 0 {
		c.patience.Reset(c.crowd.grace - c.crowd.waited)
		select {
		case <-c.woken:
			c.patience.Stop()
			return
		case <-c.patience.C:
		}
	}
	if c.sought.Swap(0) == 0 {
		<-c.woken // somebody was quicker
	}
}

// came is told of an author who no longer counts as coming.
func (c *committer) came() {
	if c.coming.Add(-1) == 0 {
		c.rouse(true)
	}
}

// rouse ends a committer's rest where all that it waits for is there, or will
// not be.
func (c *committer) rouse(all bool) {
	n := c.sought.Load()
	if n > 0 && (all || len(c.acts) >= int(n)) && c.sought.CompareAndSwap(n, 0) {
		c.woken <- struct{}{}
	}
}
