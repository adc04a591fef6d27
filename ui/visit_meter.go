package ui

import (
	"net/netip"
	"sync"
	"time"
)

// Rate is how often an address may do something: Burst times at once, then
// PerMinute.
type Rate struct {
	Burst     int
	PerMinute float64
}

// maxMetered addresses are remembered; beyond, those that are full again, and
// then any, are forgotten. About 1 MB a meter.
const maxMetered = 8192

// meter is a token bucket for each address.
type meter struct {
	rate Rate
	now  func() time.Time

	mu  sync.Mutex
	all map[netip.Prefix]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// spend takes one; wait > 0 says that none is left and when one will be.
func (m *meter) spend(address string) (wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, key := m.now(), networkOf(address)
	if m.all == nil {
		m.all = map[netip.Prefix]bucket{}
	}
	b, known := m.all[key]
	if !known {
		m.forget(now)
		b = bucket{left: float64(m.rate.Burst), at: now}
	}
	b.left = m.filled(b, now)
	b.at = now
	if b.left >= 1 {
		b.left--
	} else {
		wait = time.Duration((1 - b.left) / m.rate.PerMinute * float64(time.Minute))
		wait = max(wait, time.Millisecond)
	}
	m.all[key] = b
	return wait
}

func (m *meter) filled(b bucket, now time.Time) float64 {
	since := max(now.Sub(b.at), 0)
	return min(float64(m.rate.Burst), b.left+since.Minutes()*m.rate.PerMinute)
}

// forget makes room for more addresses: a quarter of the table at least, so that
// a flood of them costs a look at it only now and then.
func (m *meter) forget(now time.Time) {
	if len(m.all) < maxMetered {
		return
	}
	for k, b := range m.all {
		if m.filled(b, now) >= float64(m.rate.Burst) {
			delete(m.all, k)
		}
	}
	for k := range m.all {
		if len(m.all) <= maxMetered*3/4 {
			return
		}
		delete(m.all, k)
	}
}

// networkOf is what counts as one address: an IPv4 address, or an IPv6 /64,
// which one machine has to itself. What is no address shares one bucket.
func networkOf(address string) netip.Prefix {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, _ := a.Prefix(bits)
	return p
}
