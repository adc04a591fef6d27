package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// errNoBox says that nobody listens on the local socket.
var errNoBox = errors.New("no box answers")

// dialBox connects to the local socket. It is the only dial of the command
// line, and it can't leave the machine.
func dialBox(ctx context.Context, dataDir string) (net.Conn, error) {
	path := SocketPath(dataDir)
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoBox
	}
	if err != nil {
		return nil, fmt.Errorf("find socket: %w", err)
	}
	if st.Mode().Type() != fs.ModeSocket {
		return nil, errNoBox
	}
	if err := trusted(path, dataDir); err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil, errNoBox
	case errors.Is(err, fs.ErrPermission):
		return nil, &fs.PathError{Op: "connect", Path: path, Err: fs.ErrPermission}
	case err != nil:
		return nil, fmt.Errorf("connect to box: %w", err)
	}
	return conn, nil
}

// trusted checks the directory of a socket that lies in /tmp, where anybody
// could have put one first: it must belong to the data directory's owner and be
// closed to others. A socket in the data directory is as safe as the data.
func trusted(path, dataDir string) error {
	dir := filepath.Dir(path)
	if dir == realPath(dataDir) {
		return nil
	}
	st, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("check socket directory: %w", err)
	}
	owner, err := os.Stat(dataDir)
	if err != nil {
		return fmt.Errorf("check data directory: %w", err)
	}
	if !st.IsDir() || st.Mode().Perm()&0o077 != 0 || uidOf(st) != uidOf(owner) {
		return Fail(ExitDenied, "cli.socket.untrusted", "path", dir)
	}
	return nil
}

func uidOf(st fs.FileInfo) int {
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return int(sys.Uid)
	}
	return -1
}
