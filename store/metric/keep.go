package metric

import (
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Counter only rises. The zero value is ready.
type Counter struct{ n atomic.Uint64 }

// Add counts n more.
func (c *Counter) Add(n uint64) { c.n.Add(n) }

// Value is how many there were since the start.
func (c *Counter) Value() uint64 { return c.n.Load() }

// mostKeys bounds the values of a label; what comes beyond is counted as Other.
const mostKeys = 64

// Other is where Counts counts what is too much.
const Other = "other"

// Counts counts by a word of the program's own. The zero value is ready.
type Counts struct {
	mu  sync.Mutex
	all map[string]uint64
}

// Add counts one more of a word.
func (c *Counts) Add(word string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]uint64{}
	}
	if _, known := c.all[word]; !known && len(c.all) >= mostKeys {
		word = Other
	}
	c.all[word]++
}

// Each calls fn for each word, in their order.
func (c *Counts) Each(fn func(word string, n uint64)) {
	c.mu.Lock()
	all := maps.Clone(c.all)
	c.mu.Unlock()
	for _, word := range slices.Sorted(maps.Keys(all)) {
		fn(word, all[word])
	}
}

// bounds are the upper ends of every histogram's buckets, in seconds: from a
// commit on a good disk to the longest answer that is waited for.
var bounds = [...]float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300}

// Histogram counts durations by how long they were. The zero value is ready.
type Histogram struct {
	buckets [len(bounds) + 1]atomic.Uint64 // each alone; the last is for what is longer
	sum     atomic.Uint64                  // bits of a float64, seconds
}

// Observe counts a duration.
func (h *Histogram) Observe(d time.Duration) {
	s := d.Seconds()
	i, _ := slices.BinarySearch(bounds[:], s)
	h.buckets[i].Add(1)
	for {
		old := h.sum.Load()
		if h.sum.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+s)) {
			return
		}
	}
}

// Since counts the time since begun.
func (h *Histogram) Since(begun time.Time) { h.Observe(time.Since(begun)) }
