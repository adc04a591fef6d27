package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"coffre/chain"
)

// leaver is a box with two firms, of which "acme" is suspended.
type leaver struct {
	root     *Root
	now      func() time.Time
	dir      string
	operator Principal
	box, kit Kit
}

func newLeaver(t *testing.T, dir string, now func() time.Time) *leaver {
	t.Helper()
	l := &leaver{root: newRoot(t, dir, now), now: now, dir: dir, operator: Operator("uid-1")}
	l.box = *l.root.TakeBoxKit()
	for _, id := range []string{"acme", "other"} {
		kit, err := l.root.CreateTenant(t.Context(), System("test"), NewTenant{ID: id, Firm: strings.ToTitle(id), Hosts: []string{id + ".test"}})
		if err != nil {
			t.Fatal(err)
		}
		if id == "acme" {
			l.kit = kit
		}
	}
	tn, release, err := l.root.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	f := &firm{Tenant: tn, root: l.root}
	f.admin = f.person(t, "admin", Admin)
	if err := os.WriteFile(filepath.Join(dir, "tenants", "acme", "original"), []byte("kept apart"), 0o400); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *leaver) suspend(t *testing.T) {
	t.Helper()
	if _, err := l.root.SuspendTenant(t.Context(), l.operator.Actor, "acme", "the contract has ended", ""); err != nil {
		t.Fatal(err)
	}
}

func (l *leaver) ask(t *testing.T, change func(*DestroyRequest)) (Approval, error) {
	t.Helper()
	q := DestroyRequest{Tenant: "acme", Confirm: "ACME", Reason: "the contract has ended", Unexported: true}
	if change != nil {
		change(&q)
	}
	return l.root.AskDestruction(t.Context(), l.operator, q)
}

// code is an error's, "" for none.
func code(err error) string {
	if err == nil {
		return ""
	}
	return AsError(err).Code
}

