package gate

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// resolver asks /etc/hosts and the name servers of resolv.conf, with Go's own
// code on every system: the C library would load whatever nsswitch.conf names,
// and macOS would ask the neighbours. Its connections are the gate's.
func (g *Gate) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: g.dialNames}
}

// dialNames connects to a name server; net.Resolver has its address from the
// system's configuration, and asks only for names that there is a way to.
func (g *Gate) dialNames(ctx context.Context, network, addr string) (net.Conn, error) {
	server, err := netip.ParseAddrPort(addr)
	if err != nil || server.Port() != 53 {
		return nil, g.refuse("", addr, 0, reasonAddress)
	}
	c, err := dialOne(ctx, network, server)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	u := g.names[addr]
	if u == nil {
		u = &use{}
		u.since.Store(time.Now().UnixNano())
		g.names[addr] = u
	}
	g.mu.Unlock()
	u.begin(server.Addr())
	counted := &conn{Conn: c, use: u}
	if _, packets := c.(net.PacketConn); packets {
		return packetConn{counted}, nil // net.Resolver frames by this
	}
	return counted, nil
}

// packetConn tells net.Resolver that a connection keeps packets apart.
type packetConn struct{ *conn }

func (c packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, err := c.Read(b)
	return n, c.RemoteAddr(), err
}

func (c packetConn) WriteTo(b []byte, _ net.Addr) (int, error) { return c.Write(b) }

// resolve returns the addresses that a way may lead to.
func (g *Gate) resolve(ctx context.Context, network string, w Way) ([]netip.Addr, error) {
	var addrs []netip.Addr
	ip, literal := w.literal()
	switch {
	case literal:
		addrs = []netip.Addr{ip}
	case isLocalhost(w.Host):
		addrs = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	default:
		found, err := g.lookup(ctx, "ip", rooted(w.Host))
		if err != nil {
			return nil, fmt.Errorf("resolve %s: %w", w.Host, err)
		}
		if addrs, err = g.sift(w, found); err != nil {
			return nil, err
		}
	}
	addrs = slices.DeleteFunc(addrs, func(a netip.Addr) bool {
		return network == "tcp4" && !a.Is4() || network == "tcp6" && a.Is4()
	})
	if len(addrs) == 0 {
		return nil, fmt.Errorf("resolve %s: no address for %s", w.Host, network)
	}
	return addrs, nil
}

// rooted keeps the search list of resolv.conf away from whole names: where
// llm.example is not known, llm.example.somewhere is nobody's choice.
func rooted(host string) string {
	if strings.Contains(host, ".") {
		return host + "."
	}
	return host
}

// sift leaves of a name's addresses those that it may lead to.
func (g *Gate) sift(w Way, found []netip.Addr) (addrs []netip.Addr, err error) {
	g.mu.Lock()
	pin, pinned := g.pins[w.key()]
	g.mu.Unlock()
	elsewhere := 0
	for _, a := range found {
		a = a.Unmap()
		if !isElsewhere(a) {
			continue
		}
		elsewhere++
		if !pinned || reachOf(a) == pin {
			addrs = append(addrs, a)
		}
	}
	switch {
	case elsewhere == 0:
		return nil, g.refuse(w.Owner, w.Host, w.Port, reasonLeads)
	case len(addrs) == 0:
		return nil, g.refuse(w.Owner, w.Host, w.Port, reasonMoved)
	}
	return addrs, nil
}
