package store

import (
	"os"
	"testing"
	"time"

	"coffre/chain"
)

// closed damages acme, with nobody having it open.
func (l *leaver) closed(t *testing.T, damage string) {
	t.Helper()
	if err := l.root.Close(); err != nil {
		t.Fatal(err)
	}
	if err := damages[damage].do(l.root, "acme"); err != nil {
		t.Fatal(err)
	}
	l.root = newRoot(t, l.dir, l.now)
}

// TestDestroyClosedFirm: a firm that doesn't open is destroyed after the same week, or
// with the box's paper, and the certificate says that its chain was not closed and why.
func TestDestroyClosedFirm(t *testing.T) {
	for damage, d := range damages {
		t.Run(damage, func(t *testing.T) {
			c := newCalendar()
			l := newLeaver(t, t.TempDir(), c.now)
			l.closed(t, damage)
			defer func() { l.root.Close() }()
			want := func(what, is string, change func(*DestroyRequest)) {
				t.Helper()
				if _, err := l.ask(t, change); code(err) != is {
					t.Errorf("%s: %v", what, err)
				}
			}
			want("in service", "tenant-serves", nil)
			l.suspend(t)
			want("without saying that nobody sees", "tenant-unseen", func(q *DestroyRequest) { q.Unexported = false })
			want("another name", "tenant-confirm", func(q *DestroyRequest) { q.Confirm = "Acme" })
			want("no paper", "tenant-paper", func(q *DestroyRequest) { q.Now = true })
			want("the firm's paper", "tenant-paper", func(q *DestroyRequest) { q.Now, q.PaperKey = true, l.kit.RecoverySecret })
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
			days(6)
			if _, err := l.root.Registered("acme"); err != nil {
				t.Fatal("gone before its time:", err)
			}
			days(2)
			l.goneClosed(t, d.code, "", damage == "key")
			(&firm{Tenant: l.root.Box}).verifyLive(t)
		})
	}
}

func (l *leaver) goneClosed(t *testing.T, why, paper string, readable bool) {
	t.Helper()
	if _, err := l.root.Registered("acme"); !IsNotFound(err) {
		t.Fatalf("it is still there: %v", err)
	}
	for _, path := range []string{l.root.tenantDir("acme"), signerPath(l.root.keys(), "acme")} {
		if _, err := os.Lstat(path); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", path, err)
		}
	}
	cert, err := l.root.TenantCertificate("acme")
	if err != nil || cert.Closed != why || cert.Paper != paper || cert.Ended.IsZero() || cert.Documents+cert.People != 0 || (cert.Note != "") != readable {
		t.Errorf("%+v %v", cert.Destroyed, err)
	}
	err = l.root.Box.View(func(v *View) error {
		all, _, err := v.Journal(JournalFilter{Class: chain.TenantDelete, Limit: 1})
		if err == nil && (len(all) != 1 || all[0].Detail["code"] != why) {
			t.Errorf("the box's chain: %+v", all)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestDestroyClosedNow: the box's paper ends the waiting.
func TestDestroyClosedNow(t *testing.T) {
	l := newLeaver(t, t.TempDir(), nil)
	l.closed(t, "cut")
	defer func() { l.root.Close() }()
	l.suspend(t)
	if a, err := l.ask(t, func(q *DestroyRequest) { q.Now, q.PaperKey = true, l.box.RecoverySecret }); err != nil || a.State != ApprovalDone {
		t.Fatal(a, err)
	}
	l.goneClosed(t, "damaged", PaperBox, false)
}

// TestDamagedWhileLeaving: a request of a firm that opened, and was exported, doesn't
// cover one that nobody can look into any more; one that opens again has its say.
func TestDamagedWhileLeaving(t *testing.T) {
	c := newCalendar()
	l := newLeaver(t, t.TempDir(), c.now)
	l.suspend(t)
	tn, release, err := l.root.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	rec, err := tn.BeginTakeout(t.Context(), l.operator, TakeoutRequest{Scope: TakeoutFirm})
	if err == nil {
		err = tn.EndTakeout(t.Context(), l.operator.Actor, rec, "")
	}
	if release(); err != nil {
		t.Fatal(err)
	}
	a, err := l.ask(t, func(q *DestroyRequest) { q.Unexported = false })
	if err != nil {
		t.Fatal(err)
	}
	l.closed(t, "key")
	defer func() { l.root.Close() }()
	for range 8 {
		c.pass(24 * time.Hour)
		l.root.Box.Record(t.Context(), System("test"), chain.Event{Action: chain.BoxStart})
		if err := l.root.Box.runApprovals(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.root.Registered("acme"); err != nil {
		t.Fatal("destroyed though nobody could look:", err)
	}
	l.root.Box.View(func(v *View) error {
		if a, err = v.Approval(a.ID); err != nil || a.State != ApprovalFailed || a.Code != "tenant-unseen" {
			t.Errorf("%+v %v", a, err)
		}
		return err
	})
}

// TestOnlyFirmStays: the box's last firm is not destroyed, asked for first or left last
// by another request.
func TestOnlyFirmStays(t *testing.T) {
	l := newLeaver(t, t.TempDir(), nil)
	defer l.root.Close()
	l.suspend(t)
	if _, err := l.root.SuspendTenant(t.Context(), l.operator.Actor, "other", "the contract has ended", ""); err != nil {
		t.Fatal(err)
	}
	b, err := l.root.AskDestruction(t.Context(), l.operator, DestroyRequest{Tenant: "other", Confirm: "OTHER", Reason: "the contract has ended", Unexported: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.ask(t, func(q *DestroyRequest) { q.Now, q.PaperKey = true, l.box.RecoverySecret }); err != nil {
		t.Fatal(err)
	}
	// Both were asked for; with the first one gone, the second is the box's only firm.
	_, err = l.root.AskDestruction(t.Context(), l.operator, DestroyRequest{
		Tenant: "other", Confirm: "OTHER", Reason: "the contract has ended", Unexported: true, Now: true, PaperKey: l.box.RecoverySecret,
	})
	if code(err) != "tenant-last" {
		t.Errorf("hurried: %v", err)
	}
	if _, err := l.root.Box.Update(t.Context(), System("test"), chain.Event{Action: chain.ApprovalApprove, Object: chain.Object{Kind: "approval", ID: b.ID}}, func(tx *Tx) error {
		a, err := tx.Approval(b.ID)
		if a.State = ApprovalApproved; err != nil {
			return err
		}
		return approvals.put(tx, []byte(a.ID), a)
	}); err != nil {
		t.Fatal(err)
	}
	if err := l.root.Box.runApprovals(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := l.root.Registered("other"); err != nil {
		t.Error("the only firm is gone:", err)
	}
	l.root.Box.View(func(v *View) error {
		a, err := v.Approval(b.ID)
		if err != nil || a.State != ApprovalFailed || a.Code != "tenant-last" {
			t.Errorf("%+v %v", a, err)
		}
		return err
	})
	if _, err := l.root.ResumeTenant(t.Context(), l.operator.Actor, "other", ""); err != nil {
		t.Error("it is served again:", err)
	}
}
