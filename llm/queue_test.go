package llm

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// enter joins the queue in the background and tells the places it hears.
func enter(q *Queue, ctx context.Context) (places chan int, done chan func(), failed chan error) {
	places, done, failed = make(chan int, 100), make(chan func(), 1), make(chan error, 1)
	go func() {
		leave, err := q.Enter(ctx, func(n int) { places <- n })
		if err != nil {
			failed <- err
			return
		}
		done <- leave
	}()
	return places, done, failed
}

func TestQueueOrder(t *testing.T) {
	q := NewQueue(1, 10)
	leave, err := q.Enter(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var places []chan int
	var turns []chan func()
	for i := range 3 {
		p, d, _ := enter(q, t.Context())
		if n := <-p; n != i+1 {
			t.Fatalf("place %d, want %d", n, i+1)
		}
		places, turns = append(places, p), append(turns, d)
	}
	if running, waiting := q.Load(); running != 1 || waiting != 3 {
		t.Fatalf("%d running, %d waiting", running, waiting)
	}
	leave()
	leave() // twice is once
	for i := range 3 {
		next := <-turns[i]
		for k := i + 1; k < 3; k++ {
			if n := <-places[k]; n != k-i {
				t.Fatalf("waiter %d hears place %d after %d turns", k, n, i+1)
			}
		}
		next()
	}
	if running, waiting := q.Load(); running != 0 || waiting != 0 {
		t.Errorf("%d running, %d waiting", running, waiting)
	}
}

func TestQueueCancel(t *testing.T) {
	q := NewQueue(1, 2)
	leave, _ := q.Enter(t.Context(), nil)
	ctx, cancel := context.WithCancel(t.Context())
	first, _, failed := enter(q, ctx)
	<-first
	second, turn, _ := enter(q, t.Context())
	<-second
	if _, err := q.Enter(t.Context(), nil); !errors.Is(err, ErrQueueFull) {
		t.Errorf("a full queue gave %v", err)
	}
	cancel()
	if err := <-failed; !errors.Is(err, ErrCancelled) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if n := <-second; n != 1 {
		t.Errorf("place %d after the first left", n)
	}
	leave()
	(<-turn)()
	if _, err := q.Enter(ctx, nil); !errors.Is(err, ErrCancelled) {
		t.Errorf("a dead context gave %v", err)
	}
}

// Many come, wait, give up and run; slots are neither lost nor doubled.
func TestQueueMany(t *testing.T) {
	q := NewQueue(3, 1000)
	var mu sync.Mutex
	running, most := 0, 0
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%3 == 0 {
				go cancel()
			}
			leave, err := q.Enter(ctx, nil)
			if err != nil {
				return
			}
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			mu.Lock()
			running--
			mu.Unlock()
			leave()
		}()
	}
	wg.Wait()
	if r, w := q.Load(); r != 0 || w != 0 || most > 3 {
		t.Errorf("%d running, %d waiting, at most %d at a time", r, w, most)
	}
}
