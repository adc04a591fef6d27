package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coffre/chain"
)

// choke makes the next commit that needs more room fail in bbolt, as a full
// disk does. It is set while the committer is idle.
func choke(t *testing.T, tn *Tenant) {
	t.Helper()
	st, err := os.Stat(tn.path)
	if err != nil {
		t.Fatal(err)
	}
	tn.db().MaxSize = int(st.Size())
}

func big(n int) func(*Tx) error {
	return func(tx *Tx) error { return tx.PutSetting("big", strings.Repeat("x", n)) }
}

var settingsUpdate = chain.Event{Action: chain.SettingsUpdate}

// TestCommitFails: a commit that failed stops the tenant. Nobody is told that
// his act is done, nothing can be read or written, and the next who acquires it
// gets what the file says.
func TestCommitFails(t *testing.T) {
	dir := t.TempDir()
	r := newRoot(t, dir, nil)
	defer r.Close()
	ctx := context.Background()
	if _, err := r.CreateTenant(ctx, System("test"), NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := tn.Update(ctx, System("x"), settingsUpdate, func(tx *Tx) error { return tx.PutSetting("kept", "yes") })
	if err != nil {
		t.Fatal(err)
	}
	choke(t, tn)

	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			fn := big(8 << 20)
			if i%2 == 0 {
				fn = func(tx *Tx) error { return tx.PutSetting("small", "x") }
			}
			// A small act may have had a commit of its own, before the large one's.
			if _, err := tn.Update(ctx, System("x"), settingsUpdate, fn); err == nil && i%2 == 1 {
				t.Error("an act was acknowledged that can't have been written")
			}
		})
	}
	wg.Wait()
	if _, err := tn.Record(ctx, System("x"), settingsUpdate); AsError(err).Code != "tenant-stopped" {
		t.Errorf("write to a stopped tenant: %v", err)
	}
	if err := tn.View(func(*View) error { return nil }); AsError(err).Code != "tenant-stopped" {
		t.Errorf("read of a stopped tenant: %v", err)
	}
	same, again, err := r.Acquire("acme")
	if err != nil || same != tn {
		t.Errorf("acquired while others hold it: %v", err)
	}
	again()
	release()

	tn, release, err = r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if head, _ := tn.Head(); head < kept {
		t.Errorf("head %d, acknowledged %d", head, kept)
	}
	tn.View(func(v *View) error {
		if v.Setting("kept", "") != "yes" || v.Setting("big", "") != "" {
			t.Error("reopened with something else than was acknowledged")
		}
		return nil
	})
	if _, err := tn.Update(ctx, System("x"), settingsUpdate, big(1<<20)); err != nil {
		t.Errorf("write after reopening: %v", err)
	}
	if err := tn.Check(); err != nil {
		t.Error(err)
	}
	(&firm{Tenant: tn}).verifyLive(t)
}

// TestBoxResumes: nobody acquires the box's own tenant, so it goes on by itself.
func TestBoxResumes(t *testing.T) {
	r := newRoot(t, t.TempDir(), nil)
	defer r.Close()
	ctx := context.Background()
	choke(t, r.Box)
	if _, err := r.Box.Update(ctx, System("x"), settingsUpdate, big(8<<20)); AsError(err).Code != "tenant-stopped" {
		t.Errorf("a commit that must fail: %v", err)
	}
	if _, err := r.Tenants(); err != nil {
		t.Errorf("the registry after a failed commit: %v", err)
	}
	r.Box.db().MaxSize = 0
	before, _ := r.Box.Head()
	if seq, err := r.Box.Record(ctx, System("x"), settingsUpdate); err != nil || seq != before+1 {
		t.Errorf("entry after a failed commit: %d, %v; head was %d", seq, err, before)
	}
	if err := r.Box.Check(); err != nil {
		t.Error(err)
	}
}

// TestActsShareCommits: 300 acts at once end in order, each with a number of
// its own, in far fewer commits.
func TestActsShareCommits(t *testing.T) {
	f := newFirm(t)
	before, _ := f.Head()
	commits := func() (id int) { f.View(func(v *View) error { id = v.tx.ID(); return nil }); return id }
	first := commits()
	var wg sync.WaitGroup
	start := make(chan struct{})
	seqs := make([]uint64, 300)
	for i := range seqs {
		wg.Go(func() {
			<-start
			seq, err := f.Update(context.Background(), System("x"), settingsUpdate, func(tx *Tx) error {
				return tx.PutSetting(fmt.Sprint("k", i), fmt.Sprint(tx.Seq))
			})
			if err != nil {
				t.Error(err)
			}
			seqs[i] = seq
		})
	}
	close(start)
	wg.Wait()
	seen := map[uint64]bool{}
	f.View(func(v *View) error {
		for i, s := range seqs {
			if s <= before || s > before+300 || seen[s] || v.Setting(fmt.Sprint("k", i), "") != fmt.Sprint(s) {
				t.Errorf("act %d has seq %d, its change says %s", i, s, v.Setting(fmt.Sprint("k", i), ""))
			}
			seen[s] = true
		}
		return nil
	})
	if n := commits() - first; n > 150 {
		t.Errorf("300 acts at once took %d commits", n)
	} else {
		t.Logf("300 acts took %d commits", n)
	}
	f.verifyLive(t)
}