// TestDestructionRefused: a firm that serves, that a hold protects, where a request
// waits, that nobody has exported, or whose name isn't typed, stays.
func TestDestructionRefused(t *testing.T) {
	c := newCalendar()
	l := newLeaver(t, t.TempDir(), c.now)
	defer l.root.Close()
	want := func(what, is string, change func(*DestroyRequest)) {
		t.Helper()
		if _, err := l.ask(t, change); code(err) != is {
			t.Errorf("%s: %v", what, err)
		}
	}
	want("in service", "tenant-serves", nil)
	l.suspend(t)
	want("another name", "tenant-confirm", func(q *DestroyRequest) { q.Confirm = "acme" })
	want("no reason", "reason", func(q *DestroyRequest) { q.Reason = "" })
	want("nothing exported", "tenant-unexported", func(q *DestroyRequest) { q.Unexported = false })
	want("no paper", "tenant-paper", func(q *DestroyRequest) { q.Now = true })
	want("the public half", "tenant-paper", func(q *DestroyRequest) { q.Now, q.PaperKey = true, l.box.RecoveryKey })

	tn, release, err := l.root.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	put := func(action string, fn func(*Tx) error) {
		t.Helper()
		if _, err := tn.Update(t.Context(), System("test"), chain.Event{Action: action}, fn); err != nil {
			t.Fatal(err)
		}
	}
	put(chain.HoldPut, func(tx *Tx) error { return holds.put(tx, []byte("h"), Hold{ID: "h"}) })
	want("held", "tenant-held", nil)
	put(chain.HoldLift, func(tx *Tx) error { return holds.put(tx, []byte("h"), Hold{ID: "h", Lifted: c.now()}) })
	put(chain.ApprovalRequest, func(tx *Tx) error {
		return approvals.put(tx, []byte("a"), Approval{ID: "a", Kind: ApproveExport, State: ApprovalWaiting})
	})
	want("a request waits", "tenant-approvals", nil)
	put(chain.ApprovalExpire, func(tx *Tx) error { return approvals.delete(tx, []byte("a")) })
	rec, err := tn.BeginTakeout(t.Context(), l.operator, TakeoutRequest{Scope: TakeoutFirm})
	if err != nil {
		t.Fatal(err)
	}
	want("an export that runs", "tenant-unexported", func(q *DestroyRequest) { q.Unexported = false })
	if err := tn.EndTakeout(t.Context(), l.operator.Actor, rec, ""); err != nil {
		t.Fatal(err)
	}
	release()
	want("exported", "", func(q *DestroyRequest) { q.Unexported = false })
	want("asked twice", "approval-waiting", nil)
	if _, err := l.root.ResumeTenant(t.Context(), l.operator.Actor, "acme", ""); code(err) != "tenant-leaving" {
		t.Error("resumed:", err)
	}
	if _, err := l.root.KeepTenant(t.Context(), l.operator, "other", ""); code(err) != "tenant-stays" {
		t.Error("kept:", err)
	}
	if _, err := l.root.KeepTenant(t.Context(), l.operator, "acme", ""); err != nil {
		t.Error(err)
	}
	c.pass(30 * 24 * time.Hour)
	if err := l.root.Box.runApprovals(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := l.root.ResumeTenant(t.Context(), l.operator.Actor, "acme", ""); err != nil {
		t.Error("after it was taken back:", err)
	}
}

// TestDestructionWaits: a week of the box running passes before anything happens, and
// what is left is a certificate and the other firm.
func TestDestructionWaits(t *testing.T) {
	c := newCalendar()
	l := newLeaver(t, t.TempDir(), c.now)
	defer l.root.Close()
	l.suspend(t)
	if _, err := l.ask(t, nil); err != nil {
		t.Fatal(err)
	}
	days := func(n int) {
		t.Helper()
		for range n {
			c.pass(24 * time.Hour)
			if _, err := l.root.Box.Record(t.Context(), System("test"), chain.Event{Action: chain.BoxStart}); err != nil {
				t.Fatal(err)
			}
			if err := l.root.Box.runApprovals(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.pass(60 * 24 * time.Hour) // the box lay switched off: that counts for a day
	days(5)
	if _, err := l.root.Registered("acme"); err != nil {
		t.Fatal("gone before its time:", err)
	}
	days(2)
	l.gone(t, "")
	if err := l.root.Box.runApprovals(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := l.root.CreateTenant(t.Context(), System("test"), NewTenant{ID: "acme", Firm: "Acme"}); code(err) != "name-taken" {
		t.Error("another firm of that id:", err)
	}
	if err := l.root.Box.Check(); err != nil {
		t.Error(err)
	}
	(&firm{Tenant: l.root.Box}).verifyLive(t)
}

// gone checks that nothing of acme is left but its certificate, and that the other
// firm is whole.
func (l *leaver) gone(t *testing.T, paper string) {
	t.Helper()
	if _, _, err := l.root.Acquire("acme"); !IsNotFound(err) {
		t.Errorf("acquired: %v", err)
	}
	for _, path := range []string{filepath.Join(l.dir, "tenants", "acme"), signerPath(l.root.keys(), "acme"), nextSignerPath(l.root.keys(), "acme")} {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", path, err)
		}
	}
	cert, err := l.root.TenantCertificate("acme")
	if err != nil {
		t.Fatal(err)
	}
	if cert.Firm != "ACME" || cert.Ended.IsZero() || cert.Paper != paper || cert.People != 1 || cert.Approval == "" || cert.Backups != -1 {
		t.Errorf("certificate: %+v", cert.Destroyed)
	}
	cp, _, err := chain.OpenCheckpoint(cert.Note)
	if err != nil || cp.Size != cert.Size || cp.Root.String() != cert.Root || cert.Size < 3 {
		t.Errorf("the firm's last checkpoint: %v %+v", err, cp)
	}
	if cp, _, err = chain.OpenCheckpoint(cert.Checkpoint); err != nil || cp.Size < cert.Seq {
		t.Errorf("the box's checkpoint: %v %+v", err, cp)
	}
	other, release, err := l.root.Acquire("other")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if err := other.Check(); err != nil {
		t.Error(err)
	}
}

// TestDestructionNow: the paper key of either kit ends the waiting, also of a request
// that waits already.
func TestDestructionNow(t *testing.T) {
	for paper, waits := range map[string]bool{PaperBox: false, PaperFirm: true} {
		l := newLeaver(t, t.TempDir(), nil)
		l.suspend(t)
		if waits {
			if _, err := l.ask(t, nil); err != nil {
				t.Fatal(err)
			}
		}
		secret := l.box.RecoverySecret
		if paper == PaperFirm {
			secret = l.kit.RecoverySecret
		}
		a, err := l.ask(t, func(q *DestroyRequest) { q.Now, q.PaperKey = true, secret })
		if err != nil || a.State != ApprovalDone {
			t.Fatal(a, err)
		}
		l.gone(t, paper)
		l.root.Close()
	}
}

// TestDestructionBusy: whoever has the firm open keeps it for as long; the request
// stays, and is carried out by the next look.
func TestDestructionBusy(t *testing.T) {
	l := newLeaver(t, t.TempDir(), nil)
	defer l.root.Close()
	l.suspend(t)
	_, release, err := l.root.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(50 * time.Millisecond)
		release()
	}()
	if _, err := l.ask(t, func(q *DestroyRequest) { q.Now, q.PaperKey = true, l.box.RecoverySecret }); err != nil {
		t.Fatal(err)
	}
	l.gone(t, PaperBox)
}

// destroyUntilKilled is a child of TestKilledDestruction.
func destroyUntilKilled(dir, step, secret string) int {
	killPoint = func(s string) {
		if s == step {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	r, err := OpenRoot(dir, Options{LockTimeout: 10 * time.Second})
	if err == nil {
		_, err = r.AskDestruction(context.Background(), Operator("uid-1"), DestroyRequest{
			Tenant: "acme", Confirm: "ACME", Reason: "the contract has ended", Unexported: true, Now: true, PaperKey: secret,
		})
	}
	fmt.Fprintln(os.Stderr, "not killed:", err)
	return 1
}

// TestKilledDestruction: a kill at any step leaves a firm that is wholly there, or
// one that is wholly gone after the next start.
func TestKilledDestruction(t *testing.T) {
	for _, c := range []struct {
		step string
		gone bool
	}{
		{"firm-closed", false}, {"firm-committed", true}, {"firm-key", true},
		{"firm-database", true}, {"firm-removed", true},
	} {
		t.Run(c.step, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			l := newLeaver(t, dir, nil)
			l.suspend(t)
			if err := l.root.Close(); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0], "__destroy", dir, c.step, l.box.RecoverySecret)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != -1 {
				t.Fatalf("%v: %s", err, out)
			}
			l.root = newRoot(t, dir, nil)
			defer l.root.Close()
			if c.gone {
				l.gone(t, PaperBox)
				return
			}
			tn, release, err := l.root.Acquire("acme")
			if err != nil {
				t.Fatal(err)
			}
			err = tn.Check()
			release()
			if err != nil {
				t.Error(err)
			}
			// It was approved: the next look ends it.
			if err := l.root.Box.runApprovals(t.Context()); err != nil {
				t.Fatal(err)
			}
			l.gone(t, PaperBox)
		})
	}
}

// TestDestroyedNotRestored: an older database that is put back brings no destroyed
// firm back where the ledger lies beside it.
func TestDestroyedNotRestored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	l := newLeaver(t, dir, nil)
	l.suspend(t)
	if err := l.root.Close(); err != nil {
		t.Fatal(err)
	}
	older := filepath.Join(t.TempDir(), "older")
	if err := os.CopyFS(older, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	l.root = newRoot(t, dir, nil)
	if _, err := l.ask(t, func(q *DestroyRequest) { q.Now, q.PaperKey = true, l.box.RecoverySecret }); err != nil {
		t.Fatal(err)
	}
	if err := l.root.Close(); err != nil {
		t.Fatal(err)
	}
	known, err := ReadDestroyed(DestroyedPath(dir))
	if err != nil || len(known) != 1 || known[0].Tenant != "acme" {
		t.Fatal(known, err)
	}
	if err := putDestroyedLedger(older, known); err != nil {
		t.Fatal(err)
	}
	l.root, l.dir = newRoot(t, older, nil), older
	l.gone(t, PaperBox)
	cert, _ := l.root.TenantCertificate("acme")
	if !cert.Replayed || !cert.Time.Equal(known[0].Time) {
		t.Errorf("%+v", cert.Destroyed)
	}
	if err := l.root.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(DestroyedPath(older), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRoot(older, Options{}); code(err) != "damaged" {
		t.Error("a ledger that can't be read:", err)
	}
}
