package vault

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Harden keeps other processes of the same user, and core dumps, from reading
// this one's memory: no core file (RLIMIT_CORE 0), and not dumpable
// (PR_SET_DUMPABLE 0, prctl(2)), so that ptrace, process_vm_readv and
// /proc/PID/mem are refused to all but root. What this process reads of itself
// under /proc/self still works; a program that it starts begins dumpable again.
func Harden() error {
	return errors.Join(noCore(), func() error {
		if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
			return fmt.Errorf("refuse to be traced: %w", err)
		}
		return nil
	}())
}

func leaveOutOfDumps(page []byte) { unix.Madvise(page, unix.MADV_DONTDUMP) }