// TestLargeAct: an act beyond the limit of a commit has one to itself, and acts
// beside it are neither lost nor kept waiting for ever.
func TestLargeAct(t *testing.T) {
	f := newFirm(t)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			n := 10
			if i%10 == 0 {
				n = 20 << 20
			}
			_, err := f.Update(context.Background(), System("x"), settingsUpdate, func(tx *Tx) error {
				return tx.PutSetting(fmt.Sprint("k", i), strings.Repeat("y", n))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	f.View(func(v *View) error {
		for i := range 40 {
			want := 10
			if i%10 == 0 {
				want = 20 << 20
			}
			if got := len(v.Setting(fmt.Sprint("k", i), "")); got != want {
				t.Errorf("act %d wrote %d bytes, want %d", i, got, want)
			}
		}
		return nil
	})
	f.verifyLive(t)
}

// TestCancelledActs: who gives up before his act runs gets his context's error
// and leaves nothing; who gives up later has acted.
func TestCancelledActs(t *testing.T) {
	f := newFirm(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	before, _ := f.Head()
	if _, err := f.Update(ctx, System("x"), settingsUpdate, big(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	if after, _ := f.Head(); after != before {
		t.Error("a cancelled act was entered")
	}
	ctx, cancel = context.WithCancel(context.Background())
	seq, err := f.Update(ctx, System("x"), settingsUpdate, func(tx *Tx) error {
		cancel()
		return tx.PutSetting("late", "yes")
	})
	if err != nil || seq != before+1 {
		t.Errorf("cancelled while it ran: %d, %v", seq, err)
	}
}

// TestCloseWhileActing: acts that were submitted end one way or the other, and
// those acknowledged are there afterwards.
func TestCloseWhileActing(t *testing.T) {
	dir := t.TempDir()
	r := newRoot(t, dir, nil)
	ctx := context.Background()
	if _, err := r.CreateTenant(ctx, System("test"), NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	tn, _, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	acked := map[string]bool{}
	for g := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("k%d.%d", g, i)
				if _, err := tn.Update(ctx, System("x"), settingsUpdate, func(tx *Tx) error { return tx.PutSetting(name, "v") }); err != nil {
					if AsError(err).Code != "closing" {
						t.Errorf("%s: %v", name, err)
					}
					return
				}
				mu.Lock()
				acked[name] = true
				mu.Unlock()
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	r = newRoot(t, dir, nil)
	defer r.Close()
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	tn.View(func(v *View) error {
		for name := range acked {
			if v.Setting(name, "") == "" {
				t.Errorf("%s was acknowledged", name)
			}
		}
		return nil
	})
	if err := tn.Check(); err != nil {
		t.Error(err)
	}
}

// TestAuthorsWhoDoNotArrive: entries that can't be made, beside others that are,
// keep nobody waiting: all others are entered, and nobody counts as coming in the end.
func TestAuthorsWhoDoNotArrive(t *testing.T) {
	f := newFirm(t)
	before, _ := f.Head()
	const authors, each = 16, 40
	var entered atomic.Uint64
	var wg sync.WaitGroup
	for a := range authors {
		wg.Go(func() {
			for i := range each {
				ev := chain.Event{Action: chain.SearchQuery}
				bad := (a+i)%3 == 0
				if bad {
					ev.Detail = chain.Detail{"hits": 1.5} // no float has a canonical form
				}
				if _, err := f.Record(t.Context(), System("x"), ev); bad != (err != nil) {
					t.Errorf("author %d, act %d: %v", a, i, err)
				} else if !bad {
					entered.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if head, _ := f.Head(); head-before != entered.Load() {
		t.Errorf("%d entries for %d acts", head-before, entered.Load())
	}
	if n := f.committer.coming.Load(); n != 0 {
		t.Errorf("%d authors still count as coming", n)
	}
	if n, woken := f.committer.sought.Load(), len(f.committer.woken); n != 0 || woken != 0 {
		t.Errorf("the committer seeks %d acts, %d calls to wake it are left", n, woken)
	}
	f.verifyLive(t)
}
