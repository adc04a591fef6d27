package gate

import (
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"coffre/store/metric"
)

// The reasons of a refusal.
const (
	reasonClosed  = "no-way"          // not in the list
	reasonAddress = "odd-address"     // not a host and numeric port in usual form
	reasonNetwork = "not-tcp"         // UDP, unix sockets, raw IP
	reasonLeads   = "leads-inside"    // a name that resolves to the machine itself
	reasonMoved   = "leads-elsewhere" // a name that left the local network, or came into it
	reasonDefault = "default"         // Go's own client or resolver, which Seal has shut
	reasonScheme  = "to-clear-text"   // a redirect from https to http
)

// Refusal is one refused dial, or several to the same host and port.
type Refusal struct {
	Owner  string // the firm that it was for, "" for none
	Host   string // "" for the many hosts of a flood
	Port   int    // 0 where it could not be read
	Reason string // of the latest
	Count  int
	Last   time.Time
}

// A host and port that is refused is reported at once, then with its count after
// the first of these times, then after the second, and so on in the last's
// rhythm; after as long without a refusal it is forgotten.
var groupFor = []time.Duration{time.Minute, 10 * time.Minute, time.Hour}

// So many hosts and ports are reported by themselves in each of these times, and
// mostGroups at once, for each firm; the further ones share one Refusal without a
// host. A firm's chain gets no more than about 2,000 entries a day of it, whatever
// dials.
var freshTargets = []struct {
	in   time.Duration
	most int
}{{time.Minute, 30}, {time.Hour, 60}, {24 * time.Hour, 200}}

const (
	mostGroups = 64
	mostRecent = 50 // shown to people, for each firm
)

type refusals struct {
	log *slog.Logger
	to  func(Refusal)
	// counts of all, by reason, for whoever watches the box.
	counts metric.Counts

	mu     sync.Mutex
	owners map[string]*ledger
	timer  *time.Timer
	closed bool
}

// ledger is what is known of one firm's refusals.
type ledger struct {
	budgets []budget
	groups  map[string]*group
	recent  []Refusal // oldest first
}

type budget struct {
	since time.Time
	used  int
}

type group struct {
	since time.Time
	step  int // into groupFor
	Refusal
}

func newRefusals(log *slog.Logger, to func(Refusal)) *refusals {
	if to == nil {
		to = func(Refusal) {}
	}
	return &refusals{log: log, to: to, owners: map[string]*ledger{}}
}

// refuse notes a refused dial and returns its error.
func (g *Gate) refuse(owner, host string, port int, reason string) error {
	if len(host) > 253 {
		host = host[:253]
	}
	g.refusals.note(Refusal{Owner: owner, Host: host, Port: port, Reason: reason})
	return fmt.Errorf("connect to %q, port %d (%s): %w", host, port, reason, ErrRefused)
}

// Refused returns what was refused lately of a firm's, the newest first; Count is
// since the program started, or since it was last forgotten for others.
func (g *Gate) Refused(owner string) []Refusal {
	r := g.refusals
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.owners[owner]
	if l == nil {
		return nil
	}
	out := make([]Refusal, 0, len(l.recent))
	for i := range l.recent {
		out = append(out, l.recent[len(l.recent)-1-i])
	}
	return out
}

// RefusalCounts are the refused dials since the start, of all firms, by reason.
func (g *Gate) RefusalCounts() *metric.Counts { return &g.refusals.counts }

func (r *refusals) note(x Refusal) {
	now := time.Now()
	x.Count, x.Last = 1, now
	r.counts.Add(x.Reason)
	r.mu.Lock()
	l := r.owners[x.Owner]
	if l == nil {
		l = &ledger{budgets: make([]budget, len(freshTargets)), groups: map[string]*group{}}
		r.owners[x.Owner] = l
	}
	l.remember(x)
	key := x.Host + "\x00" + strconv.Itoa(x.Port)
	g := l.groups[key]
	if g == nil && l.fresh(now) {
		l.groups[key] = &group{since: now, Refusal: Refusal{Owner: x.Owner, Host: x.Host, Port: x.Port}}
		r.arm()
		r.mu.Unlock()
		r.report(x)
		return
	}
	if g == nil {
		if g = l.groups[""]; g == nil {
			g = &group{since: now, Refusal: Refusal{Owner: x.Owner}}
			l.groups[""] = g
		}
	}
	g.Reason, g.Last = x.Reason, now
	g.Count++
	r.arm()
	r.mu.Unlock()
}

// remember keeps a refusal for people to look at.
func (l *ledger) remember(x Refusal) {
	for i, old := range l.recent {
		if old.Host == x.Host && old.Port == x.Port && old.Reason == x.Reason {
			x.Count += old.Count
			l.recent = append(append(l.recent[:i:i], l.recent[i+1:]...), x)
			return
		}
	}
	if len(l.recent) == mostRecent {
		l.recent = l.recent[1:]
	}
	l.recent = append(l.recent, x)
}

// fresh takes from the budgets of hosts and ports that are reported alone.
func (l *ledger) fresh(now time.Time) bool {
	for i, f := range freshTargets {
		if now.Sub(l.budgets[i].since) >= f.in {
			l.budgets[i] = budget{since: now}
		}
		if l.budgets[i].used >= f.most || len(l.groups) >= mostGroups {
			return false
		}
	}
	for i := range l.budgets {
		l.budgets[i].used++
	}
	return true
}

func (r *refusals) arm() {
	if r.timer == nil && !r.closed {
		r.timer = time.AfterFunc(groupFor[0], r.tick)
	}
}

func (r *refusals) tick() {
	r.flush(false)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timer = nil
	for _, l := range r.owners {
		if len(l.groups) > 0 {
			r.arm()
		}
	}
}

// flush reports the groups whose time is over, or all, and forgets those that
// stayed empty.
func (r *refusals) flush(all bool) {
	now := time.Now()
	var due []Refusal
	r.mu.Lock()
	for _, l := range r.owners {
		for key, g := range l.groups {
			switch {
			case !all && now.Sub(g.since) < groupFor[g.step]:
			case g.Count == 0:
				delete(l.groups, key)
			default:
				due = append(due, g.Refusal)
				g.since, g.Count, g.step = now, 0, min(g.step+1, len(groupFor)-1)
			}
		}
	}
	r.mu.Unlock()
	for _, x := range due {
		r.report(x)
	}
}

func (r *refusals) report(x Refusal) {
	r.log.Warn("connection refused by the gate", "tenant", x.Owner, "host", x.Host, "port", x.Port, "reason", x.Reason, "count", x.Count)
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
