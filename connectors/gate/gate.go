// Package gate is the only way out of the box.
//
// Its rule: a connection is made, and a name is resolved, only for a host and
// port that stand in the list of ways, for the firm that it was opened for;
// everything else is refused and reported. No other package dials, resolves or
// uses net/http's default client (only_test.go says so, depend_test.go of what
// others wrote): main.go hands DialContext to those who need to reach something.
// Listening is not the gate's business.
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

// dialTimeout bounds the attempt to reach one address; tests shorten it.
var dialTimeout = 10 * time.Second

// Gate permits connections by owner, host and port. The zero value is of no use;
// New makes one that is closed.
type Gate struct {
	log      *slog.Logger
	lookup   func(ctx context.Context, network, host string) ([]netip.Addr, error)
	refusals *refusals

	mu     sync.Mutex
	ways   []Way
	open   map[*conn]Way
	uses   map[wayKey]*use
	pins   map[wayKey]reach
	names  map[string]*use // by name server
	opened chan struct{}   // closed by the first Replace after Hold; nil: not held
}

// New makes a closed gate. onRefuse, which may be nil, hears of refused dials:
// of the first to a host and port at once, of further ones ever more seldom, with
// their number (refusal.go). It is called without locks, by whoever dials or by a
// timer.
func New(log *slog.Logger, onRefuse func(Refusal)) *Gate {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	g := &Gate{
		log: log, refusals: newRefusals(log, onRefuse), open: map[*conn]Way{},
		uses: map[wayKey]*use{}, pins: map[wayKey]reach{}, names: map[string]*use{},
	}
	g.lookup = g.resolver().LookupNetIP
	return g
}

// Hold lets dials wait until ways are set for the first time: what starts before
// the settings were read must not be refused for that.
func (g *Gate) Hold() *Gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opened = make(chan struct{})
	return g
}

// Replace opens exactly these ways, or on error changes nothing. Connections
// over ways that are closed by it end at once, idle ones of a pool included.
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
	if g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
	var shut []*conn
	for c, w := range g.open {
		if !slices.ContainsFunc(next, w.same) {
			shut = append(shut, c)
		}
	}
	g.forget()
	g.mu.Unlock()
	for _, c := range shut {
		c.Close()
	}
	return nil
}

// Allow opens one more way.
func (g *Gate) Allow(w Way) error { return g.Replace(append(g.Ways(), w)) }

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
// there is a way to it of the owner that ctx names (As). A name is resolved once,
// here, and what is dialled is one of those addresses, so an answer that changes
// afterwards changes nothing. A name other than localhost never leads to the
// machine itself, nor to link-local or multicast addresses: those are reached by
// their literal only. One that led out of the local network never leads into it
// later, nor the other way round, until its way was closed. Errors wrap
// ErrRefused, or are net's.
func (g *Gate) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	owner := ownerOf(ctx)
	if err := g.wait(ctx); err != nil {
		return nil, err
	}
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, g.refuse(owner, addr, 0, reasonAddress)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || port == 0 {
		return nil, g.refuse(owner, host, 0, reasonAddress)
	}
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, g.refuse(owner, host, int(port), reasonNetwork)
	}
	w, err := Way{Owner: owner, Host: host, Port: int(port)}.clean()
	if err != nil {
		return nil, g.refuse(owner, host, int(port), reasonAddress)
	}
	if !g.permits(w) {
		return nil, g.refuse(owner, w.Host, w.Port, reasonClosed)
	}
	addrs, err := g.resolve(ctx, network, w)
	if err != nil {
		return nil, err
	}
	return g.dial(ctx, network, w, addrs)
}

func (g *Gate) wait(ctx context.Context) error {
	g.mu.Lock()
	opened := g.opened
	g.mu.Unlock()
	if opened == nil {
		return nil
	}
	select {
	case <-opened:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the ways out: %w", ctx.Err())
	}
}

func (g *Gate) permits(w Way) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.ContainsFunc(g.ways, w.same)
}

// dial tries the addresses in turn.
func (g *Gate) dial(ctx context.Context, network string, w Way, addrs []netip.Addr) (net.Conn, error) {
	var errs []error
	for _, a := range addrs {
		c, err := dialOne(ctx, network, netip.AddrPortFrom(a, uint16(w.Port)))
		if err == nil {
			return g.keep(c, w, a)
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(errs...)
}

// dialOne connects to one address, and to no other whatever net makes of it.
func dialOne(ctx context.Context, network string, want netip.AddrPort) (net.Conn, error) {
	text := want.String()
	d := net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		if address == text {
			return nil
		}
		if got, err := netip.ParseAddrPort(address); err != nil || got.Addr().Unmap() != want.Addr().Unmap() || got.Port() != want.Port() {
			return fmt.Errorf("connect to another address than was permitted: %w", ErrRefused)
		}
		return nil
	}}
	return d.DialContext(until(ctx, dialTimeout), network, text)
}

// bounded is a context with an earlier deadline than it ends by. Connecting looks
// at the deadline itself (the poller's, not a timer of the context's), so there is
// no need of context.WithDeadline, which costs a short connection more than
// everything else that the gate does.
type bounded struct {
	context.Context
	at time.Time
}

// Deadline implements context.Context.
func (b bounded) Deadline() (time.Time, bool) { return b.at, true }

func until(ctx context.Context, d time.Duration) context.Context {
	at := time.Now().Add(d)
	if own, ok := ctx.Deadline(); ok && own.Before(at) {
		return ctx
	}
	return bounded{ctx, at}
}

// keep notes an open connection, so that it ends with its way. The way may have
// been closed while it was being dialled.
func (g *Gate) keep(c net.Conn, w Way, a netip.Addr) (net.Conn, error) {
	g.mu.Lock()
	still := slices.ContainsFunc(g.ways, w.same)
	var kept *conn
	if still {
		kept = &conn{Conn: c, gate: g, use: g.useOf(w.key())}
		kept.use.begin(a)
		g.open[kept] = w
		if _, literal := w.literal(); !literal {
			g.pins[w.key()] = reachOf(a)
		}
	}
	g.mu.Unlock()
	if !still {
		c.Close()
		return nil, g.refuse(w.Owner, w.Host, w.Port, reasonClosed)
	}
	return kept, nil
}
