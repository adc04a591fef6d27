package store

import (
	"fmt"
	"os/exec"
	"syscall"
)

// mountSmall mounts a tmpfs on dir.
func mountSmall(dir string, size int) (string, error) {
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", size), "tmpfs", dir).CombinedOutput()
	return string(out), err
}

func unmountSmall(dir string) { syscall.Unmount(dir, syscall.MNT_DETACH) }
