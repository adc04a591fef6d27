package vectors

import (
	"syscall"

	bolt "go.etcd.io/bbolt"
)

// unmapped lets go of the file's pages that this process has in memory, after
// all of them were read once: they are the system's to keep or not, and come
// back when they are read again. bbolt maps the file shared and never writes to
// the mapping, which stays where it is during a transaction.
//
// It does so for a file from least bytes on.
func (f *File) unmapped(tx *bolt.Tx, least int64) {
	if size := tx.Size(); size >= max(least, 1) {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, tx.DB().Info().Data, uintptr(size), syscall.MADV_DONTNEED) // advice
	}
}
