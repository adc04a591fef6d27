package store

import (
	"sync"
	"testing"
	"time"
	"unsafe"

	"coffre/chain"
)

// clock is a wall clock and a monotonic one that can be set apart, as an
// administrator or NTP sets a machine's.
type clock struct {
	mu   sync.Mutex
	at   time.Time
	step time.Duration
}

// now has the monotonic reading of at plus what passed, and the wall clock of
// that plus the steps. time.Time offers no way to make such a value: its first
// word holds the wall clock's seconds from bit 30 on.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.at
	*(*uint64)(unsafe.Pointer(&t)) += uint64(c.step/time.Second) << 30
	return t
}

func (c *clock) pass(d time.Duration) { c.mu.Lock(); c.at = c.at.Add(d); c.mu.Unlock() }
func (c *clock) set(d time.Duration)  { c.mu.Lock(); c.step += d; c.mu.Unlock() }

func TestClockOfTheTest(t *testing.T) {
	c := &clock{at: time.Now()}
	a := c.now()
	c.pass(time.Minute)
	c.set(time.Hour)
	b := c.now()
	if mono, wall := b.Sub(a), b.Round(0).Sub(a.Round(0)); mono != time.Minute || wall != 61*time.Minute {
		t.Fatalf("monotonic %v, wall %v", mono, wall)
	}
}

// TestClockSteps: from five minutes on, a step of the wall clock is an entry of
// its own, before the act that noticed it; times in the chain never go back.
func TestClockSteps(t *testing.T) {
	c := &clock{at: time.Now()}
	f := newFirmAt(t, t.TempDir(), c.now)
	var last JournalEntry
	act := func(name string, wantStep time.Duration, wantSkew time.Duration) {
		t.Helper()
		seq := f.do(t, chain.BoxStart, func(*Tx) error { return nil })
		f.View(func(v *View) error {
			e, err := v.Entry(seq)
			if err != nil {
				t.Fatal(err)
			}
			if e.Time.Before(last.Time) || e.SkewMS != wantSkew.Milliseconds() {
				t.Errorf("%s: time %v after %v, skew %d ms, want %v", name, e.Time, last.Time, e.SkewMS, wantSkew)
			}
			before, err := v.Entry(seq - 1)
			if err != nil {
				t.Fatal(err)
			}
			step, _ := before.Detail["step_ms"].(int64)
			if (before.Action == chain.ClockStep) != (wantStep != 0) || step != wantStep.Milliseconds() {
				t.Errorf("%s: the entry before is %s with %v, want a step of %v", name, before.Action, before.Detail, wantStep)
			}
			if last.Seq > 0 && seq-last.Seq != 1 && wantStep == 0 {
				t.Errorf("%s: %d entries", name, seq-last.Seq)
			}
			last = e
			return nil
		})
	}
	act("first", 0, 0)
	c.pass(time.Hour)
	act("time that passed", 0, 0)
	c.set(4 * time.Minute)
	act("four minutes forward", 0, 0)
	c.set(time.Hour)
	act("an hour forward", time.Hour, 0)
	c.set(-2 * time.Minute)
	act("two minutes back", 0, 2*time.Minute)
	c.pass(10 * time.Minute)
	act("caught up", 0, 0)
	c.set(-3 * time.Hour)
	act("three hours back", -3*time.Hour, 3*time.Hour)
	c.pass(time.Minute)
	act("still behind", 0, 3*time.Hour-time.Minute)
	f.verifyLive(t)
}

// TestClockBehindAtStart: a machine that comes up with its clock far behind the
// last entry says so once.
func TestClockBehindAtStart(t *testing.T) {
	dir := t.TempDir()
	c := &clock{at: time.Now()}
	r := newRoot(t, dir, c.now)
	if _, err := r.CreateTenant(t.Context(), System("test"), NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	c.set(-24 * time.Hour)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = newRoot(t, dir, c.now)
	defer r.Close()
	for range 2 {
		if _, err := r.Box.Record(t.Context(), System("test"), chain.Event{Action: chain.BoxStart}); err != nil {
			t.Fatal(err)
		}
	}
	r.Box.View(func(v *View) error {
		all, _, err := v.Journal(JournalFilter{Class: chain.ClockStep})
		if err != nil || len(all) != 1 {
			t.Errorf("%d entries clock.step, %v", len(all), err)
		}
		return nil
	})
	(&firm{Tenant: r.Box}).verifyLive(t)
}
