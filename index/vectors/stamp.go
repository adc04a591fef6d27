package vectors

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// stamp says of a snapshot that it holds all vectors that a file had for its
// embedder after a certain transaction. A set that is closed with everything
// saved stamps its snapshot. Whatever is written to the file later has a higher
// number, so that what a killed process leaves has no stamp that fits.
type stamp struct {
	file [12]byte // drawn when the file was made
	tx   uint64   // of bbolt
}

// stampNow is the file's stamp as it is; one without a name is never equal to a
// snapshot's.
func (f *File) stampNow() (s stamp, err error) {
	err = f.view(func(tx *bolt.Tx) error {
		if b := tx.Bucket(stateBucket).Get(nameKey); len(b) == len(s.file) {
			s = stamp{file: [12]byte(b), tx: uint64(tx.ID())}
		}
		return nil
	})
	if err != nil {
		return stamp{}, fmt.Errorf("read state of vectors: %w", err)
	}
	return s, nil
}

// named gives a file its name. It belongs to an update.
func named(tx *bolt.Tx) error {
	b := make([]byte, len(stamp{}.file))
	_, _ = rand.Read(b) // never fails
	return tx.Bucket(stateBucket).Put(nameKey, b)
}

// valid tells a stamp from none.
func (s stamp) valid() bool { return s.file != stamp{}.file }

// stampSnapshot puts a stamp on the snapshot at path, if it is the one of this
// embedder with so many slots.
func stampSnapshot(path string, id [32]byte, slots uint32, s stamp) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("stamp snapshot: %w", err)
	}
	defer f.Close()
	h, err := readHeader(f)
	if err != nil {
		return fmt.Errorf("stamp snapshot: %w", err)
	}
	if h.id != id || h.n != slots || h.stamp == s {
		return nil
	}
	h.stamp = s
	if _, err := f.WriteAt(h.encode(), 0); err != nil {
		return fmt.Errorf("stamp snapshot: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("stamp snapshot: %w", err)
	}
	return nil
}

// stamped lists the snapshots beside the file that have its stamp.
func (f *File) stamped() (paths []string, err error) {
	now, err := f.stampNow()
	if err != nil || !now.valid() {
		return nil, err
	}
	all, err := filepath.Glob(f.graphGlob())
	if err != nil {
		return nil, nil // the path has a bracket: then there is no quick start
	}
	for _, path := range all {
		r, err := os.Open(path)
		if err != nil {
			continue
		}
		if h, err := readHeader(r); err == nil && h.stamp == now {
			paths = append(paths, path)
		}
		_ = r.Close() // only read
	}
	return paths, nil
}
