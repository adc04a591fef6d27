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
// those that wait durable together, as the committer does.
type group struct {
	in    chan waiting
	ended chan struct{}
}

type waiting struct {
	payload []byte
	done    chan error
}

func newGroup(commit func(payloads [][]byte) error) *group {
	g := &group{in: make(chan waiting, maxGroup), ended: make(chan struct{})}
	go func() {
		defer close(g.ended)
		crowd := false
		for w := range g.in {
			batch := g.gather(w, crowd)
			crowd = len(batch) > 1
			payloads := make([][]byte, len(batch))
			for i, w := range batch {
				payloads[i] = w.payload
			}
			err := commit(payloads)
			for _, w := range batch {
				w.done <- err
			}
		}
	}()
	return g
}

// gather takes those that wait, as the committer does: a crowd gets a turn to
// come back first.
func (g *group) gather(first waiting, crowd bool) []waiting {
	batch := []waiting{first}
	for asked := !crowd; len(batch) < maxGroup; {
		select {
		case w, more := <-g.in:
			if !more {
				return batch
			}
			batch = append(batch, w)
			continue
		default:
		}
		if asked {
			break
		}
		asked = true
		runtime.Gosched()
	}
	return batch
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
	bucket, seq := []byte("entries"), uint64(0)
	g = newGroup(func(payloads [][]byte) error {
		return db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(bucket)
			if err != nil {
				return err
			}
			b.FillPercent = 1 // as the box does
			for _, p := range payloads {
				seq++
				if err := b.Put(binary.BigEndian.AppendUint64(nil, seq), p); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return g, func() { g.close(); db.Close() }, nil
}

// newFile is group commit into a plain file.
func newFile(path string) (g *group, end func(), err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, nil, fmt.Errorf("create yardstick: %w", err)
	}
	var buf []byte
	g = newGroup(func(payloads [][]byte) error {
		buf = buf[:0]
		for _, p := range payloads {
			buf = append(append(buf, p...), '\n')
		}
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
