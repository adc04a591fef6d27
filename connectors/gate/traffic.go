package gate

import (
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
)

type wayKey struct {
	owner, host string
	port        int
}

// use counts what went over a way.
type use struct {
	since                atomic.Int64 // Unix nanoseconds
	in, out, dials, live atomic.Int64
	last                 atomic.Int64 // Unix nanoseconds, 0 for never
	at                   atomic.Pointer[netip.Addr]
}

func (u *use) begin(a netip.Addr) {
	u.dials.Add(1)
	u.live.Add(1)
	u.at.Store(&a)
	u.last.Store(time.Now().UnixNano())
}

// Use is what went over a way since it was first used, as far as is known.
type Use struct {
	Since   time.Time // zero: never used
	In, Out int64     // bytes read and written on connections, TLS included, headers of TCP and IP not
	Dials   int64     // connections made
	Live    int       // connections open now
	Last    time.Time
	Address string // last reached, "" before
}

func (u *use) read() Use {
	out := Use{Since: time.Unix(0, u.since.Load()), In: u.in.Load(), Out: u.out.Load(), Dials: u.dials.Load(), Live: int(u.live.Load())}
	if ns := u.last.Load(); ns != 0 {
		out.Last = time.Unix(0, ns)
	}
	if a := u.at.Load(); a != nil {
		out.Address = a.String()
	}
	return out
}

// useOf returns a way's counters; the caller holds the lock.
func (g *Gate) useOf(k wayKey) *use {
	u := g.uses[k]
	if u == nil {
		u = &use{}
		u.since.Store(time.Now().UnixNano())
		g.uses[k] = u
	}
	return u
}

// Recall adds to a way's counters what is known of it from before the program
// started; once, before anything goes over it or after.
func (g *Gate) Recall(w Way, before Use) {
	w, err := w.clean()
	if err != nil || before.Since.IsZero() {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	u := g.useOf(w.key())
	u.since.Store(before.Since.UnixNano())
	u.in.Add(before.In)
	u.out.Add(before.Out)
	u.dials.Add(before.Dials)
	if ns := before.Last.UnixNano(); u.last.Load() < ns && !before.Last.IsZero() {
		u.last.Store(ns)
	}
	if a, err := netip.ParseAddr(before.Address); err == nil && u.at.Load() == nil {
		u.at.Store(&a)
	}
}

// Forget drops the counters of a firm's ways that keep doesn't want, but not of
// those that are open.
func (g *Gate) Forget(owner string, keep func(host string, port int) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for k := range g.uses {
		open := slices.ContainsFunc(g.ways, func(w Way) bool { return w.key() == k })
		if k.owner == owner && !open && !keep(k.host, k.port) {
			delete(g.uses, k)
		}
	}
}

// mostUses is from how many counters on those of closed ways are forgotten.
const mostUses = 512

// forget drops what is kept about ways that are closed; the caller holds the lock.
func (g *Gate) forget() {
	closed := func(k wayKey) bool {
		return !slices.ContainsFunc(g.ways, func(w Way) bool { return w.key() == k })
	}
	for k := range g.pins {
		if closed(k) {
			delete(g.pins, k)
		}
	}
	if len(g.uses) <= mostUses {
		return
	}
	for k := range g.uses {
		if closed(k) {
			delete(g.uses, k)
		}
	}
}

// Use returns what went over a way, open or not.
func (g *Gate) Use(w Way) Use {
	w, err := w.clean()
	if err != nil {
		return Use{}
	}
	g.mu.Lock()
	u := g.uses[w.key()]
	g.mu.Unlock()
	if u == nil {
		return Use{}
	}
	return u.read()
}

// NameServers returns what was asked of the system's name servers, by address.
func (g *Gate) NameServers() map[string]Use {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := map[string]Use{}
	for addr, u := range g.names {
		out[addr] = u.read()
	}
	return out
}

// conn is a connection that is counted, and ends with its way.
type conn struct {
	net.Conn
	gate   *Gate // nil: not kept
	use    *use
	closed atomic.Bool
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.use.in.Add(int64(n))
		c.use.last.Store(time.Now().UnixNano())
	}
	return n, err
}

func (c *conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if n > 0 {
		c.use.out.Add(int64(n))
		c.use.last.Store(time.Now().UnixNano())
	}
	return n, err
}

// Close closes the connection.
func (c *conn) Close() error {
	if !c.closed.Swap(true) {
		c.use.live.Add(-1)
		if c.gate != nil {
			c.gate.mu.Lock()
			delete(c.gate.open, c)
			c.gate.mu.Unlock()
		}
	}
	return c.Conn.Close()
}
