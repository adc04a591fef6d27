package boltcheck

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
	"time"
)

// ErrLocked says that another process had the file open all the while.
var ErrLocked = errors.New("bbolt file is open in another process")

// File checks the closed file at path, as Bytes does. It holds bbolt's own
// lock meanwhile, because a file that is being written looks damaged, and
// waits so long for it. The file is mapped, not read, so that a large one costs
// no memory.
//
// Errors: ErrDamaged, ErrLocked, or those of the file system.
func File(path string, wait time.Duration) error { return mapped(path, wait, Bytes) }

// FilePart is File for Part.
func FilePart(path string, wait time.Duration, along Along) error {
	return mapped(path, wait, func(data []byte) error { return Part(data, along) })
}

// OwnFile is File for a file that this process has open and doesn't write to
// meanwhile. It takes no lock, lets go of memory as it goes, and ends with
// goOn's error if there is one.
func OwnFile(path string, goOn func() error) error {
	return mapped(path, -1, func(data []byte) error {
		m, err := newestMeta(data)
		if err != nil {
			return err
		}
		c := newChecker(data, m)
		c.rest = func() error {
			release(data)
			return goOn()
		}
		return c.all()
	})
}

// mapped checks a file in mapped memory. A negative wait is for no lock.
func mapped(path string, wait time.Duration, fn func(data []byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if wait >= 0 {
		if err := lockShared(f, wait); err != nil {
			return err
		}
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 || !info.Mode().IsRegular() {
		return fmt.Errorf("file is empty: %w", ErrDamaged)
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map file: %w", err)
	}
	err = guarded(data, fn)
	if unmapErr := syscall.Munmap(data); err == nil && unmapErr != nil {
		err = fmt.Errorf("unmap file: %w", unmapErr)
	}
	return err
}

// guarded is fn for mapped memory, which faults where a disk can't be read.
func guarded(data []byte, fn func(data []byte) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read file: %v: %w", r, ErrDamaged)
		}
	}()
	return fn(data)
}

// lockShared waits for the lock that bbolt takes. Closing f lets go of it.
func lockShared(f *os.File, wait time.Duration) error {
	for waited := time.Duration(0); ; waited += wait/10 + 1 {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return fmt.Errorf("lock file: %w", err)
		case waited >= wait:
			return ErrLocked
		}
		time.Sleep(wait/10 + 1)
	}
}
