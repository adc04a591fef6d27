package store

import (
	"io"
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
