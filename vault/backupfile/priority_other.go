//go:build !linux

package backupfile

// Yield does nothing: macOS has no priority of one thread that could be lowered
// without moving it to the slow cores for good.
func Yield() {}
