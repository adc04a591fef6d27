package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// errDiffers says that a file of the archive folder is there with another content.
var errDiffers = errors.New("archived file differs")

// putNote writes a checkpoint, unless it is there; made is 1 if it was written.
// Errors: errDiffers, those of the file system.
func putNote(name, note string) (made int, err error) {
	there, err := os.ReadFile(name)
	switch {
	case err == nil && string(there) == note:
		return 0, nil
	case err == nil:
		return 0, errDiffers
	case !errors.Is(err, fs.ErrNotExist):
		return 0, fmt.Errorf("read archived checkpoint: %w", err)
	}
	if err := putOnce(name, strings.NewReader(note)); err != nil {
		return 0, err
	}
	return 1, nil
}

// putOnce writes a file under a name that is free: whole and durable, or not at
// all. It is readable by all and writable by nobody, which many write-once file
// systems take as the sign to seal it.
func putOnce(name string, r io.Reader) (err error) {
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, ".part-*")
	if err != nil {
		return fmt.Errorf("create archived file: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err = io.Copy(f, r); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write archived file: %w", err)
	}
	if _, err := os.Lstat(name); err == nil {
		return errDiffers // somebody else writes here
	}
	if err = os.Rename(f.Name(), name); err != nil {
		return fmt.Errorf("name archived file: %w", err)
	}
	os.Chmod(name, 0o444) // a share may not know of modes
	err = syncDir(dir)
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil // a share that can't sync a directory
	}
	return err
}

// removeParts deletes what a kill left of files that were being written.
func removeParts(home string) {
	parts, _ := filepath.Glob(filepath.Join(home, "*", ".part-*"))
	for _, p := range parts {
		os.Remove(p) // where it can't be removed it does no harm
	}
}

// wormError is what people are told of a failure.
func wormError(dir string, err error) *Error {
	var known *Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ESTALE):
		return Fail(Unavailable, "worm-missing", "path", dir).Because(err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return Fail(Unavailable, "worm-denied", "path", dir).Because(err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return Fail(Unavailable, "worm-full", "path", dir).Because(err)
	}
	return Fail(Unavailable, "worm-failed", "path", dir).Because(err)
}
