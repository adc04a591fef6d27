package llm

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrQueueFull says that more people are waiting than the queue takes.
var ErrQueueFull = errors.New("too many questions are waiting")

// Queue lets a fixed number of chats run at a time; the others wait, and each knows its place. Those of one firm
// are served in the order in which they came; between firms that wait, each has turns by its share (weighted fair
// queueing with turns of the same cost: Demers, Keshav and Shenker 1989). It is safe for concurrent use.
type Queue struct {
	mu      sync.Mutex
	slots   int
	longest int
	busy    int
	waiting []*waiter
	spent   map[string]float64 // turns that a firm has had, over its share, while it or another waits
}

// wholeShare is the weight of a firm for which none is set.
const wholeShare = 100

// waiter's channels are written under Queue.mu: turn is closed when a slot is given over to it; place holds the
// newest place and never blocks.
type waiter struct {
	turn  chan struct{}
	place chan int
	firm  string
	share int
	told  int // the place that was told last
}

// NewQueue makes a queue with slots chats at a time and at most longest waiting.
func NewQueue(slots, longest int) *Queue {
	return &Queue{slots: max(slots, 1), longest: max(longest, 0), spent: map[string]float64{}}
}

// Enter is EnterFor for nobody in particular.
func (q *Queue) Enter(ctx context.Context, moved func(place int)) (leave func(), err error) {
	return q.EnterFor(ctx, "", 0, moved)
}

// EnterFor waits for a slot and returns the function that gives it back, which may be called more than once. share
// is the weight of the firm, 1 to 100, other values 100: of the turns and of the places in the queue.
// moved, if not nil, hears the place in the queue, 1 for the next, when it is taken and whenever it changes; it
// is called by the goroutine that waits. A context that ends leaves the queue at once.
//
// Errors: ErrQueueFull, ErrCancelled.
func (q *Queue) EnterFor(ctx context.Context, firm string, share int, moved func(place int)) (leave func(), err error) {
	if share < 1 || share > wholeShare {
		share = wholeShare
	}
	w, err := q.join(ctx, firm, share)
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
func (q *Queue) join(ctx context.Context, firm string, share int) (*waiter, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	own := 0
	for _, w := range q.waiting {
		if w.firm == firm {
			own++
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("wait for a slot: %w: %w", ErrCancelled, ctx.Err())
	case q.busy < q.slots && len(q.waiting) == 0:
		q.busy++
		q.spend(firm, share)
		return nil, nil
	case len(q.waiting) >= q.longest, share < wholeShare && own >= max(1, q.longest*share/wholeShare):
		return nil, fmt.Errorf("wait for a slot: %w", ErrQueueFull)
	}
	if own == 0 {
		q.arrive(firm)
	}
	w := &waiter{turn: make(chan struct{}), place: make(chan int, 1), firm: firm, share: share}
	q.waiting = append(q.waiting, w)
	q.tell()
	return w, nil
}

// spend counts a turn.
func (q *Queue) spend(firm string, share int) { q.spent[firm] += 1 / float64(share) }

// arrive lets a firm that comes to wait begin no earlier than the one of those that
// wait which has had the least: what it left unused is nobody's debt.
func (q *Queue) arrive(firm string) {
	least := 0.0
	for i, w := range q.waiting {
		if s := q.spent[w.firm]; i == 0 || s < least {
			least = s
		}
	}
	q.spent[firm] = max(q.spent[firm], least)
}

// order is who is served after whom, by the shares as they are spent.
func (q *Queue) order() []*waiter {
	spent := make(map[string]float64, len(q.spent))
	for f, s := range q.spent {
		spent[f] = s
	}
	var firms []string // in the order in which their first came
	of := map[string][]*waiter{}
	for _, w := range q.waiting {
		if len(of[w.firm]) == 0 {
			firms = append(firms, w.firm)
		}
		of[w.firm] = append(of[w.firm], w)
	}
	out := make([]*waiter, 0, len(q.waiting))
	for len(out) < len(q.waiting) {
		best := ""
		for _, f := range firms {
			if len(of[f]) > 0 && (len(of[best]) == 0 || spent[f] < spent[best]) {
				best = f
			}
		}
		w := of[best][0]
		of[best] = of[best][1:]
		spent[best] += 1 / float64(w.share)
		out = append(out, w)
	}
	return out
}

// leave gives a slot to whose turn it is.
func (q *Queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		if q.busy--; q.busy == 0 {
			clear(q.spent) // nobody is owed anything
		}
		return
	}
	next := q.order()[0]
	q.take(next)
	q.spend(next.firm, next.share)
	close(next.turn)
	q.tell()
}

// take takes a waiter out and tells whether it was there. The caller holds q.mu.
func (q *Queue) take(w *waiter) bool {
	for i, o := range q.waiting {
		if o == w {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// desert takes a waiter out; if its turn came at the same moment, the slot goes on.
func (q *Queue) desert(w *waiter) {
	q.mu.Lock()
	if q.take(w) {
		q.tell()
		q.mu.Unlock()
		return
	}
	q.mu.Unlock()
	q.leave()
}

// tell gives every waiter its place. The caller holds q.mu.
func (q *Queue) tell() {
	for i, w := range q.order() {
		if w.told == i+1 {
			continue
		}
		w.told = i + 1
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
