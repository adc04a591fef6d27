//go:build !linux

package cli

import "os"

// settle waits until what was written so far lies on the disk.
func settle(f *os.File, _, _ int64) error { return f.Sync() }
