package store

import (
	"bytes"
	"context"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"coffre/chain"
)

func TestNightOf(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip("no time zones here: install tzdata")
	}
	minutes := map[int]bool{}
	// A year by the hour, with both changes of the clock.
	for now := time.Date(2026, 1, 1, 0, 30, 0, 0, paris); now.Year() == 2026; now = now.Add(time.Hour) {
		due := nightOf("acme", now)
		if due.After(now) || now.Sub(due) > 26*time.Hour {
			t.Fatalf("at %v it was due at %v", now, due)
		}
		if h := due.Hour(); h < 2 || h > 3 {
			t.Fatalf("due at %v", due)
		}
		if now.Hour() == 12 {
			minutes[due.Hour()*60+due.Minute()] = true
		}
	}
	if len(minutes) < 60 {
		t.Errorf("only %d different minutes in a year", len(minutes))
	}
}

// TestNightly follows a box through nights on and off.
func TestNightly(t *testing.T) {
	// From the real day on: the box's customer.created_at is the wall clock's.
	day := time.Now().Truncate(24 * time.Hour).UTC()
	var at atomic.Int64
	at.Store(day.Add(12 * time.Hour).UnixNano())
	now := func() time.Time { return time.Unix(0, at.Load()).UTC() }
	dir := t.TempDir()
	f := newFirmAt(t, dir, now)
	ctx := context.Background()
	verified := func(tn *Tenant) (n int) {
		err := tn.View(func(v *View) error {
			all, _, err := v.Journal(JournalFilter{Class: chain.AuditVerify, Actor: "nightly", Limit: 1000})
			n = len(all)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i, step := range []struct {
		days, hours, want int
	}{
		{0, 13, 0}, // set up today: nothing to do before the night
		{1, 1, 0},
		{1, 4, 1}, // the night
		{1, 5, 1},
		{2, 1, 1},
		{2, 4, 2},
		{5, 15, 3}, // off for three nights: once, in the day
		{6, 1, 3},
		{6, 4, 4},
	} {
		at.Store(day.AddDate(0, 0, step.days).Add(time.Duration(step.hours) * time.Hour).UnixNano())
		f.root.verifyDue(ctx)
		if n, b := verified(f.Tenant), verified(f.root.Box); n != step.want || b != step.want {
			t.Fatalf("step %d: verified %d times, the box %d, want %d", i, n, b, step.want)
		}
	}
	n, err := f.root.Nightly(f.Tenant)
	if err != nil || !n.OK || n.Entries == 0 || n.Size == 0 || n.Checkpoint == "" || !n.At.Equal(now()) {
		t.Errorf("result %+v, %v", n, err)
	}
	f.root.nights.last = nil // as after a restart
	again, err := f.root.Nightly(f.Tenant)
	if err != nil || again.Entries != n.Entries || !again.OK || !again.At.Equal(n.At) {
		t.Errorf("result after a restart %+v, %v", again, err)
	}
}

// TestNightlyRed changes a stored entry under the box: the night's verification
// names it, and its verdict stays.
func TestNightlyRed(t *testing.T) {
	f := newFirm(t)
	for range 5 {
		f.do(t, chain.ModelList, func(*Tx) error { return nil })
	}
	l := newLaptop(t, f)
	_, err := f.AddWitness(t.Context(), f.admin.Actor, l.state.Verifier(), "")
	var note string
	if err == nil {
		note, err = l.watch(f.Tenant)
	}
	if err == nil {
		_, err = f.TakeCosignature(t.Context(), f.admin.Actor, note, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	f.tamperWith(t, 3)
	if err := f.root.verifyNow(context.Background(), f.Tenant, time.Now()); err != nil {
		t.Fatal(err)
	}
	n, err := f.root.Nightly(f.Tenant)
	if err != nil || n.OK || n.FirstFault != 3 || n.Fault == "" || states(n.Witnesses) != "beyond" || n.Witnesses[0].Size != l.state.Size {
		t.Errorf("result %+v, %v", n, err)
	}
	f.tamperWith(t, 3) // back, for the invariants
	if leftovers, _ := os.ReadDir(f.dir); len(leftovers) > 0 {
		for _, d := range leftovers {
			if d.IsDir() && d.Name()[0] == '.' {
				t.Errorf("left behind: %s", d.Name())
			}
		}
	}
}

// tamperWith flips a digit of an entry's nonce, or flips it back.
func (f *firm) tamperWith(t *testing.T, seq uint64) {
	t.Helper()
	err := f.committer.between(context.Background(), func() error {
		return f.db().Update(func(tx *boltTx) error {
			b := append([]byte(nil), tx.Bucket([]byte("entries")).Get(u64(seq))...)
			i := 32 + bytes.Index(b[32:], []byte(`"nonce":"`)) + len(`"nonce":"`)
			b[i] ^= 1
			return tx.Bucket([]byte("entries")).Put(u64(seq), b)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}
