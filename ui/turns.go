package ui

import (
	"cmp"
	"context"
	"sync"

	"coffre/store"
)

// How many do at once what copies the database, and how many may wait for it.
const (
	maxAtOnce  = 2
	maxWaiting = 32
)

// turns lets a few at a time do what costs a copy of the database and a process
// of its own. The zero value works.
type turns struct {
	atOnce, mayWait int // default maxAtOnce and maxWaiting

	mu      sync.Mutex
	free    chan struct{}
	waiting int
}

// take waits for a turn; release gives it back. Error: Unavailable "busy" where
// too many wait already, or the context's.
func (t *turns) take(ctx context.Context) (release func(), err error) {
	t.mu.Lock()
	if t.free == nil {
		t.free = make(chan struct{}, cmp.Or(t.atOnce, maxAtOnce))
	}
	if t.waiting >= cmp.Or(t.mayWait, maxWaiting) {
		t.mu.Unlock()
		return nil, store.Fail(store.Unavailable, "busy")
	}
	t.waiting++
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		t.waiting--
		t.mu.Unlock()
	}()
	select {
	case t.free <- struct{}{}:
		return func() { <-t.free }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
