package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockDir takes the data directory for this process, before anything in it is
// read or made: two first starts at once would mix their keys. The lock ends
// when the file is closed, or the process dies.
func lockDir(dir string, wait time.Duration) (*os.File, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open data directory: %w", err)
	}
	for until := time.Now().Add(wait); ; time.Sleep(20 * time.Millisecond) {
		err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil, errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.ENOLCK):
			return d, nil // where directories can't be locked, the databases still are
		case errors.Is(err, syscall.EINTR):
			continue
		case !errors.Is(err, syscall.EWOULDBLOCK):
			d.Close()
			return nil, fmt.Errorf("lock data directory: %w", err)
		case !time.Now().Before(until):
			d.Close()
			return nil, Fail(Unavailable, "in-use", "path", dir)
		}
	}
}

// HoldDir takes a data directory for somebody who works on its files while no box has
// it open. Error: Unavailable "in-use" after wait.
func HoldDir(dir string, wait time.Duration) (release func(), err error) {
	f, err := lockDir(dir, wait)
	if err != nil {
		return nil, err
	}
	return func() { f.Close() }, nil
}
