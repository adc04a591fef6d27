package auth

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"coffre/chain"
	"coffre/store"
	"coffre/store/metric"
)

// Failed sign-ins are entries, but a loop must not flood the chain. So the first
// failure of a login is an entry at once; further ones of that login within a
// minute are counted and become one entry at its end, with their number by
// reason. Beyond freshLogins different logins a minute, a tenant's further ones
// share one such group. Known and unknown logins are grouped alike: otherwise
// the time of a commit would tell them apart. A kill loses at most the counts of
// the last minute, never the first failure.
const (
	groupFor    = time.Minute
	freshLogins = 30
	typedLogins = 20 // named in the private part of a shared group
)

// The reasons of a failure, as they stand in an entry's detail.
const (
	reasonPassword = "wrong-password"
	reasonUnknown  = "unknown-user"
	reasonDisabled = "disabled"
	reasonThrottle = "rate-limited"
	reasonChanged  = "changed-meanwhile"

	reasonKeyExpired   = "key-expired"
	reasonKeyElsewhere = "key-elsewhere" // from outside of its networks
)

type failure struct {
	userID, login, address, reason, request string
}

type failures struct {
	now func() time.Time
	log *slog.Logger
	// counts of all, by reason, for whoever watches the box.
	counts metric.Counts

	mu      sync.Mutex
	tenants map[string]*tenantFailures
	timer   *time.Timer
	closed  bool
}

type tenantFailures struct {
	t      *store.Tenant
	since  time.Time
	fresh  int // logins that got an entry at once since then
	groups map[string]*failureGroup
}

type failureGroup struct {
	since   time.Time
	userID  string
	reasons map[string]int
	logins  []string
	address string
}

// FailureCounts are the failed sign-ins since the start, of all firms, by reason.
func (s *Service) FailureCounts() *metric.Counts { return &s.failures.counts }

func newFailures(now func() time.Time, log *slog.Logger) *failures {
	return &failures{now: now, log: log, tenants: map[string]*tenantFailures{}}
}

// note records a failure, or counts it with its like.
func (f *failures) note(ctx context.Context, t *store.Tenant, x failure) {
	x.login = printable(x.login, 64)
	kind, _, _ := strings.Cut(x.reason, "/")
	f.counts.Add(kind)
	f.mu.Lock()
	tf := f.tenants[t.ID]
	if tf == nil {
		tf = &tenantFailures{since: f.now(), groups: map[string]*failureGroup{}}
		f.tenants[t.ID] = tf
	}
	tf.t = t
	g, now := tf.join(x, f.now())
	if f.timer == nil && !f.closed {
		f.timer = time.AfterFunc(groupFor, f.tick)
	}
	f.mu.Unlock()
	if now {
		f.record(context.WithoutCancel(ctx), t, g, x.request)
	}
}

// join counts x in its group. It returns what must be recorded at once, if
// anything: a new login's failure, or a group whose minute is over.
func (tf *tenantFailures) join(x failure, now time.Time) (failureGroup, bool) {
	if now.Sub(tf.since) >= groupFor {
		tf.since, tf.fresh = now, 0
	}
	name := strings.ToLower(x.login)
	g := tf.groups[name]
	if g == nil && tf.fresh < freshLogins {
		tf.fresh++
		tf.groups[name] = &failureGroup{since: now, reasons: map[string]int{}}
		one := failureGroup{reasons: map[string]int{}}
		one.add(x)
		return one, true
	}
	if g == nil {
		if g = tf.groups["\x00"]; g == nil {
			g = &failureGroup{since: now, reasons: map[string]int{}}
			tf.groups["\x00"] = g
		}
		x.userID = ""
	}
	g.add(x)
	if now.Sub(g.since) < groupFor {
		return failureGroup{}, false
	}
	return g.take(now), true
}

func (g *failureGroup) add(x failure) {
	g.reasons[x.reason]++
	g.userID, g.address = x.userID, x.address
	for _, l := range g.logins {
		if l == x.login {
			return
		}
	}
	if len(g.logins) < typedLogins {
		g.logins = append(g.logins, x.login)
	}
}

func (g *failureGroup) take(now time.Time) failureGroup {
	out := *g
	*g = failureGroup{since: now, reasons: map[string]int{}}
	return out
}

func (f *failures) tick() {
	f.flush(context.Background(), false)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.timer = nil
	if len(f.tenants) > 0 && !f.closed {
		f.timer = time.AfterFunc(groupFor, f.tick)
	}
}

// flush records the counts of groups whose minute is over, or all of them, and
// forgets the groups that stayed empty.
func (f *failures) flush(ctx context.Context, all bool) {
	type due struct {
		t *store.Tenant
		g failureGroup
	}
	var out []due
	f.mu.Lock()
	now := f.now()
	for id, tf := range f.tenants {
		for name, g := range tf.groups {
			if !all && now.Sub(g.since) < groupFor {
				continue
			}
			if len(g.reasons) == 0 {
				delete(tf.groups, name)
				continue
			}
			out = append(out, due{tf.t, g.take(now)})
		}
		if len(tf.groups) == 0 {
			delete(f.tenants, id)
		}
	}
	f.mu.Unlock()
	for _, d := range out {
		f.record(ctx, d.t, d.g, "")
	}
}

func (f *failures) close() {
	f.mu.Lock()
	f.closed = true
	if f.timer != nil {
		f.timer.Stop()
	}
	f.mu.Unlock()
	f.flush(context.Background(), true)
}

// record writes one entry. Its private part is sealed with the tenant's key also
// where the user is known: what a stranger typed is no data of theirs.
func (f *failures) record(ctx context.Context, t *store.Tenant, g failureGroup, request string) {
	by := store.System("auth")
	if g.userID != "" {
		by = store.Actor{Actor: chain.Actor{Kind: "user", ID: g.userID}}
	}
	count, reasons := 0, map[string]any{}
	for r, n := range g.reasons {
		count += n
		reasons[r] = n
	}
	ev := chain.Event{
		Action: chain.AuthFailure, Outcome: chain.Denied, Request: request,
		Detail:  chain.Detail{"count": count, "reasons": reasons},
		Private: chain.Detail{"logins": g.logins, "address": printable(g.address, 64)},
	}
	if _, err := t.Record(ctx, by, ev); err != nil {
		f.log.Error("failed sign-ins not recorded", "tenant", t.ID, "count", count, "err", err)
	}
}

// printable cuts what a stranger sent to most bytes of valid UTF-8 without
// control characters.
func printable(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	for len(s) > most {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}
