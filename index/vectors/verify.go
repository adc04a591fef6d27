package vectors

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
)

// verifyParts is in how many parts an embedder's vectors are read.
const verifyParts = 16

// Verify reads every record, on all processors, and returns the texts; where
// Open has left something for later, so does Verify. Errors: ErrCorrupt.
func (f *File) Verify() (texts map[uint32]Text, err error) {
	jobs := []func() error{func() (err error) {
		texts, err = f.Texts()
		return err
	}}
	if f.check.whole {
		jobs = append(jobs, f.verifyJobs()...)
	}
	if err := sideBySide(jobs); err != nil {
		return nil, fmt.Errorf("verify vectors: %w", err)
	}
	return texts, nil
}

// verifyJobs read the vectors of all embedders.
func (f *File) verifyJobs() (jobs []func() error) {
	ids, err := f.Embedders()
	if err != nil {
		return []func() error{func() error { return err }}
	}
	for _, id := range ids {
		for part := range verifyParts {
			jobs = append(jobs, func() error { return f.verifyPart(id, part) })
		}
	}
	return jobs
}

// verifyPart checks those of an embedder's records whose keys begin with a
// sixteenth of all first bytes; keys of another length are in one of them too.
func (f *File) verifyPart(id string, part int) error {
	const width = 256 / verifyParts
	if err := f.goOn(); err != nil {
		return err
	}
	return f.view(func(tx *bolt.Tx) error {
		defer f.unmapped(tx, largeFile)
		b, dim, err := bucketOf(tx, id)
		if err != nil {
			return err
		}
		c := b.Cursor()
		k, v := c.First()
		if part > 0 {
			k, v = c.Seek([]byte{byte(part * width)})
		}
		for ; k != nil; k, v = c.Next() {
			switch {
			case len(k) > 0 && int(k[0]) >= (part+1)*width:
				return nil
			case bytes.Equal(k, dimKey):
				continue
			case len(k) != len(Key{}):
				return fmt.Errorf("key of %d bytes: %w", len(k), ErrCorrupt)
			}
			if err := checkVector(Key(k), v, dim); err != nil {
				return err
			}
		}
		return nil
	})
}

// sideBySide runs jobs on all processors until one fails.
func sideBySide(jobs []func() error) error {
	var next atomic.Int64
	workers := min(runtime.GOMAXPROCS(0), len(jobs))
	errs := make([]error, workers)
	var failed atomic.Bool
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(jobs) && !failed.Load(); i = next.Add(1) - 1 {
				if errs[w] = jobs[i](); errs[w] != nil {
					failed.Store(true)
				}
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
