package index

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bolterrors "go.etcd.io/bbolt/errors"
)

// guard runs fn, which reads files that may be damaged: a panic, be it of
// bleve, of bbolt or a fault in mapped memory, becomes ErrCorrupt.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read index files: %v: %w", r, ErrCorrupt)
		}
	}()
	return fn()
}

// closeWait bounds how long closing a broken index may take.
const closeWait = time.Second

// closeWithin closes what may have panicked with a lock held.
func closeWithin(closing func() error) error {
	done := make(chan error, 1)
	go func() { done <- guard(closing) }()
	select {
	case err := <-done:
		return err
	case <-time.After(closeWait):
		return fmt.Errorf("files are still held: %w", ErrCorrupt)
	}
}

// fileError sorts errors of opening: those that come from the machine stay
// what they are, because removing a sound index would not help; all others
// mean damage.
func fileError(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return ErrInUse
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOSPC),
		errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE),
		errors.Is(err, syscall.ENOMEM), errors.Is(err, syscall.EROFS),
		errors.Is(err, ErrCorrupt):
		return err
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// breakage is how scorch's background goroutines say that they have given up;
// a batch would wait for them for ever.
type breakage struct {
	path string
	once sync.Once
	gone chan struct{} // closed when a goroutine has panicked
}

// asyncErrors is the name under which scorch finds our callback.
const asyncErrors = "coffre"

// scorch's callbacks are process-wide and know an index by its path only.
var watched struct {
	sync.Mutex
	by map[string]*breakage
}

func init() {
	scorch.RegistryAsyncErrorCallbacks[asyncErrors] = func(err error, path string) {
		if !errors.Is(err, scorch.ErrAsyncPanic) {
			return
		}
		watched.Lock()
		defer watched.Unlock()
		if b := watched.by[path]; b != nil {
			b.once.Do(func() { close(b.gone) })
		}
	}
}

func watch(path string) *breakage {
	watched.Lock()
	defer watched.Unlock()
	if watched.by == nil {
		watched.by = make(map[string]*breakage)
	}
	b := &breakage{path: path, gone: make(chan struct{})}
	watched.by[path] = b
	return b
}

func unwatch(path string) {
	watched.Lock()
	defer watched.Unlock()
	delete(watched.by, path)
}

// err is ErrCorrupt once a background goroutine has panicked.
func (b *breakage) err() error {
	select {
	case <-b.gone:
		return fmt.Errorf("background work panicked: %w", ErrCorrupt)
	default:
		return nil
	}
}
