package chainbench

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

// maxGroup is the committer's own limit of a commit.
const maxGroup = 256

// group is a yardstick: writers hand it payloads and wait, one goroutine makes
// those that wait durable together, and stays open for a crowd, as the committer
// does.
type group struct {
	in    chan waiting
	ended chan struct{}

	batch  []waiting
	over   bool
	due    int // how many may be expected
	grace  time.Duration
	waited time.Duration
}

type waiting struct {
	payload []byte
	done    chan error
}

// turns, maxGrace: the committer's own.
const (
	turns    = 4
	maxGrace = time.Millisecond
)

// newGroup makes groups with put, which is called once a payload, and end, which
// makes what was put durable.
func newGroup(begin func() error, put func(payload []byte) error, end func() error) *group {
	g := &group{in: make(chan waiting, maxGroup), ended: make(chan struct{})}
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
			g.grace = min(time.Since(begun)/4, maxGrace)
			for _, w := range g.batch {
				w.done <- err
			}
			g.due = len(g.batch) + len(g.in)
		}
	}()
	return g
}

// more is the committer's.
func (g *group) more() bool {
	if len(g.batch) >= maxGroup || g.over {
		return false
	}
	var since time.Time
	for turn := 0; ; turn++ {
		select {
		case w, more := <-g.in:
			if g.over = !more; more {
				g.batch = append(g.batch, w)
			}
			return more
		default:
		}
		if len(g.batch) >= g.due || turn >= turns {
			return false
		}
		if now := time.Now(); turn == 0 {
			since = now
		} else if g.waited += now.Sub(since); g.waited > g.grace {
			return false
		} else {
			since = now
		}
		runtime.Gosched()
	}
}

// put returns once the payload is durable.
func (g *group) put(payload []byte) error {
	w := waiting{payload, make(chan error, 1)}
	g.in <- w
	return <-w.done
}

func (g *group) close() {
	close(g.in)
	<-g.ended
}

// newBolt is group commit into a bbolt file, opened as the box opens its own.
func newBolt(path string) (g *group, end func(), err error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType})
	if err != nil {
		return nil, nil, fmt.Errorf("open yardstick: %w", err)
	}
	var tx *bolt.Tx
	var bucket *bolt.Bucket
	seq := uint64(0)
	g = newGroup(func() (err error) {
		if tx, err = db.Begin(true); err != nil {
			return err
		}
		if bucket, err = tx.CreateBucketIfNotExists([]byte("entries")); err != nil {
			return err
		}
		bucket.FillPercent = 1 // as the box does
		return nil
	}, func(payload []byte) error {
		seq++
		return bucket.Put(binary.BigEndian.AppendUint64(nil, seq), payload)
	}, func() error { return tx.Commit() })
	return g, func() { g.close(); db.Close() }, nil
}

// newFile is group commit into a plain file.
func newFile(path string) (g *group, end func(), err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, nil, fmt.Errorf("create yardstick: %w", err)
	}
	var buf []byte
	g = newGroup(func() error { buf = buf[:0]; return nil }, func(payload []byte) error {
		buf = append(append(buf, payload...), '\n')
		return nil
	}, func() error {
		if _, err := f.Write(buf); err != nil {
			return err
		}
		return f.Sync()
	})
	return g, func() { g.close(); f.Close() }, nil
}

// fsyncs returns the median time of an fsync after a page was written.
func fsyncs(path string, n int) (time.Duration, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, fmt.Errorf("create file: %w", err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	took := make([]time.Duration, n)
	for i := range took {
		if _, err := f.Write(page); err != nil {
			return 0, fmt.Errorf("write page: %w", err)
		}
		begun := time.Now()
		if err := f.Sync(); err != nil {
			return 0, fmt.Errorf("sync file: %w", err)
		}
		took[i] = time.Since(begun)
	}
	return median(took), nil
}

// crowd lets so many writers call put for a while and returns calls a second.
func crowd(writers int, slice time.Duration, put func(i int) error) (float64, error) {
	var wg sync.WaitGroup
	counts, errs := make([]int, writers), make([]error, writers)
	begun := time.Now()
	for w := range writers {
		wg.Go(func() {
			for i := w; time.Since(begun) < slice && errs[w] == nil; i += writers {
				errs[w] = put(i)
				counts[w]++
			}
		})
	}
	wg.Wait()
	took, n := time.Since(begun), 0
	for w := range writers {
		if errs[w] != nil {
			return 0, errs[w]
		}
		n += counts[w]
	}
	return float64(n) / took.Seconds(), nil
}
