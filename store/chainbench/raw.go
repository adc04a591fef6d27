package chainbench

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

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
