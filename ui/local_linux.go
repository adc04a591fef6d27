package ui

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// peerUID is the user id at the other end of a unix socket (SO_PEERCRED).
func peerUID(c net.Conn) (uid int, err error) {
	return withFD(c, func(fd int) (int, error) {
		cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err != nil {
			return 0, fmt.Errorf("read peer credentials: %w", err)
		}
		return int(cred.Uid), nil
	})
}
