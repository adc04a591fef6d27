package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// anonymous is the memory of the box that no file backs, MB: heap and stacks.
func (b *box) anonymous() float64 {
	return b.status("RssAnon") / 1000
}

// status reads a number of /proc/PID/status, 0 where there is none.
func (b *box) status(name string) float64 {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.cmd.Process.Pid))
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return n
		}
	}
	return 0
}

// watchMemory keeps the largest anonymous memory in peak until stopped.
func (b *box) watchMemory(peak *float64) (stop func()) {
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			*peak = max(*peak, b.anonymous())
			select {
			case <-end:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() { close(end); <-done }
}

// descriptors counts the open files of the box.
func (b *box) descriptors() int {
	all, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", b.cmd.Process.Pid))
	return len(all)
}

// diskMB is what lies in a directory, MB, by diskParts.
func diskMB(dir string) (sum float64) {
	for _, mb := range diskParts(dir) {
		sum += mb
	}
	return sum
}

// diskParts is the size of what lies in a directory, MB: of the pages in use of
// each database, and of the other files of each directory together.
func diskParts(dir string) map[string]float64 {
	parts := map[string]float64{}
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		name, _ := filepath.Rel(dir, path)
		if filepath.Ext(name) != ".db" {
			name = filepath.Dir(name)
		}
		if filepath.Ext(name) == ".db" {
			parts[name] = bboltUsed(path)
		} else if st, err := e.Info(); err == nil {
			parts[name] += float64(st.Size()) / 1e6
		}
		return nil
	})
	return parts
}
