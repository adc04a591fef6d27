package cli

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// settle waits until n bytes at an offset lie on the disk, and takes them out of
// the memory of the system: nobody reads them soon, and what they would push out
// are pages that people wait for. The file's length and place are no part of it
// (sync_file_range(2)), so that no commit of the file system's journal comes of it.
func settle(f *os.File, at, n int64) error {
	const all = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	fd := int(f.Fd())
	switch err := unix.SyncFileRange(fd, at, n, all); {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EINVAL):
		return f.Sync()
	case err != nil:
		return fmt.Errorf("write to disk: %w", err)
	}
	_ = unix.Fadvise(fd, at, n, unix.FADV_DONTNEED) // advice
	return nil
}
