package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"coffre/chain"
)

func TestUpdateNeedsActorAndEvent(t *testing.T) {
	f := newFirm(t)
	ctx := context.Background()
	put := func(tx *Tx) error { return tx.PutSetting("llm.url", "x") }
	before, _ := f.Head()
	boom := errors.New("boom")
	for name, do := range map[string]func() error{
		"no actor": func() error {
			_, err := f.Update(ctx, Actor{}, chain.Event{Action: chain.SettingsUpdate}, put)
			return err
		},
		"no event":       func() error { _, err := f.Update(ctx, System("x"), chain.Event{}, put); return err },
		"unknown action": func() error { _, err := f.Update(ctx, System("x"), chain.Event{Action: "made.up"}, put); return err },
		"fn fails": func() error {
			_, err := f.Update(ctx, System("x"), chain.Event{Action: chain.SettingsUpdate}, func(tx *Tx) error { put(tx); return boom })
			return err
		},
		"fn panics": func() error {
			_, err := f.Update(ctx, System("x"), chain.Event{Action: chain.SettingsUpdate}, func(tx *Tx) error { put(tx); panic(boom) })
			return err
		},
		"float in detail": func() error {
			_, err := f.Update(ctx, System("x"), chain.Event{Action: chain.SettingsUpdate, Detail: chain.Detail{"x": 1.5}}, put)
			return err
		},
	} {
		if do() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if after, _ := f.Head(); after != before {
		t.Errorf("head moved from %d to %d", before, after)
	}
	f.View(func(v *View) error {
		if v.Setting("llm.url", "") != "" {
			t.Error("a failed update left its change")
		}
		return nil
	})
}

// TestConcurrentActs: acts that fail in a shared commit take nobody with them.
func TestConcurrentActs(t *testing.T) {
	f := newFirm(t)
	before, _ := f.Head()
	var wg sync.WaitGroup
	const n = 200
	seqs := make([]uint64, n)
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			seq, err := f.Update(context.Background(), System("x"), chain.Event{Action: chain.SettingsUpdate}, func(tx *Tx) error {
				if err := tx.PutSetting(fmt.Sprintf("k%d", i), "v"); err != nil {
					return err
				}
				switch i % 10 {
				case 3:
					return errors.New("no")
				case 7:
					panic("no")
				}
				return nil
			})
			if (err != nil) != (i%10 == 3 || i%10 == 7) {
				t.Errorf("act %d: %v", i, err)
			}
			seqs[i] = seq
		}()
	}
	wg.Wait()
	after, _ := f.Head()
	if after != before+n*8/10 {
		t.Errorf("head %d, want %d", after, before+n*8/10)
	}
	seen := map[uint64]bool{}
	for i, s := range seqs {
		if i%10 != 3 && i%10 != 7 && (s <= before || seen[s]) {
			t.Errorf("act %d has seq %d", i, s)
		}
		seen[s] = true
	}
	f.verifyLive(t)
}

func (f *firm) verifyLive(t *testing.T) chain.Report {
	t.Helper()
	var first string
	f.View(func(v *View) error { facts, err := v.Facts(); first = facts.FirstKey; return err })
	rep, err := f.Verify(context.Background(), System("test"), VerifyRequest{FirstKey: first}, "")
	if err != nil {
		t.Fatal(err)
	}
	if !rep.OK || !rep.Authentic {
		t.Errorf("verification: %+v", rep)
	}
	return rep
}

// TestClock: a clock set back repeats the last time and says by how much; a
// step of over five minutes is an entry of its own.
func TestClock(t *testing.T) {
	base := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	now := base
	set := func(d time.Duration) { mu.Lock(); now = base.Add(d); mu.Unlock() }
	f := newFirmAt(t, t.TempDir(), func() time.Time { mu.Lock(); defer mu.Unlock(); return now })
	tick := func() JournalEntry {
		seq := f.do(t, chain.BoxStart, func(*Tx) error { return nil })
		var e JournalEntry
		if err := f.View(func(v *View) (err error) { e, err = v.Entry(seq); return err }); err != nil {
			t.Fatal(err)
		}
		return e
	}
	set(time.Minute)
	if e := tick(); e.SkewMS != 0 || !e.Time.Equal(base.Add(time.Minute)) {
		t.Errorf("forward: %v %d", e.Time, e.SkewMS)
	}
	set(30 * time.Second)
	if e := tick(); e.SkewMS != 30000 || !e.Time.Equal(base.Add(time.Minute)) {
		t.Errorf("behind: %v %d", e.Time, e.SkewMS)
	}
	f.verifyLive(t)
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	r := newRoot(t, dir, nil)
	ctx := context.Background()
	if _, err := r.CreateTenant(ctx, System("test"), NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRoot(dir, Options{LockTimeout: 20 * time.Millisecond}); AsError(err).Code != "in-use" {
		t.Errorf("second process: %v", err)
	}
	for i := range 600 {
		tn, release, err := r.Acquire("acme")
		if err != nil {
			t.Fatal(err)
		}
		seq, err := tn.Record(ctx, System("test"), chain.Event{Action: chain.BoxStart, Private: chain.Detail{"i": i}})
		if err != nil || seq != uint64(i+2) {
			t.Fatalf("entry %d: seq %d, %v", i, seq, err)
		}
		release()
		if i%200 == 199 {
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			r = newRoot(t, dir, nil)
		}
	}
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	f := &firm{Tenant: tn}
	if rep := f.verifyLive(t); rep.Entries != 601 {
		t.Errorf("entries %d", rep.Entries)
	}
	release()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}
