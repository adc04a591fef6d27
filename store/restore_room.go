package store

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// roomFor fails with TooLarge, code "disk-full", where a directory's file system
// has no room for so many bytes: better said before than after an hour. Where the
// system doesn't tell, writing does.
func roomFor(dir string, bytes int64) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return nil
	}
	if free := int64(st.Bavail) * int64(st.Bsize); free < bytes {
		return fmt.Errorf("restore backup: %w", &os.PathError{Op: "write", Path: dir, Err: syscall.ENOSPC})
	}
	return nil
}

// emptyDir tells whether a path is free for a restore: missing, or an empty
// directory.
func emptyDir(path string) (bool, error) {
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("read target: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "lost+found") {
			return false, nil
		}
	}
	return true, nil
}
