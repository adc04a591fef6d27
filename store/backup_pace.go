package store

import (
	"io"
	"os"
	"runtime"
	"sync"
	"time"
)

const (
	// paceShare is how long a backup may wait for people, as a multiple of how long
	// it worked: on a box that never rests it goes on at a third of its speed.
	paceShare = 2
	// paceMost is how much of that it may save up.
	paceMost = time.Second
	// paceLook is how often it looks whether they are answered.
	paceLook = 200 * time.Microsecond
)

// pace steps aside while somebody is answered. A thread that stands behind others
// still holds what they share: the caches, the memory's bandwidth, a processor
// that is in the middle of a system call.
type pace struct {
	w      io.Writer
	busy   func() bool
	credit time.Duration // it may still wait
	went   time.Time     // the last piece
}

// Write implements io.Writer.
func (p *pace) Write(b []byte) (int, error) {
	now := time.Now()
	if !p.went.IsZero() {
		p.credit = min(p.credit+paceShare*now.Sub(p.went), paceMost)
	}
	for p.credit > 0 && p.busy() {
		time.Sleep(paceLook)
		then := time.Now()
		p.credit -= then.Sub(now)
		now = then
	}
	p.went = now
	return p.w.Write(b)
}

// YieldTo makes backups wait while somebody is being answered; by itself the box
// knows of nobody.
func (r *Root) YieldTo(busy func() bool) { r.answering.Store(&busy) }

func (r *Root) busy() bool {
	busy := r.answering.Load()
	return busy != nil && (*busy)()
}

// paceThreads are the threads that a backup keeps busy: one reads and encrypts, two
// hash.
const paceThreads = 3

// processors gives the runtime as many processors more as backups keep threads busy.
// Such a thread holds one also while the system runs it last of all, and who comes
// with a request would wait for one, up to the 10 ms after which the runtime takes
// it away.
type processors struct {
	mu      sync.Mutex
	backups int
	before  int
}

var beside processors

func (c *processors) enter() (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.backups++; c.backups == 1 {
		c.before = runtime.GOMAXPROCS(0)
		runtime.GOMAXPROCS(c.before + paceThreads)
	}
	return c.leave
}

func (c *processors) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.backups--; c.backups > 0 {
		return
	}
	if os.Getenv("GOMAXPROCS") != "" {
		runtime.GOMAXPROCS(c.before)
	} else {
		runtime.SetDefaultGOMAXPROCS() // which goes on following the machine
	}
}
