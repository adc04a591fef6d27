// Package gate is the only way out of the box.
//
// Its rule: a connection is made, and a name is resolved, only for a host and
// port that stand in the list of ways; everything else is refused and reported.
// No other package dials, resolves or uses net/http's default client
// (only_test.go says so): main.go hands DialContext or Client to those who need
// to reach something. Listening is not the gate's business.
package gate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// ErrRefused is wrapped by the error of every refused dial.
var ErrRefused = errors.New("the way out is closed")

// dialTimeout bounds the attempt to reach one address.
const dialTimeout = 10 * time.Second

// Gate permits connections by host and port. The zero value is of no use; New
// makes one that is closed.
type Gate struct {
	log      *slog.Logger
	lookup   func(ctx context.Context, network, host string) ([]netip.Addr, error)
	refusals *refusals

	mu   sync.Mutex
	ways []Way
	open map[*conn]Way
}

// New makes a closed gate. onRefuse, which may be nil, hears of refused dials:
// of the first to a host and port at once, of further ones once a minute with
// their number. It is called without locks, by whoever dials or by a timer.
func New(log *slog.Logger, onRefuse func(Refusal)) *Gate {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Gate{log: log, lookup: new(net.Resolver).LookupNetIP, refusals: newRefusals(log, onRefuse), open: map[*conn]Way{}}
}

// Allow opens one more way.
func (g *Gate) Allow(w Way) error {
	w, err := w.clean()
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.IndexFunc(g.ways, w.same); i >= 0 {
		g.ways[i] = w
		return nil
	}
	g.ways = append(g.ways, w)
	return nil
}

// Replace opens exactly these ways, or on error changes nothing. Connections
// over ways that are closed by it end at once.
func (g *Gate) Replace(ways []Way) error {
	var next []Way
	for _, w := range ways {
		w, err := w.clean()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(next, w.same) {
			next = append(next, w)
		}
	}
	g.mu.Lock()
	g.ways = next
	var shut []*conn
	for c, w := range g.open {
		if !slices.ContainsFunc(next, w.same) {
			shut = append(shut, c)
		}
	}
	g.mu.Unlock()
	for _, c := range shut {
		c.Close()
	}
	return nil
}

// Ways returns the open ways.
func (g *Gate) Ways() []Way {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.ways)
}

// Close reports the refusals counted so far and closes everything.
func (g *Gate) Close() {
	_ = g.Replace(nil)
	g.refusals.close()
}

// DialContext connects to addr, "host:port" with a numeric port, over TCP, if
// there is a way to it. A name is resolved once, here, and what is dialled is one
// of those addresses, so an answer that changes afterwards changes nothing. A
// name other than localhost never leads to the machine itself, nor to link-local
// or multicast addresses: those are reached by their literal only. Errors wrap
// ErrRefused, or are net's.
func (g *Gate) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, g.refuse(addr, 0, reasonAddress)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || port == 0 {
		return nil, g.refuse(host, 0, reasonAddress)
	}
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, g.refuse(host, int(port), reasonNetwork)
	}
	w, err := Way{Host: host, Port: int(port)}.clean()
	if err != nil {
		return nil, g.refuse(host, int(port), reasonAddress)
	}
	if !g.permits(w) {
		return nil, g.refuse(w.Host, w.Port, reasonClosed)
	}
	addrs, err := g.resolve(ctx, network, w)
	if err != nil {
		return nil, err
	}
	return g.dial(ctx, network, w, addrs)
}

func (g *Gate) permits(w Way) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.ContainsFunc(g.ways, w.same)
}

// resolve returns the addresses that a way may lead to.
func (g *Gate) resolve(ctx context.Context, network string, w Way) ([]netip.Addr, error) {
	var addrs []netip.Addr
	ip, err := netip.ParseAddr(w.Host)
	switch {
	case err == nil:
		addrs = []netip.Addr{ip}
	case isLocalhost(w.Host):
		addrs = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	default:
		found, err := g.lookup(ctx, "ip", w.Host)
		if err != nil {
			return nil, fmt.Errorf("resolve %s: %w", w.Host, err)
		}
		for _, a := range found {
			if a = a.Unmap(); isElsewhere(a) {
				addrs = append(addrs, a)
			}
		}
		if len(addrs) == 0 {
			return nil, g.refuse(w.Host, w.Port, reasonLeads)
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

// dial tries the addresses in turn.
func (g *Gate) dial(ctx context.Context, network string, w Way, addrs []netip.Addr) (net.Conn, error) {
	var errs []error
	for _, a := range addrs {
		want := netip.AddrPortFrom(a, uint16(w.Port))
		d := net.Dialer{Timeout: dialTimeout, Control: func(_, address string, _ syscall.RawConn) error {
			if got, err := netip.ParseAddrPort(address); err != nil || got.Addr().Unmap() != a || got.Port() != want.Port() {
				return fmt.Errorf("connect to another address than was permitted: %w", ErrRefused)
			}
			return nil
		}}
		c, err := d.DialContext(ctx, network, want.String())
		if err == nil {
			return g.keep(c, w)
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(errs...)
}

// keep notes an open connection, so that it ends with its way. The way may have
// been closed while it was being dialled.
func (g *Gate) keep(c net.Conn, w Way) (net.Conn, error) {
	kept := &conn{Conn: c, gate: g}
	g.mu.Lock()
	still := slices.ContainsFunc(g.ways, w.same)
	if still {
		g.open[kept] = w
	}
	g.mu.Unlock()
	if !still {
		c.Close()
		return nil, g.refuse(w.Host, w.Port, reasonClosed)
	}
	return kept, nil
}

type conn struct {
	net.Conn
	gate *Gate
}

// Close closes the connection.
func (c *conn) Close() error {
	c.gate.mu.Lock()
	delete(c.gate.open, c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}
