package gate

import (
	"context"
	"net"
	"testing"
)

// BenchmarkDial is a connection through the gate beside one without.
func BenchmarkDial(b *testing.B) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	port := l.Addr().(*net.TCPAddr).Port
	g := New(nil, nil)
	g.Replace([]Way{{Host: "127.0.0.1", Port: port}})
	dial := g.For("")
	d := net.Dialer{Timeout: dialTimeout}
	for name, f := range map[string]func(context.Context, string, string) (net.Conn, error){"gated": dial, "plain": d.DialContext} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c, err := f(context.Background(), "tcp", l.Addr().String())
				if err != nil {
					b.Fatal(err)
				}
				c.Close()
			}
		})
	}
}
