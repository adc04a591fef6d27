package ui

import (
	"context"
	"slices"
	"sync"
	"time"

	"coffre/chain"
	"coffre/store"
)

// In hardened mode what people and API keys are refused for want of rights is in the
// journal, as access.refuse. A scanner must not flood it: the first refusal of an actor
// is an entry of its own, further ones are counted and become one entry each minute.
// An entry is written behind the answer, so that its time doesn't tell what exists from
// what doesn't; a kill loses at most what the last minute counted.
const (
	refusalsFor  = time.Minute
	refusalNames = 20 // of objects and of routes that an entry names
)

// refusals are those that wait for the end of their minute, by actor.
type refusals struct {
	mu      sync.Mutex
	groups  map[refuser]*refusalGroup
	timer   *time.Timer
	closed  bool
	writing sync.WaitGroup
}

type refuser struct{ tenant, kind, id string }

type refusalGroup struct {
	since   time.Time // by the monotonic clock
	by      store.Actor
	count   int
	reasons map[string]int
	routes  []string
	objects []string
	address string
	session string
	request string // of a single one
}

// refusal notes that an error of this request was one of rights.
func (q *request) refusal(err error) {
	r, ok := store.RefusalOf(err)
	if !ok || q.t == nil || q.p.UserID == "" || q.p.Guest {
		return
	}
	on := false
	if err := q.view(func(v *store.View) error { on = v.Hardened().On; return nil }); err != nil || !on {
		return
	}
	q.s.refused.note(q, r)
}

func (f *refusals) note(q *request, r store.Refusal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	key, now := refuser{q.t.ID, q.p.Actor.Kind, q.p.Actor.ID}, time.Now()
	g := f.groups[key]
	if g == nil {
		if f.groups == nil {
			f.groups = map[refuser]*refusalGroup{}
		}
		f.groups[key] = &refusalGroup{since: now}
		one := refusalGroup{request: q.id}
		one.add(q, r)
		f.write(q.s, key.tenant, one)
	} else if g.add(q, r); now.Sub(g.since) >= refusalsFor {
		f.write(q.s, key.tenant, g.take(now))
	}
	if f.timer == nil {
		s := q.s
		f.timer = time.AfterFunc(refusalsFor, func() { f.tick(s) })
	}
}

func (g *refusalGroup) add(q *request, r store.Refusal) {
	g.count++
	if g.reasons == nil {
		g.reasons = map[string]int{}
	}
	g.reasons[r.Of]++
	g.by, g.address, g.session = q.p.Actor, q.address(), q.p.Session
	g.routes = noted(g.routes, q.route.method+" "+q.route.path)
	if r.ID != "" {
		g.objects = noted(g.objects, r.Of+" "+r.ID)
	}
}

func noted(all []string, one string) []string {
	if len(all) < refusalNames && !slices.Contains(all, one) {
		all = append(all, one)
	}
	return all
}

func (g *refusalGroup) take(now time.Time) refusalGroup {
	out := *g
	*g = refusalGroup{since: now}
	return out
}

func (f *refusals) tick(s *Server) {
	f.flush(s, false)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.timer = nil
	if len(f.groups) > 0 && !f.closed {
		f.timer = time.AfterFunc(refusalsFor, func() { f.tick(s) })
	}
}

// flush writes what was counted by those whose minute is over, or by all of them, and
// forgets those of whom nothing was refused in it.
func (f *refusals) flush(s *Server, all bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	for key, g := range f.groups {
		switch {
		case !all && now.Sub(g.since) < refusalsFor:
		case g.count == 0:
			delete(f.groups, key)
		default:
			f.write(s, key.tenant, g.take(now))
		}
	}
}

// close writes what was counted, and takes nothing more.
func (f *refusals) close(s *Server) {
	f.mu.Lock()
	f.closed = true
	if f.timer != nil {
		f.timer.Stop()
	}
	f.mu.Unlock()
	f.flush(s, true)
	f.writing.Wait()
}

// write enters a group, behind the answer; f.mu is held.
func (f *refusals) write(s *Server, tenant string, g refusalGroup) {
	reasons := map[string]any{}
	for of, n := range g.reasons {
		reasons[of] = n
	}
	ev := chain.Event{
		Action: chain.AccessRefuse, Outcome: chain.Denied, Session: g.session, Request: g.request,
		Detail:  chain.Detail{"count": g.count, "reasons": reasons, "routes": g.routes},
		Private: chain.Detail{"address": g.address},
	}
	if len(g.objects) > 0 {
		ev.Private["objects"] = g.objects
	}
	f.writing.Go(func() {
		t, release, err := s.Root.Acquire(tenant)
		if err == nil {
			defer release()
			_, err = t.Record(context.Background(), g.by, ev)
		}
		if err != nil {
			s.Log.Error("refused accesses not recorded", "tenant", tenant, "count", g.count, "err", err)
		}
	})
}
