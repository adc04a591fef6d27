//go:build !linux

package embed

// lowerPriority does nothing: the system has no priority that fits. (macOS's
// background class would confine the work to the slow cores.)
func lowerPriority(int) {}
