package store

import (
	"bytes"
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"coffre/chain"
)

// calendar is a clock that tests turn by days.
type calendar struct {
	mu sync.Mutex
	at time.Time
}

func newCalendar() *calendar {
	return &calendar{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
}

func (c *calendar) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }
func (c *calendar) pass(d time.Duration) {
	c.mu.Lock()
	c.at = c.at.Add(d)
	c.mu.Unlock()
}

// days lets days go by on which the box runs: each has an entry.
func (f *firm) days(t *testing.T, c *calendar, n int) {
	t.Helper()
	for range n {
		c.pass(24 * time.Hour)
		f.do(t, chain.BoxStart, func(*Tx) error { return nil })
	}
}

// said records a question whose text is private.
func (f *firm) said(t *testing.T, p Principal, text string) uint64 {
	t.Helper()
	seq, err := f.Record(t.Context(), p.Actor, chain.Event{Action: chain.QuestionAsk, Private: chain.Detail{"question": text}})
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// left tells whether an entry's private part can still be read.
func (f *firm) left(t *testing.T, seq uint64) bool {
	t.Helper()
	ok := false
	err := f.View(func(v *View) error {
		_, err := v.Private(seq)
		ok = err == nil
		if IsNotFound(err) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func (f *firm) keepNow(t *testing.T) Kept {
	t.Helper()
	k := f.Keep(t.Context())
	if k.Err != nil {
		t.Fatal(k.Err)
	}
	return k
}

// sealedBytes returns the stored private record of an entry, and wrappedKey a
// person's wrapped data key: what must not be found in the file later.
func (f *firm) sealedBytes(t *testing.T, seq uint64) (b []byte) {
	t.Helper()
	f.View(func(v *View) error { b = v.getCopy("private", u64(seq)); return nil })
	if len(b) < 64 {
		t.Fatalf("no private record of %d", seq)
	}
	return b[len(b)-32:]
}

func (f *firm) wrappedKey(t *testing.T, person string) (b []byte) {
	t.Helper()
	f.View(func(v *View) error { b = v.getCopy("datakeys", dataKeyName(person)); return nil })
	if len(b) < 40 {
		t.Fatalf("no data key of %s", person)
	}
	return b[len(b)-32:] // it begins like every other one
}

// inFile tells whether bytes are anywhere in the database's file.
func (f *firm) inFile(t *testing.T, what []byte) bool {
	t.Helper()
	b, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(b, what)
}

// TestExpiry: a private part goes when its class's term ends, not before and not
// for another class; the entry stays and the chain holds; the file has no byte
// of it left; people are told when it went.
func TestExpiry(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	f.do(t, chain.RetentionUpdate, func(tx *Tx) error { return tx.LengthenRetention("search", 0) })
	asked := f.said(t, f.alice, "combien gagne le directeur")
	searched, err := f.Record(t.Context(), f.alice.Actor, chain.Event{Action: chain.SearchQuery, Private: chain.Detail{"query": "salaires"}})
	if err != nil {
		t.Fatal(err)
	}
	sealed := f.sealedBytes(t, asked)
	f.days(t, c, 364)
	if k := f.keepNow(t); k.Expired != 0 || !f.left(t, asked) {
		t.Errorf("before its term: %+v", k)
	}
	late := f.said(t, f.alice, "et la directrice")
	if !f.inFile(t, sealed) {
		t.Error("the test looks for the wrong bytes")
	}
	f.days(t, c, 1)
	if k := f.keepNow(t); k.Expired == 0 || f.left(t, asked) {
		t.Errorf("after its term: %+v", k)
	}
	if !f.left(t, late) || !f.left(t, searched) {
		t.Error("what was to stay is gone")
	}
	if f.inFile(t, sealed) {
		t.Error("the file still holds the sealed text")
	}
	f.View(func(v *View) error {
		s, err := v.PrivateState(asked)
		if err != nil || s.Exists || !s.Erased.Equal(c.now()) {
			t.Errorf("state of what went: %+v %v", s, err)
		}
		if s, err = v.PrivateState(late); err != nil || !s.Exists || !s.Expires.Equal(c.now().AddDate(0, 0, 364)) {
			t.Errorf("state of what stays: %+v %v", s, err)
		}
		if s, err = v.PrivateState(searched); err != nil || !s.Exists || !s.Expires.IsZero() {
			t.Errorf("state of what stays for ever: %+v %v", s, err)
		}
		return nil
	})
	if s, err := f.KeptState(); err != nil || s.Unwritten || s.Last.Expired == 0 {
		t.Errorf("state: %+v %v", s, err)
	}
	if k := f.keepNow(t); k.Expired != 0 {
		t.Errorf("a second run: %+v", k)
	}
	f.verifyLive(t)
}

// TestTermsOnlyLengthenAlone: one person may keep longer, never shorter.
func TestTermsOnlyLengthenAlone(t *testing.T) {
	f := newFirm(t)
	for _, c := range []struct {
		class string
		days  int
		code  string
	}{
		{"question", 366, ""}, {"question", 365, "retention-shorter"}, {"question", 0, ""}, {"question", 36500, "retention-shorter"},
		{"answer", 364, "retention-shorter"}, {"answer", -1, "retention-term"}, {"answer", MaxRetentionDays + 1, "retention-term"},
		{"nothing", 400, "retention-class"}, {RetentionEntries, 3650, "retention-shorter"}, {RetentionEntries, 0, ""},
	} {
		_, err := f.Update(t.Context(), f.admin.Actor, chain.Event{Action: chain.RetentionUpdate}, func(tx *Tx) error {
			return tx.LengthenRetention(c.class, c.days)
		})
		if got := AsError(err).Code; err != nil && got != c.code || err == nil && c.code != "" {
			t.Errorf("%s %d: %v, want %q", c.class, c.days, err, c.code)
		}
	}
}

// TestClockForward: a clock that jumped destroys nothing for seven days in which
// the box ran, unless it was set back before, or two people say that it is right.
func TestClockForward(t *testing.T) {
	c := &clock{at: time.Now()}
	f := newFirmAt(t, t.TempDir(), c.now)
	day := func(n int) {
		for range n {
			c.pass(24 * time.Hour)
			f.do(t, chain.BoxStart, func(*Tx) error { return nil })
		}
	}
	seq := f.said(t, f.alice, "à garder")
	c.set(400 * 24 * time.Hour)
	if k := f.keepNow(t); k.Expired != 0 || k.Wait == 0 {
		t.Errorf("a jump that no entry tells of yet: %+v", k)
	}
	f.do(t, chain.BoxStart, func(*Tx) error { return nil })
	for range 6 {
		if k := f.keepNow(t); k.Expired != 0 || k.Wait == 0 || !f.left(t, seq) {
			t.Fatalf("after a jump: %+v", k)
		}
		day(1)
	}
	c.set(-400 * 24 * time.Hour)
	f.do(t, chain.BoxStart, func(*Tx) error { return nil })
	if k := f.keepNow(t); k.Expired != 0 || k.Wait != 0 {
		t.Errorf("set right again: %+v", k)
	}
	c.set(400 * 24 * time.Hour)
	f.do(t, chain.BoxStart, func(*Tx) error { return nil })
	day(7)
	if k := f.keepNow(t); k.Wait != 0 || f.left(t, seq) {
		t.Errorf("a week after the jump: %+v", k)
	}
}

// TestSwitchedOff: a gap in the entries may be a step of the clock that nobody
// saw; time in which the box was off counts for no waiting.
func TestSwitchedOff(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	seq := f.said(t, f.alice, "à garder")
	c.pass(400 * 24 * time.Hour)
	if k := f.keepNow(t); k.Expired != 0 || k.Wait == 0 {
		t.Errorf("after a gap: %+v", k)
	}
	f.do(t, chain.BoxStart, func(*Tx) error { return nil })
	f.View(func(v *View) error {
		if got, err := v.countedSince(seq, c.now()); err != nil || got != countedGap {
			t.Errorf("counted %v, %v", got, err)
		}
		return nil
	})
	f.days(t, c, 7)
	if k := f.keepNow(t); k.Wait != 0 || f.left(t, seq) {
		t.Errorf("a week later: %+v", k)
	}
}

// TestReadersDuringCompaction: whoever reads sees one state from begin to end,
// and whoever writes loses nothing.
func TestReadersDuringCompaction(t *testing.T) {
	f := newFirm(t)
	seq := f.said(t, f.alice, "constante")
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if !f.left(t, seq) {
					t.Error("a reader lost what is there")
					return
				}
			}
		})
	}
	wrote := 0
	wg.Go(func() {
		for ctx.Err() == nil {
			if _, err := f.Record(context.Background(), System("x"), chain.Event{Action: chain.BoxStart}); err != nil {
				t.Error(err)
				return
			}
			wrote++
		}
	})
	before, _ := f.Head()
	for range 5 {
		f.do(t, chain.BoxStart, func(tx *Tx) error { return tx.mustCompact() })
		if err := f.compactIfDue(t.Context()); err != nil {
			t.Error(err)
		}
	}
	stop()
	wg.Wait()
	if head, _ := f.Head(); int(head-before) != wrote+10 {
		t.Errorf("%d entries for %d writes and 10 of the compactions", head-before, wrote)
	}
	f.verifyLive(t)
}
