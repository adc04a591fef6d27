package store

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Kept is what a run of retention did.
type Kept struct {
	At      time.Time
	Expired int           // private parts deleted
	Pruned  uint64        // payloads cut
	Wait    time.Duration // nothing was deleted: the clock is in doubt for so long yet
	Copies  PruneWait     // payloads past their time stayed: a copy lacks them
	Err     error         // what kept it from its end
}

const (
	keeperLooks = time.Hour   // how often approvals and interrupted work are looked at
	keeperHour  = 3           // of the night, local time, and
	keeperPast  = 30          // minutes past it
	keeperLate  = 36          // hours after which terms that have ended can't wait for the night
	keeperSoon  = time.Minute // after the start
)

// termKeeper runs retention each night. A box that is switched off at night runs it
// in the day, once something is late.
type termKeeper struct {
	t      *Tenant
	cancel context.CancelFunc
	ended  chan struct{}
	run    sync.Mutex // one run at a time
	mu     sync.Mutex
	last   Kept
	next   time.Time
}

func startTermKeeper(ctx context.Context, t *Tenant) *termKeeper {
	ctx, cancel := context.WithCancel(ctx)
	k := &termKeeper{t: t, cancel: cancel, ended: make(chan struct{}), next: nextNight(t.now())}
	go k.loop(ctx)
	return k
}

func (k *termKeeper) close() {
	k.cancel()
	<-k.ended
}

func nextNight(now time.Time) time.Time {
	at := time.Date(now.Year(), now.Month(), now.Day(), keeperHour, keeperPast, 0, 0, now.Location())
	if !now.Before(at) {
		at = time.Date(now.Year(), now.Month(), now.Day()+1, keeperHour, keeperPast, 0, 0, now.Location())
	}
	return at
}

func (k *termKeeper) loop(ctx context.Context) {
	defer close(k.ended)
	for wait := keeperSoon; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		k.mu.Lock()
		next := k.next
		k.mu.Unlock()
		now := k.t.now()
		if !now.Before(next) || k.late(ctx, now) {
			k.t.Keep(ctx)
		} else if err := k.t.finishKept(ctx); err != nil && ctx.Err() == nil {
			k.t.log.Error("retention", "tenant", k.t.ID, "err", err)
		}
		wait = max(time.Minute, min(keeperLooks, nextNight(k.t.now()).Sub(k.t.now())))
	}
}

// late tells whether terms ended so long ago that the night was missed.
func (k *termKeeper) late(ctx context.Context, now time.Time) bool {
	k.mu.Lock()
	ran := !k.last.At.IsZero()
	k.mu.Unlock()
	if ran {
		return false
	}
	late := false
	err := k.t.View(func(v *View) error {
		due, err := v.duePrivate(ctx, now.Add(-keeperLate*time.Hour))
		late = len(due) > 0
		return err
	})
	return err == nil && late
}

// finishKept ends what was approved or interrupted.
func (t *Tenant) finishKept(ctx context.Context) error {
	if t.usable() != nil {
		return nil // who stopped it said so
	}
	t.terms.run.Lock()
	defer t.terms.run.Unlock()
	return errors.Join(t.runApprovals(ctx), t.runHardened(ctx), t.compactIfDue(ctx))
}

// Keep runs retention now: what was approved, private parts past their term,
// payloads past theirs, and the file written anew where anything went. What it
// can't do it leaves for the next run. Where the clock is in doubt nothing is
// deleted.
func (t *Tenant) Keep(ctx context.Context) Kept {
	k := t.terms
	k.run.Lock()
	defer k.run.Unlock()
	out := t.keep(ctx)
	k.mu.Lock()
	k.last, k.next = out, nextNight(t.now())
	k.mu.Unlock()
	if out.Err != nil && ctx.Err() == nil {
		t.log.Error("retention", "tenant", t.ID, "err", out.Err)
	}
	return out
}

func (t *Tenant) keep(ctx context.Context) (out Kept) {
	out.At = t.now().UTC()
	if out.Err = errors.Join(t.runApprovals(ctx), t.runHardened(ctx)); out.Err != nil {
		return out
	}
	out.Err = t.View(func(v *View) (err error) { out.Wait, err = v.clockDoubt(t.now()); return err })
	if out.Err == nil && out.Wait == 0 {
		if out.Expired, out.Err = t.expirePrivate(ctx); out.Err == nil {
			out.Pruned, out.Err = t.prune(ctx)
		}
		if out.Err == nil {
			out.Copies, out.Err = t.notePruneWait(ctx)
		}
	}
	out.Err = errors.Join(out.Err, t.compactIfDue(ctx))
	return out
}

// KeptState is where retention stands.
type KeptState struct {
	Last      Kept          // of this process; the zero time where it has not run yet
	Next      time.Time     // the next run
	Wait      time.Duration // for so long nothing is deleted, since the clock was set forward
	Unwritten bool          // deleted bytes are still in the file: it is to be written anew
	Pruned    Pruned
	Copies    PruneWait // payloads past their time stay until these copies have them
	Policy    Retention
}

// KeptState tells where retention stands.
func (t *Tenant) KeptState() (s KeptState, err error) {
	t.terms.mu.Lock()
	s.Last, s.Next = t.terms.last, t.terms.next
	t.terms.mu.Unlock()
	err = t.View(func(v *View) (err error) {
		if s.Wait, err = v.clockDoubt(t.now()); err != nil {
			return err
		}
		s.Unwritten, s.Policy = v.compactDue(), v.Retention()
		if s.Pruned, err = v.Pruned(); err != nil {
			return err
		}
		s.Copies, err = v.pruneWait()
		return err
	})
	return s, err
}
