package store

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"coffre/index/boltcheck"
)

// A database file that was changed from outside can make bbolt panic, or read
// beyond what is mapped. In the box that must be an error of one tenant.

// guard runs fn, which reads or writes the database at path. A panic that a
// damaged file explains becomes a Corrupt error, code "damaged"; any other one
// is a bug and goes on.
func guard(path string, fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		if !explainedByDamage(r) {
			panic(r)
		}
		err = unreadable(path, r)
	}()
	return fn()
}

// errUnreadable tells damage of the file's structure from a single record that
// is damaged: with the first, nothing more of the database is used.
var errUnreadable = errors.New("the file can't be read")

func unreadable(path string, r any) error {
	return Fail(Corrupt, "damaged", "path", path).Because(fmt.Errorf("%w: %v", errUnreadable, r))
}

// explainedByDamage tells whether a panic is a fault in mapped memory or was
// raised by bbolt. It is called by the function deferred in guard.
func explainedByDamage(r any) bool {
	var fault interface{ Addr() uintptr }
	if err, ok := r.(error); ok && errors.As(err, &fault) {
		return true
	}
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	raised := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			raised = true
		case raised && !strings.HasPrefix(f.Function, "runtime."):
			return strings.HasPrefix(f.Function, "go.etcd.io/bbolt")
		}
		if !more {
			return false
		}
	}
}

// sound checks the pages of a database that nobody has open, without trusting
// any of them: pages that lead to each other in a ring would otherwise be
// followed for ever, and a page both free and in use written over. About a
// second for each gigabyte that the system holds in memory.
func sound(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("find database: %w", err)
	}
	if st.Size() == 0 {
		return errDamaged
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(st.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map database: %w", err)
	}
	defer syscall.Munmap(data)
	return boltcheck.Bytes(data)
}

// openBolt opens a database for reading and writing; only with create may it be
// missing or empty. It waits as long as given for another process's lock, then
// fails with code "in-use". The caller holds the directory's lock, so that
// nobody writes to a file whose pages are being checked.
func openBolt(path string, wait time.Duration, create bool) (db *bolt.DB, err error) {
	var file *os.File
	opts := &bolt.Options{
		Timeout: max(wait, time.Millisecond), FreelistType: bolt.FreelistMapType,
		OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
			if !create {
				flag &^= os.O_CREATE
			}
			if file, err = os.OpenFile(name, flag, mode); err != nil || create {
				return file, err
			}
			if st, err := file.Stat(); err != nil || st.Size() == 0 {
				return nil, errors.Join(errDamaged, err, file.Close())
			}
			return file, nil
		},
	}
	err = guard(path, func() (err error) {
		if !create {
			if err := sound(path); err != nil {
				return err
			}
		}
		db, err = bolt.Open(path, 0o600, opts)
		return err
	})
	switch {
	case errors.Is(err, errUnreadable):
		// The mapping that stays holds the lock, and the next attempt would say
		// "in-use".
		if file != nil {
			syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
			file.Close()
		}
		return nil, err
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, Fail(Unavailable, "in-use", "path", path)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("open database: %w", err)
	case err != nil:
		return nil, Fail(Corrupt, "damaged", "path", path).Because(err)
	}
	return db, nil
}

// closeWait is how long a database that stopped may take to close.
const closeWait = 3 * time.Second

// closeBolt closes a database. After a panic inside bbolt its locks may be held
// for ever: then it is left as it is.
func closeBolt(db *bolt.DB, path string, suspect bool) error {
	closed := make(chan error, 1)
	go func() { closed <- guard(path, db.Close) }()
	var late <-chan time.Time
	if suspect {
		late = time.After(closeWait)
	}
	select {
	case err := <-closed:
		if err != nil {
			return fmt.Errorf("close database: %w", err)
		}
		return nil
	case <-late:
		return Fail(Corrupt, "damaged", "path", path).Because(errors.New("close database: its locks are held"))
	}
}
