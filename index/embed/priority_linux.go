package embed

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// lowerPriority makes the calling goroutine's thread, and only it, yield to
// others. The thread is locked and never unlocked, so it ends with the
// goroutine: nothing else inherits its priority. Where the system refuses, the
// work goes on at the usual priority.
func lowerPriority(nice int) {
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), nice)
}
