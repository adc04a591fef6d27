package llm

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrQueueFull says that more people are waiting than the queue takes.
var ErrQueueFull = errors.New("too many questions are waiting")

// Queue lets a fixed number of chats run at a time; the others wait in the order in which they came, and each
// knows its place. It is safe for concurrent use.
type Queue struct {
	mu      sync.Mutex
	slots   int
	longest int
	busy    int
	waiting []*waiter
}

// waiter's channels are written under Queue.mu: turn is closed when a slot is given over to it; place holds the
// newest place and never blocks.
type waiter struct {
	turn  chan struct{}
	place chan int
}

// NewQueue makes a queue with slots chats at a time and at most longest waiting.
func NewQueue(slots, longest int) *Queue {
	return &Queue{slots: max(slots, 1), longest: max(longest, 0)}
}

// Enter waits for a slot and returns the function that gives it back, which may be called more than once.
// moved, if not nil, hears the place in the queue, 1 for the next, when it is taken and whenever it changes; it
// is called by the goroutine that waits. A context that ends leaves the queue at once.
//
// Errors: ErrQueueFull, ErrCancelled.
func (q *Queue) Enter(ctx context.Context, moved func(place int)) (leave func(), err error) {
	w, err := q.join(ctx)
	if err != nil {
		return nil, err
	}
	if w == nil {
		return sync.OnceFunc(q.leave), nil
	}
	for {
		select {
		case <-w.turn:
			return sync.OnceFunc(q.leave), nil
		case n := <-w.place:
			if moved != nil {
				moved(n)
			}
		case <-ctx.Done():
			q.desert(w)
			return nil, fmt.Errorf("wait for a slot: %w: %w", ErrCancelled, ctx.Err())
		}
	}
}

// join takes a free slot (nil waiter) or a place in the queue.
func (q *Queue) join(ctx context.Context) (*waiter, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("wait for a slot: %w: %w", ErrCancelled, ctx.Err())
	case q.busy < q.slots && len(q.waiting) == 0:
		q.busy++
		return nil, nil
	case len(q.waiting) >= q.longest:
		return nil, fmt.Errorf("wait for a slot: %w", ErrQueueFull)
	}
	w := &waiter{turn: make(chan struct{}), place: make(chan int, 1)}
	q.waiting = append(q.waiting, w)
	w.place <- len(q.waiting)
	return w, nil
}

// leave gives a slot to whoever waits longest.
func (q *Queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.busy--
		return
	}
	next := q.waiting[0]
	q.waiting = q.waiting[1:]
	close(next.turn)
	q.tell()
}

// desert takes a waiter out; if its turn came at the same moment, the slot goes on.
func (q *Queue) desert(w *waiter) {
	q.mu.Lock()
	for i, o := range q.waiting {
		if o == w {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			q.tell()
			q.mu.Unlock()
			return
		}
	}
	q.mu.Unlock()
	q.leave()
}

// tell gives every waiter its place. The caller holds q.mu.
func (q *Queue) tell() {
	for i, w := range q.waiting {
		select {
		case <-w.place:
		default:
		}
		w.place <- i + 1
	}
}

// Load is how many chats run and how many wait.
func (q *Queue) Load() (running, waiting int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.busy, len(q.waiting)
}
