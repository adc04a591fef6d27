package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	// saveStep is how many bytes are written at a time.
	saveStep = 1 << 20
	// settleStep is after how many bytes those written are on their way to the disk.
	settleStep = 16 << 20
)

// save writes what comes to path.partial and renames at the end, so that path
// never holds half a file, and returns how many bytes came. Mode 0600: an export
// names people.
func save(path string, from io.Reader) (n int64, err error) {
	partial := path + ".partial"
	f, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return n, fmt.Errorf("create file: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(partial)
		}
	}()
	disk := &settling{f: f}
	n, err = io.CopyBuffer(disk, onlyReader{from}, make([]byte, saveStep))
	if serr := disk.rest(); err == nil {
		err = serr
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return n, fmt.Errorf("write file: %w", err)
	}
	if err := os.Rename(partial, path); err != nil {
		return n, fmt.Errorf("rename file: %w", err)
	}
	syncFolder(filepath.Dir(path))
	return n, nil
}

// onlyReader hides WriteTo, which would choose a step of its own.
type onlyReader struct{ io.Reader }

// settling is a file whose bytes go to the disk while others come: a system that
// is asked for all of them at the end alone lets whoever asks wait for the whole
// file, and with it everybody else's fsync.
type settling struct {
	f       *os.File
	written int64
	settled int64      // of those, on their way or on the disk
	busy    chan error // what comes of the last time, or nil
}

func (s *settling) Write(b []byte) (int, error) {
	n, err := s.f.Write(b)
	if s.written += int64(n); s.written-s.settled < settleStep || err != nil {
		return n, err
	}
	if err := s.rest(); err != nil {
		return n, err
	}
	busy := make(chan error, 1)
	go func(at, n int64) { busy <- settle(s.f, at, n) }(s.settled, s.written-s.settled)
	s.settled, s.busy = s.written, busy
	return n, nil
}

// rest waits until what is on its way has arrived. Its error is told once: Linux
// does not repeat it at the next fsync.
func (s *settling) rest() (err error) {
	if s.busy != nil {
		err = <-s.busy
		s.busy = nil
	}
	return err
}

// syncFolder makes a new name durable, where the file system can: the folder may
// be on a network or on a stick that knows nothing of it.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}
