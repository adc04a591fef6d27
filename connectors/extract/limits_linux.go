package extract

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// confine binds this process before it touches the file. Data is limited rather
// than address space: wazero and Go reserve more of that than they use.
func confine(o Options) error {
	cpu := uint64(cpuLimit(o)/time.Second) + 1
	for _, l := range []struct {
		what int
		max  uint64
	}{
		{unix.RLIMIT_DATA, uint64(o.Memory)},
		{unix.RLIMIT_CPU, cpu},
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_FSIZE, 64 << 20}, // the compiled code
		{unix.RLIMIT_NOFILE, 32},
	} {
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: l.max, Max: l.max}); err != nil {
			return fmt.Errorf("set limit %d: %w", l.what, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up privileges: %w", err)
	}
	// People at the box come first; without the right to it, nothing is lost.
	unix.Setpriority(unix.PRIO_PROCESS, 0, 10)
	return nil
}

// watchMemory has nothing to do where the kernel limits memory.
func watchMemory(*os.Process, int64) (stop func() bool) { return func() bool { return false } }

// peakMemory is the most memory that this process has held. The parent can't
// ask for it: what the kernel counts for a child includes the fork before exec.
func peakMemory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kb int64
	fmt.Sscan(rest, &kb)
	return kb << 10
}
