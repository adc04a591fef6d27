package chainbench

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Limits of a group: the committer's own.
const (
	maxGroup = 256
	turns    = 24
	bunch    = 16
	maxGrace = time.Millisecond
)

// group is a yardstick: writers hand it payloads and wait, one goroutine makes
// those that wait durable together. For whom it stays open, and how it waits for
// them, is the committer's way throughout, so that what is compared is what the
// chain does, and not who gathers better.
type group struct {
	in     chan waiting
	ended  chan struct{}
	coming atomic.Int32 // writers who were told and have not run since
	sought atomic.Int32 // for how many payloads the goroutine rests, or 0
	woken  chan struct{}

	// What follows is the goroutine's own.
	batch    []waiting
	over     bool
	due      int // how many may be expected
	grace    time.Duration
	waited   time.Duration
	patience *time.Timer
}

type waiting struct {
	payload []byte
	done    chan error
}

// newGroup makes groups with put, which is called once a payload, and end, which
// makes what was put durable.
func newGroup(begin func() error, put func(payload []byte) error, end func() error) *group {
	g := &group{in: make(chan waiting, maxGroup), ended: make(chan struct{}), woken: make(chan struct{}, 1), patience: time.NewTimer(time.Hour)}
	go func() {
		defer close(g.ended)
		for w := range g.in {
			g.batch, g.waited = append(g.batch[:0], w), 0
			err := begin()
			for i := 0; i < len(g.batch) || g.more(); i++ {
				if err == nil {
					err = put(g.batch[i].payload)
				}
			}
			begun := time.Now()
			if err == nil {
				err = end()
			}
			g.grace = min(time.Since(begun), maxGrace)
			g.coming.Add(int32(len(g.batch)))
			for _, w := range g.batch {
				w.done <- err
			}
			g.due = len(g.batch) + len(g.in)
		}
	}()
	return g
}

// more takes one more payload into the batch, if there is one or will be at once.
func (g *group) more() bool {
	if len(g.batch) >= maxGroup || g.over {
		return false
	}
	for turn := 0; ; {
		select {
		case w, more := <-g.in:
			if g.over = !more; more {
				g.batch = append(g.batch, w)
			}
			return more
		default:
		}
		missing := g.due - len(g.batch)
		if missing <= 0 || turn >= turns || g.waited > g.grace {
			return false
		}
		begun := time.Now()
		if g.coming.Load() > 0 {
			g.rest(int32(min(missing, bunch)))
			turn = 0
		} else {
			runtime.Gosched()
			turn++
		}
		g.waited += time.Since(begun)
	}
}

// rest waits for so many payloads, until nobody is coming any more, or too long.
func (g *group) rest(payloads int32) {
	g.sought.Store(payloads)
	if len(g.in) < int(payloads) && g.coming.Load() > 0 {
		g.patience.Reset(g.grace - g.waited)
		select {
		case <-g.woken:
			g.patience.Stop()
			return
		case <-g.patience.C:
		}
	}
	if g.sought.Swap(0) == 0 {
		<-g.woken // somebody was quicker
	}
}

func (g *group) rouse(all bool) {
	n := g.sought.Load()
	if n > 0 && (all || len(g.in) >= int(n)) && g.sought.CompareAndSwap(n, 0) {
		g.woken <- struct{}{}
	}
}

// put returns once the payload is durable.
func (g *group) put(payload []byte) error {
	w := waiting{payload, make(chan error, 1)}
	g.in <- w
	g.rouse(false)
	err := <-w.done
	if g.coming.Add(-1) == 0 {
		g.rouse(true)
	}
	return err
}

func (g *group) close() {
	close(g.in)
	<-g.ended
}
