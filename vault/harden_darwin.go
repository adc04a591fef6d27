package vault

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Harden keeps debuggers, and core dumps, from reading this process: no core
// file (RLIMIT_CORE 0), and no attaching (PT_DENY_ATTACH, ptrace(2)). Not tried
// on a Mac yet.
func Harden() error {
	return errors.Join(noCore(), func() error {
		if err := unix.PtraceDenyAttach(); err != nil {
			return fmt.Errorf("refuse to be traced: %w", err)
		}
		return nil
	}())
}

func leaveOutOfDumps([]byte) {}
