//go:build !linux

package extract

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// confine sets the limits that macOS keeps. It has none on memory that it would
// enforce: GOMEMLIMIT, wazero's limit and watchMemory stand in.
func confine(o Options) error {
	cpu := uint64(cpuLimit(o)/time.Second) + 1
	for _, l := range []struct {
		what int
		max  uint64
	}{
		{unix.RLIMIT_CPU, cpu}, {unix.RLIMIT_CORE, 0}, {unix.RLIMIT_FSIZE, 64 << 20}, {unix.RLIMIT_NOFILE, 32},
	} {
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: l.max, Max: l.max}); err != nil {
			return fmt.Errorf("set limit %d: %w", l.what, err)
		}
	}
	unix.Setpriority(unix.PRIO_PROCESS, 0, 10)
	return nil
}

// watchMemory asks ps four times a second how much memory a process holds and
// kills it when that is over the limit by half. stop ends the watch and reports
// whether it has killed.
func watchMemory(p *os.Process, limit int64) (stop func() bool) {
	done := make(chan struct{})
	ended := make(chan struct{})
	var killed atomic.Bool
	go func() {
		defer close(ended)
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if resident(p.Pid) > limit/2*3 {
					killed.Store(true)
					p.Kill()
					return
				}
			}
		}
	}()
	return func() bool {
		close(done)
		<-ended
		return killed.Load()
	}
}

// resident is a process's memory in bytes, 0 where ps doesn't say.
func resident(pid int) int64 {
	out, err := exec.Command("/bin/ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0
	}
	kb, _ := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	return kb << 10
}

// peakMemory is the most memory that this process has held; macOS counts bytes.
func peakMemory() int64 {
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err != nil {
		return 0
	}
	return int64(ru.Maxrss)
}
