package store

import (
	"io"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// TestPace: a backup waits while people are answered, goes on when they are, and
// on a box that never rests keeps a third of its speed.
func TestPace(t *testing.T) {
	const work = time.Millisecond // for a piece
	for name, c := range map[string]struct {
		busy          func(since time.Duration) bool
		least, atMost time.Duration // for 9000 pieces
	}{
		"nobody":         {func(time.Duration) bool { return false }, 9 * time.Second, 9 * time.Second},
		"always":         {func(time.Duration) bool { return true }, 26 * time.Second, 28 * time.Second},
		"one of 10 ms":   {func(d time.Duration) bool { return d%(10*time.Millisecond) < time.Millisecond }, 9900 * time.Millisecond, 10200 * time.Millisecond},
		"one long while": {func(d time.Duration) bool { return d > 2*time.Second && d < 2500*time.Millisecond }, 9490 * time.Millisecond, 9510 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				p := &pace{w: io.Discard, busy: func() bool { return c.busy(time.Since(begun)) }}
				for range 9000 {
					if _, err := p.Write(nil); err != nil {
						t.Fatal(err)
					}
					time.Sleep(work)
				}
				if took := time.Since(begun); took < c.least || took > c.atMost {
					t.Errorf("took %v, wanted %v to %v", took, c.least, c.atMost)
				}
			})
		})
	}
}

// TestProcessors: backups beside each other widen the runtime once, and the last gives
// back what there was.
func TestProcessors(t *testing.T) {
	var c processors
	before := runtime.GOMAXPROCS(0)
	first, second := c.enter(), c.enter()
	first()
	if n := runtime.GOMAXPROCS(0); n != before+paceThreads {
		t.Errorf("%d processors beside a backup, not %d", n, before+paceThreads)
	}
	second()
	if n := runtime.GOMAXPROCS(0); n != before {
		t.Errorf("%d processors after it, not %d", n, before)
	}
}
