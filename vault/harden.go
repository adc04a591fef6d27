package vault

import (
	"fmt"
	"syscall"
)

func noCore() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("refuse core dumps: %w", err)
	}
	return nil
}
