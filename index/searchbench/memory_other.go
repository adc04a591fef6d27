//go:build !linux

package searchbench

// Other systems don't tell a process what of it is resident now.

func forgetPeak() {}

func peakMB() float64 { return 0 }

func residentMB() float64 { return 0 }
