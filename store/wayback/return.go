package wayback

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Return puts the copy in dir back as the data directory. names are those of the
// copy when it was whole (Names); what has come beside them goes to aside, with
// what they replace, and aside is removed at the end.
func Return(data, dir, aside string, names []string) error {
	if err := os.MkdirAll(aside, 0o700); err != nil {
		return fmt.Errorf("create directory: %w", err)
	}
	now, err := Names(data)
	if err != nil {
		return err
	}
	for _, name := range now {
		if !slices.Contains(names, name) {
			if err := move(filepath.Join(data, name), filepath.Join(aside, name)); err != nil {
				return err
			}
		}
	}
	for _, name := range names {
		kept := filepath.Join(dir, name)
		if _, err := os.Lstat(kept); errors.Is(err, fs.ErrNotExist) {
			continue // it is back, or was a socket
		}
		if err := move(filepath.Join(data, name), filepath.Join(aside, name)); err != nil {
			return err
		}
		killPoint("returning")
		if err := move(kept, filepath.Join(data, name)); err != nil {
			return err
		}
		killPoint("returned-one")
	}
	for _, d := range []string{data, dir} {
		if err := syncDir(d); err != nil {
			return err
		}
	}
	return remove(aside)
}

// move gives a file or directory another name; what bears it goes. What isn't
// there has been moved before.
func move(from, to string) error {
	if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := remove(to); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("put back: %w", err)
	}
	return nil
}

func remove(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("remove what was replaced: %w", err)
	}
	return nil
}
