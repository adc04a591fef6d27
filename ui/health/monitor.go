package health

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"coffre/llm"
	"coffre/store"
)

// Monitor runs the checks now and again and remembers what came of them.
type Monitor struct {
	d Deps

	mu      sync.Mutex
	last    map[string]Report // by firm
	memory  map[string]*memory
	serving *Serving
	jumps   []jump
	machine map[string]Result // of the checks that are the same for all firms
	machAt  time.Time
	running sync.Mutex // one run at a time: a check measures the disk
}

// jump is a step of the clock.
type jump struct {
	at time.Time
	by time.Duration
}

const (
	every       = 5 * time.Minute
	soonAfter   = 15 * time.Second // the start
	clockTick   = 5 * time.Second
	jumpsFor    = 24 * time.Hour // a step is told
	freshFor    = 3 * time.Second
	machineHold = 20 * time.Second // for the other firms of the same round
)

// New makes a Monitor; Run lets it look by itself.
func New(d Deps) *Monitor {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Started.IsZero() {
		d.Started = d.Now()
	}
	return &Monitor{d: d, last: map[string]Report{}, memory: map[string]*memory{}}
}

// Serves tells the checks that the box listens, and by what certificate.
func (m *Monitor) Serves(s Serving) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.serving = &s
}

// CertificateEnds is when the certificate ends that the box shows; false where
// it doesn't listen.
func (m *Monitor) CertificateEnds() (time.Time, bool) {
	m.mu.Lock()
	s := m.serving
	m.mu.Unlock()
	if s == nil || s.Certificate == nil {
		return time.Time{}, false
	}
	return s.Certificate().Expires, true
}

// Address is host and port where the box listens first; false where it doesn't.
func (m *Monitor) Address() (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.serving == nil || len(m.serving.Addresses) == 0 {
		return "", false
	}
	return m.serving.Addresses[0], true
}

// Last is the newest report of a firm; false where there was none yet.
func (m *Monitor) Last(tenant string) (Report, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.last[tenant]
	return r, ok
}

// Run looks at every firm now and then until ctx ends, and at the clock all the
// time.
func (m *Monitor) Run(ctx context.Context) {
	tick := time.NewTicker(clockTick)
	defer tick.Stop()
	was, wall := time.Now(), time.Now().Round(0)
	next := was.Add(soonAfter)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		// A machine that slept stops the count of time with some systems: what it
		// slept is a step, too, and true.
		m.stepped(now.Round(0).Sub(wall)-now.Sub(was), now)
		was, wall = now, now.Round(0)
		if now.Before(next) {
			continue
		}
		next = now.Add(every)
		m.round(ctx)
	}
}

// stepped notes a step of the clock that is worth a word.
func (m *Monitor) stepped(by time.Duration, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.jumps = slices.DeleteFunc(m.jumps, func(j jump) bool { return at.Sub(j.at).Abs() > jumpsFor })
	if by.Abs() > jumpAllowed && len(m.jumps) < 100 {
		m.d.Log.Warn("the clock stepped", "seconds", by.Seconds())
		m.jumps = append(m.jumps, jump{at.Round(0), by})
	}
}

func (m *Monitor) round(ctx context.Context) {
	all, err := m.d.Root.Tenants()
	if err != nil {
		m.d.Log.Error("tenants can't be listed", "err", err)
		return
	}
	for _, rec := range all {
		t, release, err := m.d.Root.Acquire(rec.ID)
		if err != nil {
			m.d.Log.Error("tenant can't be looked at", "tenant", rec.ID, "err", err)
			continue
		}
		m.Look(ctx, t)
		release()
	}
}

// Look runs every check of a firm now. Of several who ask at once, the later
// ones get what the first found.
func (m *Monitor) Look(ctx context.Context, t *store.Tenant) Report {
	m.running.Lock()
	defer m.running.Unlock()
	if r, ok := m.Last(t.ID); ok {
		if age := m.d.Now().Sub(r.At); age >= 0 && age < freshFor {
			return r
		}
	}
	mem := m.recall(t)
	s := m.subject(t, mem)
	if room, err := m.d.Root.Room(t); err == nil {
		mem.sample(s.now, room.Free)
		s.trend = trendOf(mem.space, s.now)
	}
	r := Report{At: s.now, Verdict: OK, Results: s.run(ctx, checks, m.known)}
	if ctx.Err() != nil {
		return r // half of it would be remembered as changes
	}
	m.keepMachine(s.now, r.Results)
	for i := range r.Results {
		mem.note(&r.Results[i], s.now)
		r.Verdict = r.Verdict.worse(r.Results[i].Verdict)
	}
	m.mu.Lock()
	m.last[t.ID] = r
	m.mu.Unlock()
	mem.save(t, m.d.Log)
	return r
}

func (m *Monitor) subject(t *store.Tenant, mem *memory) *subject {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &subject{Deps: m.d, t: t, now: m.d.Now(), serving: m.serving, jumps: slices.Clone(m.jumps), looked: map[string]llm.State{}}
}

// known is what another firm's run has just found out about the machine.
func (m *Monitor) known(c check) (Result, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if age := m.d.Now().Sub(m.machAt); !c.box || m.machAt.IsZero() || age < 0 || age > machineHold {
		return Result{}, false
	}
	r, ok := m.machine[c.name]
	return r, ok
}

func (m *Monitor) keepMachine(now time.Time, all []Result) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if age := now.Sub(m.machAt); !m.machAt.IsZero() && age >= 0 && age <= machineHold {
		return
	}
	m.machAt, m.machine = now, map[string]Result{}
	for i, c := range checks {
		if c.box && i < len(all) {
			m.machine[c.name] = all[i]
		}
	}
}
