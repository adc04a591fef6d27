package index

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"coffre/index/vectors"
)

// Repair makes a directory ready to be opened and filled anew, after ErrCorrupt
// or when its index is of another store: the words go, and so does a file of
// vectors that is damaged. A sound one stays, without what it says of ordinals,
// so that texts which come back needn't be embedded again; vectors whose texts
// don't are removed once the index is where the file was. No index may be open
// in dir. Errors: ErrInUse, those of the file system.
func Repair(dir string) error {
	if err := os.RemoveAll(filepath.Join(dir, "words")); err != nil {
		return fmt.Errorf("repair index: %w", err)
	}
	err := detach(filepath.Join(dir, vectorsName))
	if errors.Is(err, ErrCorrupt) {
		err = os.Remove(filepath.Join(dir, vectorsName))
	}
	if err != nil {
		return fmt.Errorf("repair index: %w", err)
	}
	return nil
}

func detach(path string) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	f, err := vectors.Open(path, false)
	if err != nil {
		return vectorsError(err)
	}
	if _, err = f.Verify(); err == nil {
		err = f.Detach()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return vectorsError(err)
}
