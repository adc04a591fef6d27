package gate

import (
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"
)

// The reasons of a refusal.
const (
	reasonClosed  = "no-way"        // not in the list
	reasonAddress = "odd-address"   // not a host and numeric port in usual form
	reasonNetwork = "not-tcp"       // UDP, unix sockets, raw IP
	reasonLeads   = "leads-inside"  // a name that resolves to the machine itself
	reasonScheme  = "to-clear-text" // a redirect from https to http
)

// Refusal is one refused dial, or several to the same host and port.
type Refusal struct {
	Host   string // "" for the many hosts of a flood
	Port   int    // 0 where it could not be read
	Reason string // of the latest
	Count  int
	Last   time.Time
}

// At most freshTargets hosts and ports a minute are reported by themselves; the
// further ones share one Refusal without a host.
const (
	groupFor     = time.Minute
	freshTargets = 30
)

type refusals struct {
	log *slog.Logger
	to  func(Refusal)

	mu     sync.Mutex
	since  time.Time
	fresh  int
	groups map[string]*group
	timer  *time.Timer
	closed bool
}

type group struct {
	since time.Time
	Refusal
}

func newRefusals(log *slog.Logger, to func(Refusal)) *refusals {
	if to == nil {
		to = func(Refusal) {}
	}
	return &refusals{log: log, to: to, groups: map[string]*group{}}
}

// refuse notes a refused dial and returns its error.
func (g *Gate) refuse(host string, port int, reason string) error {
	if len(host) > 253 {
		host = host[:253]
	}
	g.refusals.note(host, port, reason)
	return fmt.Errorf("connect to %q, port %d (%s): %w", host, port, reason, ErrRefused)
}

func (r *refusals) note(host string, port int, reason string) {
	now := time.Now()
	r.mu.Lock()
	if now.Sub(r.since) >= groupFor {
		r.since, r.fresh = now, 0
	}
	key := host + "\x00" + strconv.Itoa(port)
	g := r.groups[key]
	if g == nil && r.fresh < freshTargets {
		r.fresh++
		r.groups[key] = &group{since: now, Refusal: Refusal{Host: host, Port: port}}
		r.arm()
		r.mu.Unlock()
		r.report(Refusal{Host: host, Port: port, Reason: reason, Count: 1, Last: now})
		return
	}
	if g == nil {
		if g = r.groups[""]; g == nil {
			g = &group{since: now}
			r.groups[""] = g
		}
	}
	g.Reason, g.Last = reason, now
	g.Count++
	r.mu.Unlock()
}

func (r *refusals) arm() {
	if r.timer == nil && !r.closed {
		r.timer = time.AfterFunc(groupFor, r.tick)
	}
}

func (r *refusals) tick() {
	r.flush(false)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timer = nil
	if len(r.groups) > 0 {
		r.arm()
	}
}

// flush reports the groups whose minute is over, or all, and forgets those that
// stayed empty.
func (r *refusals) flush(all bool) {
	now := time.Now()
	var due []Refusal
	r.mu.Lock()
	for key, g := range r.groups {
		switch {
		case !all && now.Sub(g.since) < groupFor:
		case g.Count == 0:
			delete(r.groups, key)
		default:
			due = append(due, g.Refusal)
			g.since, g.Count = now, 0
		}
	}
	r.mu.Unlock()
	for _, x := range due {
		r.report(x)
	}
}

func (r *refusals) report(x Refusal) {
	r.log.Warn("connection refused by the gate", "host", x.Host, "port", x.Port, "reason", x.Reason, "count", x.Count)
	r.to(x)
}

func (r *refusals) close() {
	r.mu.Lock()
	r.closed = true
	if r.timer != nil {
		r.timer.Stop()
	}
	r.mu.Unlock()
	r.flush(true)
}
