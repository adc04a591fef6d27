package wayback

import (
	"os"

	"golang.org/x/sys/unix"
)

// clone lets out share in's blocks (ioctl_ficlone(2)), where the file system can.
func clone(in, out *os.File) bool {
	return unix.IoctlFileClone(int(out.Fd()), int(in.Fd())) == nil
}
