package machine

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Resident is the memory of this process that is in RAM, bytes.
// Source: proc(5), /proc/pid/statm.
func Resident() (uint64, error) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	parts := strings.Fields(string(b))
	if len(parts) < 2 {
		return 0, fmt.Errorf("read memory: %d fields in statm", len(parts))
	}
	pages, err := strconv.ParseUint(parts[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	return pages * uint64(os.Getpagesize()), nil
}
