package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// makeDirs makes a directory and those above it that are missing, mode 0700, and
// makes their names durable: after a power cut, what was written and synced in a
// directory whose own name was not would be out of reach.
func makeDirs(dir string) error {
	dir = filepath.Clean(dir)
	if st, err := os.Stat(dir); err == nil && st.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := makeDirs(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	// One may have a place to put something without the right to read it.
	if err := syncDir(parent); err != nil && !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("make directory: %w", err)
	}
	return nil
}
