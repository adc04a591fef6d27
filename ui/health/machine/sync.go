package machine

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

const (
	syncRounds = 9
	syncBytes  = 4096
)

// SyncTime writes 4 KiB a few times to a file of its own in dir and syncs each:
// the median of the times that the system takes to call it durable. On macOS
// that is F_FULLFSYNC, as os.File.Sync does it.
func SyncTime(dir string) (median time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".sync-*")
	if err != nil {
		return 0, fmt.Errorf("create file to sync: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	buf := make([]byte, syncBytes)
	var took []time.Duration
	for i := range syncRounds {
		buf[0] = byte(i) // what has not changed needn't be written
		begun := time.Now()
		if _, err := f.WriteAt(buf, 0); err != nil {
			return 0, fmt.Errorf("write file to sync: %w", err)
		}
		if err := f.Sync(); err != nil {
			return 0, fmt.Errorf("sync file: %w", err)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
