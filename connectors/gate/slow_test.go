package gate

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"
)

// deafPort is a port of this machine that takes no more connections and says
// nothing to those who try.
func deafPort(t *testing.T) int {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err = errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	port := at.(*syscall.SockaddrInet4).Port
	for range 64 { // fill its queue
		c, err := (&net.Dialer{Timeout: 50 * time.Millisecond}).Dial("tcp4", netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port)).String())
		if err != nil {
			return port
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Skip("this system queues connections without end")
	return 0
}

// TestSlowAddress: an address that doesn't answer is given up by itself, and at
// once when whoever dials gives up, or has a nearer deadline.
func TestSlowAddress(t *testing.T) {
	defer func(d time.Duration) { dialTimeout = d }(dialTimeout)
	port := deafPort(t)
	w := Way{Host: "127.0.0.1", Port: port}
	g, _ := newGate(t, w)
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port)).String()
	dialTimeout = 20 * time.Millisecond
	for _, ctx := range []context.Context{context.Background(), t.Context()} {
		_, err := g.DialContext(ctx, "tcp", addr)
		if e := net.Error(nil); !errors.As(err, &e) || !e.Timeout() {
			t.Errorf("by itself: %v", err)
		}
	}
	dialTimeout = time.Hour
	near, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := g.DialContext(near, "tcp", addr)
	if e := net.Error(nil); !errors.As(err, &e) || !e.Timeout() {
		t.Errorf("a nearer deadline: %v", err)
	}
	gone, end := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, end)
	if _, err := g.DialContext(gone, "tcp", addr); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("given up: %v", err)
	}
}
