package extract

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// prepareCache makes the directory of compiled code, or checks that nobody else
// can write to the one that is there: its files are run as machine code.
func prepareCache(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make cache directory: %w", err)
	}
	st, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("stat cache directory: %w", err)
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !st.IsDir() || !ok || int(sys.Uid) != os.Geteuid() {
		return errors.New("cache directory: not a directory of this user")
	}
	if st.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return fmt.Errorf("close cache directory to others: %w", err)
		}
	}
	return nil
}
