package ui

import (
	"sync"
	"time"

	"coffre/chain"
	"coffre/store"
)

// lookTime is how long somebody who has opened a document may look at its pages
// without another entry: turning twenty pages is one reading.
const lookTime = 30 * time.Minute

const maxLooks = 10_000

// looks remembers who has a committed document.read of what. It is lost with
// the process, which costs an entry and loses none.
type looks struct {
	mu  sync.Mutex
	all map[lookKey]*looked
}

type lookKey struct{ tenant, kind, actor, session, version string }

type looked struct {
	mu sync.Mutex // held while the entry is written: others wait for it to be there
	at time.Time
}

func (l *looks) get(k lookKey) *looked {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) >= maxLooks {
		l.all = nil
	}
	if l.all == nil {
		l.all = map[lookKey]*looked{}
	}
	if l.all[k] == nil {
		l.all[k] = &looked{}
	}
	return l.all[k]
}

func (q *request) lookAt(v store.Version) *looked {
	k := lookKey{q.t.ID, q.p.Actor.Kind, q.p.Actor.ID, q.p.Session, v.ID}
	return q.s.looks.get(k)
}

// traceRead commits that a version is opened, and lets its pages follow.
func (q *request) traceRead(d store.Document, v store.Version) error {
	l := q.lookAt(v)
	l.mu.Lock()
	defer l.mu.Unlock()
	return q.read(l, d, v)
}

func (q *request) read(l *looked, d store.Document, v store.Version) error {
	err := q.trace(chain.DocumentRead, d, v)
	if err == nil {
		l.at = time.Now()
	}
	return err
}

// traceLook commits a reading unless the same actor, in the same session, has
// one of this version within lookTime. Looking on doesn't prolong it.
func (q *request) traceLook(d store.Document, v store.Version) error {
	l := q.lookAt(v)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.at.IsZero() && time.Since(l.at) < lookTime {
		return nil
	}
	return q.read(l, d, v)
}
