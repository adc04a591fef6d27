package searchbench

import (
	"os"
	"strconv"
	"strings"
)

// forgetPeak makes the system count the peak of resident memory anew
// (proc(5), /proc/pid/clear_refs).
func forgetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peakMB is the most that was resident since, in MiB.
func peakMB() float64 { return status("VmHWM:") }

// residentMB is what is resident now, in MiB.
func residentMB() float64 { return status("VmRSS:") }

func status(name string) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), name)
	kb, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, _ := strconv.ParseFloat(kb, 64)
	return n / 1024
}
