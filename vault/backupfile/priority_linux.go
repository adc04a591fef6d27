package backupfile

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// behind is how much a backup yields: at 10 a thread gets about a tenth of what
// one that answers somebody gets, and all that nobody else wants (sched(7)).
const behind = 10

// Yield makes the calling goroutine's thread, and only it, stand behind those that
// answer people. The goroutine must end without unlocking the thread, which ends
// with it. Where the system refuses, the work goes on as before.
func Yield() {
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), behind)
}
