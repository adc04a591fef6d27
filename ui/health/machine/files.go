package machine

import (
	"fmt"
	"os"
	"syscall"
)

// OpenFiles are the files that this process has open, and how many it may.
func OpenFiles() (open int, most uint64, err error) {
	dir := "/proc/self/fd"
	if _, err := os.Stat(dir); err != nil {
		dir = "/dev/fd" // macOS
	}
	all, err := os.ReadDir(dir)
	if err != nil {
		return 0, 0, fmt.Errorf("list open files: %w", err)
	}
	var lim syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim); err != nil {
		return 0, 0, fmt.Errorf("read limit of open files: %w", err)
	}
	return len(all), lim.Cur, nil
}
