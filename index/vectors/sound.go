package vectors

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"

	"coffre/index/boltcheck"
)

// A file whose snapshots have its stamp holds nothing that a start needs but
// the texts. So only that part is checked when it is opened; the rest, which is
// most, in the background once the vectors are there, and at the latest before
// anybody reads or changes it. Where it is damaged, all that is refused with
// ErrCorrupt, and the stamped snapshots go, so that the next start checks
// everything first.
type soundness struct {
	whole   bool // everything was checked when the file was opened
	once    sync.Once
	err     error
	closing atomic.Bool
	running sync.WaitGroup // the check in the background
}

// errClosing ends a check when its file is closed.
var errClosing = errors.New("file of vectors is being closed")

// along is what bbolt looks up while the rest isn't checked: an embedder's
// number of components, and no use of a text.
func along(path [][]byte) (key []byte, only bool) {
	switch {
	case len(path) == 2 && string(path[0]) == string(embeddersBucket):
		return dimKey, true
	case len(path) == 1 && string(path[0]) == string(usesBucket):
		return nil, true
	}
	return nil, false
}

// sound returns when every page and record is known to be whole.
func (f *File) sound() error {
	if f.check.whole {
		return nil
	}
	f.check.once.Do(func() {
		err := sorted(boltcheck.OwnFile(f.db.Path(), f.goOn))
		if err == nil {
			err = sideBySide(f.verifyJobs())
		}
		if errors.Is(err, ErrCorrupt) && !f.db.IsReadOnly() {
			paths, _ := f.stamped() // of a file that is damaged anyhow
			for _, path := range paths {
				_ = os.Remove(path) // if it stays, the next start finds the same
			}
		}
		f.check.err = err
	})
	return f.check.err
}

// goOn ends a check when the file is closed.
func (f *File) goOn() error {
	if f.check.closing.Load() {
		return errClosing
	}
	return nil
}

// soundSoon begins the check.
func (f *File) soundSoon() {
	if !f.check.whole {
		f.check.running.Go(func() { _ = f.sound() }) // whoever needs it asks
	}
}

// viewAll is view for what Open leaves for later.
func (f *File) viewAll(fn func(*bolt.Tx) error) error {
	if err := f.sound(); err != nil {
		return err
	}
	return f.view(fn)
}
