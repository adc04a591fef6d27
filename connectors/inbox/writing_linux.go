package inbox

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// writing tells whether somebody on this machine, such as its file server, has a
// file open for writing, where the kernel says so: a read lease is refused then
// (fcntl(2), F_SETLEASE). Of files that aren't the service's own, and on most
// shares, it says nothing.
func writing(f *os.File) bool {
	busy := false
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	raw.Control(func(fd uintptr) {
		_, err := unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_RDLCK)
		if busy = errors.Is(err, unix.EAGAIN); err == nil {
			unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_UNLCK)
		}
	})
	return busy
}
