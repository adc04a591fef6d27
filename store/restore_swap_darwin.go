package store

import "golang.org/x/sys/unix"

// exchange gives each of two directories the other's name, in one step
// (renamex_np(2), RENAME_SWAP).
func exchange(a, b string) error { return unix.RenamexNp(a, b, unix.RENAME_SWAP) }
