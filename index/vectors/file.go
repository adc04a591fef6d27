package vectors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"coffre/index/boltcheck"
)

// ErrInUse says that another process has the file open.
var ErrInUse = errors.New("vectors are open in another process")

// format changes whenever a file of before can't be read any more.
const format = 1

var (
	stateBucket     = []byte("state")
	textsBucket     = []byte("texts")
	usesBucket      = []byte("uses")
	embeddersBucket = []byte("embedders")

	formatKey  = []byte("format")
	appliedKey = []byte("applied")
	servingKey = []byte("serving")
	sweepKey   = []byte("sweep")
	dimKey     = []byte("dim")
	nameKey    = []byte("name")
)

// File is vectors.db. Its methods may be called side by side; one change at a
// time is made. What a method has returned from is durable.
type File struct {
	db    *bolt.DB
	check soundness

	// What panics in bbolt may keep its lock: nobody must wait for it then.
	writing sync.Mutex
	broken  atomic.Bool
}

// lockWait is how long Open waits for another process.
const lockWait = 500 * time.Millisecond

// Open opens the file at path, creating it unless readOnly. It checks every
// page before bbolt trusts it (soundness says which ones later than now); records
// are checked where they are read.
//
// Errors: ErrCorrupt, ErrInUse, os.ErrNotExist (readOnly), or what the file
// system says.
func Open(path string, readOnly bool) (*File, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && !readOnly:
	case err != nil:
		return nil, fmt.Errorf("open vectors: %w", err)
	case info.Size() > 0:
		if err := boltcheck.FilePart(path, lockWait, along); err != nil {
			return nil, fmt.Errorf("open vectors: %w", sorted(err))
		}
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, ReadOnly: readOnly})
	if err != nil {
		return nil, fmt.Errorf("open vectors: %w", sorted(err))
	}
	f := &File{db: db}
	if err := f.begin(readOnly); err != nil {
		return nil, errors.Join(fmt.Errorf("open vectors: %w", err), db.Close())
	}
	return f, nil
}

// checkOpened checks the rest of the pages, unless snapshots allow to put that
// off.
func (f *File) checkOpened() error {
	paths, err := f.stamped()
	for _, path := range paths {
		if r, err := os.Open(path); err == nil { // it comes while texts are read
			readAhead(r)
			_ = r.Close() // only read
		}
	}
	if err != nil || len(paths) > 0 {
		return err
	}
	if err := boltcheck.OwnFile(f.db.Path(), f.goOn); err != nil {
		return sorted(err)
	}
	f.check.whole = true
	return nil
}

func sorted(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout), errors.Is(err, boltcheck.ErrLocked):
		return ErrInUse
	case errors.Is(err, boltcheck.ErrDamaged), errors.Is(err, bolterrors.ErrInvalid),
		errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

// begin makes the buckets of a new file and checks those of another.
func (f *File) begin(readOnly bool) error {
	check := func(tx *bolt.Tx) error {
		for _, name := range [][]byte{stateBucket, textsBucket, usesBucket, embeddersBucket} {
			if tx.Bucket(name) == nil {
				return fmt.Errorf("a bucket is missing: %w", ErrCorrupt)
			}
		}
		b := tx.Bucket(stateBucket).Get(formatKey)
		if len(b) != 4 || binary.BigEndian.Uint32(b) != format {
			return fmt.Errorf("format is not %d: %w", format, ErrCorrupt)
		}
		return nil
	}
	fresh := false
	err := f.view(func(tx *bolt.Tx) error {
		if k, _ := tx.Cursor().First(); k == nil && !readOnly {
			fresh = true
			return nil
		}
		return check(tx)
	})
	if err != nil {
		return err
	}
	if !fresh {
		if err := f.checkOpened(); err != nil || readOnly {
			return err
		}
		return f.rename()
	}
	f.check.whole = true
	return f.update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{stateBucket, textsBucket, usesBucket, embeddersBucket} {
			if _, err := tx.CreateBucket(name); err != nil {
				return fmt.Errorf("create bucket: %w", err)
			}
		}
		if err := named(tx); err != nil {
			return err
		}
		return tx.Bucket(stateBucket).Put(formatKey, binary.BigEndian.AppendUint32(nil, format))
	})
}

// rename gives a file its name that was made before files had one.
func (f *File) rename() error {
	if s, err := f.stampNow(); err != nil || s.valid() {
		return err
	}
	return f.update(named)
}

// Close waits for what is running.
func (f *File) Close() error {
	f.check.closing.Store(true)
	f.check.running.Wait()
	if err := guard(f.db.Close); err != nil {
		return fmt.Errorf("close vectors: %w", err)
	}
	return nil
}

// guard turns a panic, or a fault in mapped memory, into ErrCorrupt.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read vectors: %v: %w", r, ErrCorrupt)
		}
	}()
	return fn()
}

// Broken tells whether bbolt has panicked: Close may wait for ever then, and the
// file stay locked for as long as this process lives.
func (f *File) Broken() bool { return f.broken.Load() }

// using runs a transaction unless one has panicked before.
func (f *File) using(fn func() error) error {
	if f.Broken() {
		return fmt.Errorf("use vectors: %w", ErrCorrupt)
	}
	whole := false
	err := guard(func() error {
		err := fn()
		whole = true
		return err
	})
	if !whole {
		f.broken.Store(true)
	}
	return err
}

func (f *File) view(fn func(*bolt.Tx) error) error {
	return f.using(func() error { return f.db.View(fn) })
}

func (f *File) update(fn func(*bolt.Tx) error) error {
	if err := f.sound(); err != nil {
		return err
	}
	f.writing.Lock()
	defer f.writing.Unlock()
	return f.using(func() error { return f.db.Update(fn) })
}

// Size is the file's length in bytes.
func (f *File) Size() (n int64) {
	_ = f.view(func(tx *bolt.Tx) error {
		n = tx.Size()
		return nil
	})
	return n
}

// WriteTo writes a copy of the file as it is at one moment, without holding up
// changes: what a backup takes along.
func (f *File) WriteTo(w io.Writer) (n int64, err error) {
	err = f.viewAll(func(tx *bolt.Tx) error {
		n, err = tx.WriteTo(w)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("copy vectors: %w", err)
	}
	return n, nil
}

// State is what a file says of itself.
type State struct {
	Applied uint64 // number of the last change
	Serving string // id of the embedder that answers, "" for none
	Sweep   bool   // vectors without a passage are kept, until Sweep
}

// State reads it.
func (f *File) State() (s State, err error) {
	err = f.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(stateBucket)
		if v := b.Get(appliedKey); len(v) == 8 {
			s.Applied = binary.BigEndian.Uint64(v)
		}
		s.Serving, s.Sweep = string(b.Get(servingKey)), b.Get(sweepKey) != nil
		return nil
	})
	if err != nil {
		return State{}, fmt.Errorf("read state of vectors: %w", err)
	}
	return s, nil
}

// Serve records which embedder answers.
func (f *File) Serve(id string) error {
	if s, err := f.State(); err != nil || s.Serving == id {
		return err
	}
	return f.update(func(tx *bolt.Tx) error {
		return tx.Bucket(stateBucket).Put(servingKey, []byte(id))
	})
}
