package picture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// keeper is a directory of bounded size. A file's time of change is when it was
// last used.
type keeper struct {
	dir  string
	max  int64
	mu   sync.Mutex
	size int64 // bytes, counted from what was written since; -1 before the first look
}

func (k *keeper) read(name string) ([]byte, bool) {
	raw, err := os.ReadFile(name)
	if err != nil || len(raw) == 0 {
		return nil, false
	}
	if st, err := os.Stat(name); err == nil && time.Since(st.ModTime()) > time.Hour {
		now := time.Now()
		os.Chtimes(name, now, now) // only the order of removal suffers
	}
	return raw, true
}

// write puts a file under its name whole, and makes room for it.
func (k *keeper) write(name string, raw []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("make directory of pictures: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return fmt.Errorf("make picture file: %w", err)
	}
	_, err = f.Write(raw)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write picture file: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.size >= 0 {
		k.size += int64(len(raw))
	}
	if k.size >= 0 && k.size <= k.max {
		return nil
	}
	return k.tidy()
}

type kept struct {
	name string
	size int64
	used time.Time
}

// tidy counts anew and removes what was used least recently, down to nine
// tenths of what is allowed, and what a crash left half written.
func (k *keeper) tidy() error {
	var all []kept
	k.size = 0
	err := filepath.WalkDir(k.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if errors.Is(err, os.ErrNotExist) {
				return nil
			}
			return err
		}
		st, err := d.Info()
		if err != nil {
			return nil // it is gone
		}
		if strings.HasPrefix(d.Name(), ".new-") && time.Since(st.ModTime()) > time.Hour {
			return os.Remove(name)
		}
		all = append(all, kept{name, st.Size(), st.ModTime()})
		k.size += st.Size()
		return nil
	})
	if err != nil {
		k.size = -1
		return fmt.Errorf("look through pictures: %w", err)
	}
	if k.size <= k.max {
		return nil
	}
	slices.SortFunc(all, func(a, b kept) int { return a.used.Compare(b.used) })
	for _, f := range all {
		if k.size <= k.max/10*9 {
			break
		}
		if err := os.Remove(f.name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove picture: %w", err)
		}
		k.size -= f.size
	}
	return nil
}
