package store

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// keepUntilKilled is a child of TestKilledRetention: it runs retention, and at
// the named step it is killed as by a power cut.
func keepUntilKilled(dir, step, at string) int {
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return 1
	}
	reached := 0
	killPoint = func(s string) {
		if s != step {
			return
		}
		if reached++; reached == 1 {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	r, err := OpenRoot(dir, Options{LockTimeout: 10 * time.Second, Now: func() time.Time { return now }})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	tn, _, err := r.Acquire("acme")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var open Approval
	var bea Principal
	tn.View(func(v *View) error {
		all, _ := v.Approvals()
		open = all[0]
		u, _ := v.UserByLogin("bea")
		bea, err = v.Principal(u.ID, Person(u.ID))
		return err
	})
	if _, err := tn.Approve(context.Background(), bea, open.ID, ""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if k := tn.Keep(context.Background()); k.Err != nil {
		fmt.Fprintln(os.Stderr, k.Err)
		return 1
	}
	return 0
}

// scene is a box on the eve of a night on which everything is due.
type scene struct {
	dir, at              string
	alice                string
	alices, carols, late uint64
	gone                 map[string][]byte
}

func prepareNight(t *testing.T) (s scene) {
	t.Helper()
	c := newCalendar()
	s.dir = filepath.Join(t.TempDir(), "data")
	r := newRoot(t, s.dir, c.now)
	newTenant(t, r, "acme")
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	f := &firm{Tenant: tn, root: r}
	f.admin, f.alice, f.carol = f.person(t, "admin", Admin), f.person(t, "alice", Member), f.person(t, "carol", Member)
	bea := f.secondAdmin(t, c)
	_ = bea
	f.prunes(t, 30)
	s.alice, s.alices, s.carols = f.alice.UserID, f.said(t, f.alice, "la mienne"), f.said(t, f.carol, "la sienne")
	s.gone = map[string][]byte{
		"an erased person's text": f.sealedBytes(t, s.alices), "an expired text": f.sealedBytes(t, s.carols),
		"an erased person's key": f.wrappedKey(t, s.alice),
	}
	f.View(func(v *View) error { e, err := v.Entry(s.carols); s.gone["a pruned payload"] = e.Raw; return err })
	f.days(t, c, 31)
	s.late = f.said(t, f.carol, "encore là")
	f.ask(t, f.admin, Approval{Kind: ApproveErasure, Person: s.alice})
	s.at = c.now().Format(time.RFC3339)
	release()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestKilledRetention kills a box at every step of a night that erases, expires,
// prunes and compacts. Whatever is found afterwards is the state before a step or
// the one after it: it opens, it verifies, and the next run ends the rest, until
// no byte of what had to go is in the file.
func TestKilledRetention(t *testing.T) {
	for _, step := range []string{
		"approved", "carried-out", "expire-batch", "prune-batch",
		"compact-copied", "compact-rename", "compact-named", "compact-entry", "never",
	} {
		t.Run(step, func(t *testing.T) {
			s := prepareNight(t)
			cmd := exec.Command(os.Args[0], "__keep", s.dir, step, s.at)
			out, err := cmd.CombinedOutput()
			killed := cmd.ProcessState.ExitCode() == -1
			if killed == (step == "never") {
				t.Fatalf("killed %v: %v %s", killed, err, out)
			}
			s.check(t)
		})
	}
}

func (s scene) check(t *testing.T) {
	t.Helper()
	now, err := time.Parse(time.RFC3339, s.at)
	if err != nil {
		t.Fatal(err)
	}
	r := newRoot(t, s.dir, func() time.Time { return now })
	defer r.Close()
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	f := &firm{Tenant: tn, root: r}
	if err := tn.Check(); err != nil {
		t.Errorf("invariants after the kill: %v", err)
	}
	f.verifyLive(t)
	f.whole(t, s)
	if left, err := filepath.Glob(filepath.Join(s.dir, "tenants", "acme", "*.compact")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	f.keepNow(t)
	if f.left(t, s.alices) || f.left(t, s.carols) || !f.left(t, s.late) {
		t.Error("the wrong texts are left")
	}
	for what, b := range s.gone {
		if f.inFile(t, b) {
			t.Errorf("the file still holds %s", what)
		}
	}
	f.View(func(v *View) error {
		if e, err := v.Erasure(s.alice); err != nil || e.Compacted.IsZero() {
			t.Errorf("ledger: %+v %v", e, err)
		}
		if p, err := v.Pruned(); err != nil || p.To < s.carols {
			t.Errorf("pruned: %+v %v", p, err)
		}
		return nil
	})
	if lines, err := ReadLedger(LedgerPath(s.dir, "acme")); err != nil || len(lines) != 1 {
		t.Errorf("ledger file: %v %v", lines, err)
	}
	if err := tn.Check(); err != nil {
		t.Errorf("invariants at the end: %v", err)
	}
	f.verifyLive(t)
}

// whole checks that an erasure is there with all it takes, or not at all.
func (f *firm) whole(t *testing.T, s scene) {
	t.Helper()
	f.View(func(v *View) error {
		u, err := v.User(s.alice)
		if err != nil {
			t.Fatal(err)
		}
		_, none := v.Erasure(s.alice)
		_, _, keyErr := v.openDataKey(s.alice)
		all, err := v.Approvals()
		if err != nil {
			t.Fatal(err)
		}
		for _, erased := range []bool{!u.Erased.IsZero(), none == nil, keyErr != nil, all[0].State == ApprovalDone} {
			if erased != !u.Erased.IsZero() {
				t.Errorf("half erased: account %v, ledger %v, key %v, request %s", u.Erased, none, keyErr, all[0].State)
			}
		}
		return nil
	})
}
