package ui

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

type peerKey struct{}

// ListenLocal opens the local socket at path, mode 0600. A socket that a kill
// left behind is replaced; the data directory's lock says that nobody serves it.
func ListenLocal(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create socket directory: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove old socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("protect socket: %w", err)
	}
	return l, nil
}

// LocalServer serves the socket to the box's own user and to root.
func (s *Server) LocalServer() *http.Server {
	return &http.Server{
		Handler:           s.localGuard(s.LocalHandler(peerName)),
		ReadHeaderTimeout: 10 * time.Second,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			uid, err := peerUID(c)
			if err != nil {
				s.Log.Error("socket peer is unknown", "err", err)
				return ctx
			}
			return context.WithValue(ctx, peerKey{}, uid)
		},
	}
}

func (s *Server) localGuard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		uid, ok := r.Context().Value(peerKey{}).(int)
		if !ok || uid != 0 && uid != os.Getuid() {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func peerName(r *http.Request) string {
	uid, _ := r.Context().Value(peerKey{}).(int)
	return "uid-" + strconv.Itoa(uid)
}

// OwnName names the user that runs this process, for commands in the process.
func OwnName(*http.Request) string { return "uid-" + strconv.Itoa(os.Getuid()) }

func withFD(c net.Conn, fn func(int) (int, error)) (uid int, err error) {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return 0, errors.New("not a unix socket")
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("open socket: %w", err)
	}
	cerr := raw.Control(func(fd uintptr) { uid, err = fn(int(fd)) })
	return uid, errors.Join(cerr, err)
}
