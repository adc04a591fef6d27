package vectors

import (
	"os"
	"syscall"
	"unsafe"

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

// largePages asks for memory in pages of 2 MB. What it can't have stays as it is.
func largePages(b []byte) {
	const size = 2 << 20
	from := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % size
	if n := uintptr(len(b)); n > from && n-from >= size {
		_ = syscall.Madvise(b[from:n-(n-from)%size], syscall.MADV_HUGEPAGE) // advice
	}
}

// readAhead says that a file will be read from its beginning to its end.
func readAhead(f *os.File) {
	const sequential, willNeed = 2, 3 // POSIX_FADV_…
	for _, advice := range []uintptr{sequential, willNeed} {
		_, _, _ = syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, advice, 0, 0) // advice
	}
}
