package boltcheck

import "syscall"

// release lets go of mapped pages that were read. They come back when they are
// read again.
func release(data []byte) {
	_ = syscall.Madvise(data, syscall.MADV_DONTNEED) // advice
}
