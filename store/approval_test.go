package store

import (
	"path/filepath"
	"testing"
	"time"

	"coffre/chain"
)

// TestTwoPeople: who may approve, and what comes of it.
func TestTwoPeople(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	bea := f.secondAdmin(t, c)
	auditor := f.person(t, "rita", Auditor)
	shorter := Approval{Kind: ApproveRetention, Class: "question", Days: 30}
	a := f.ask(t, f.admin, shorter)
	if a.Alone || a.Needs != 1 {
		t.Errorf("request: %+v", a)
	}
	if _, err := f.RequestApproval(t.Context(), bea, Approval{Kind: ApproveRetention, Class: "question", Days: 20, Reason: "encore plus court"}, "", ""); AsError(err).Code != "approval-waiting" {
		t.Errorf("asked twice: %v", err)
	}
	fresh := f.person(t, "zoe", Admin)
	for name, p := range map[string]struct {
		p    Principal
		code string
	}{
		"who asked": {f.admin, "approval-self"}, "an auditor": {auditor, "approval-person"},
		"the command line": {Operator("501"), "approval-person"}, "an account of today": {fresh, "approver-new"},
	} {
		if _, err := f.Approve(t.Context(), p.p, a.ID, ""); AsError(err).Code != p.code {
			t.Errorf("%s: %v, want %s", name, err, p.code)
		}
	}
	if got := f.term("question"); got != DefaultRetentionDays {
		t.Errorf("%d days before the approval", got)
	}
	if a, err := f.Approve(t.Context(), bea, a.ID, ""); err != nil || a.State != ApprovalDone || f.term("question") != 30 {
		t.Errorf("after: %+v %v, %d days", a, err, f.term("question"))
	}
	if _, err := f.Approve(t.Context(), bea, a.ID, ""); AsError(err).Code != "approval-over" {
		t.Errorf("approved again: %v", err)
	}
	b := f.ask(t, f.admin, Approval{Kind: ApproveRetention, Class: "answer", Days: 30})
	if b, err := f.Refuse(t.Context(), auditor, b.ID, ""); err != nil || b.State != ApprovalRefused {
		t.Errorf("refused: %+v %v", b, err)
	}
	late := f.ask(t, f.admin, Approval{Kind: ApproveRetention, Class: "answer", Days: 30})
	f.days(t, c, 14)
	f.keepNow(t)
	f.View(func(v *View) error {
		if got, err := v.Approval(late.ID); err != nil || got.State != ApprovalExpired {
			t.Errorf("nobody decided: %+v %v", got, err)
		}
		return nil
	})
	if f.term("answer") != DefaultRetentionDays {
		t.Error("carried out without an approval")
	}
	f.verifyLive(t)
}

func (f *firm) term(class string) (days int) {
	f.View(func(v *View) error { days = v.Retention().Days(class); return nil })
	return days
}

// TestTakenOverAccount: a new password from the asker makes the second
// administrator's account the asker's for a while.
func TestTakenOverAccount(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	bea := f.secondAdmin(t, c)
	a := f.ask(t, f.admin, Approval{Kind: ApproveErasure, Person: f.alice.UserID})
	ev := chain.Event{Action: chain.UserPassword, Object: chain.Object{Kind: "user", ID: bea.UserID}}
	if _, err := f.Record(t.Context(), f.admin.Actor, ev); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Approve(t.Context(), bea, a.ID, ""); AsError(err).Code != "approver-new" {
		t.Errorf("approved with a password that the asker set: %v", err)
	}
	if _, err := f.Record(t.Context(), bea.Actor, ev); err != nil {
		t.Fatal(err)
	}
	f.days(t, c, 3)
	if _, err := f.Approve(t.Context(), bea, a.ID, ""); err != nil {
		t.Errorf("three days later: %v", err)
	}
}

// TestCommandLineNeedsTwo: whoever sits at the machine is nobody in particular.
func TestCommandLineNeedsTwo(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	bea := f.secondAdmin(t, c)
	a := f.ask(t, Operator("501"), Approval{Kind: ApproveErasure, Person: f.alice.UserID})
	if a, err := f.Approve(t.Context(), f.admin, a.ID, ""); err != nil || a.State != ApprovalWaiting {
		t.Errorf("the first: %+v %v", a, err)
	}
	if _, err := f.Approve(t.Context(), f.admin, a.ID, ""); AsError(err).Code != "approval-self" {
		t.Errorf("the first again: %v", err)
	}
	if a, err := f.Approve(t.Context(), bea, a.ID, ""); err != nil || a.State != ApprovalDone {
		t.Errorf("the second: %+v %v", a, err)
	}
}

// aloneFirm is a firm with one administrator and the paper of its kit.
func aloneFirm(t *testing.T, now func() time.Time) (*firm, Kit) {
	t.Helper()
	r := newRoot(t, filepath.Join(t.TempDir(), "data"), now)
	kit, err := r.CreateTenant(t.Context(), System("test"), NewTenant{ID: "acme", Firm: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tn.Check(); err != nil {
			t.Errorf("invariants: %v", err)
		}
		release()
		r.Close()
	})
	f := &firm{Tenant: tn, root: r}
	f.admin, f.alice = f.person(t, "admin", Admin), f.person(t, "alice", Member)
	return f, kit
}

// TestOnePerson: a single administrator needs the paper key and waits 72 hours
// in which the box ran; anybody who may can refuse meanwhile.
func TestOnePerson(t *testing.T) {
	c := newCalendar()
	f, kit := aloneFirm(t, c.now)
	want := Approval{Kind: ApproveErasure, Person: f.alice.UserID, Reason: "demande de la personne"}
	other, err := chain.NewSigner("coffre.audit/acme/0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	for _, paper := range []string{"", "x", other.Secret(), kit.RecoveryKey} {
		if _, err := f.RequestApproval(t.Context(), f.admin, want, paper, ""); AsError(err).Code != "paper-key" {
			t.Errorf("with %.10q: %v", paper, err)
		}
	}
	a, err := f.RequestApproval(t.Context(), f.admin, want, kit.RecoverySecret, "")
	if err != nil || !a.Alone {
		t.Fatalf("with the paper key: %+v %v", a, err)
	}
	if f.inFile(t, []byte(kit.RecoverySecret[len(kit.RecoverySecret)-40:])) {
		t.Error("the paper key is in the database")
	}
	c.pass(71 * time.Hour)
	f.keepNow(t) // the box was off for most of it
	f.days(t, c, 1)
	f.keepNow(t)
	f.View(func(v *View) error {
		if got, err := v.Approval(a.ID); err != nil || !got.Open() {
			t.Errorf("carried out too early: %+v %v", got, err)
		}
		return nil
	})
	f.days(t, c, 2)
	f.keepNow(t)
	f.View(func(v *View) error {
		if got, err := v.Approval(a.ID); err != nil || got.State != ApprovalDone {
			t.Errorf("after three days: %+v %v", got, err)
		}
		return nil
	})
	f.verifyLive(t)
}

// TestJumpDoesNotWait: setting the clock forward shortens no waiting.
func TestJumpDoesNotWait(t *testing.T) {
	c := &clock{at: time.Now()}
	f, kit := aloneFirm(t, c.now)
	a, err := f.RequestApproval(t.Context(), f.admin, Approval{Kind: ApproveErasure, Person: f.alice.UserID, Reason: "demande de la personne"}, kit.RecoverySecret, "")
	if err != nil {
		t.Fatal(err)
	}
	c.set(80 * time.Hour)
	f.do(t, chain.BoxStart, func(*Tx) error { return nil })
	f.keepNow(t)
	f.View(func(v *View) error {
		left, err := v.AloneLeft(a)
		if got, _ := v.Approval(a.ID); err != nil || !got.Open() || left < 71*time.Hour {
			t.Errorf("after a jump: %+v, %v left, %v", got, left, err)
		}
		return nil
	})
}

// TestNotAnyMore: what was approved and can't be done is said to have failed.
func TestNotAnyMore(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	bea := f.secondAdmin(t, c)
	f.said(t, f.alice, "une question")
	a := f.ask(t, f.admin, Approval{Kind: ApproveErasure, Person: f.alice.UserID})
	f.do(t, chain.HoldPut, func(tx *Tx) error {
		_, err := tx.PutHold(bea.Actor, Hold{Reason: "tout est gelé, litige"})
		return err
	})
	a, err := f.Approve(t.Context(), bea, a.ID, "")
	if err != nil || a.State != ApprovalFailed || a.Code != "held" {
		t.Errorf("approved under a hold: %+v %v", a, err)
	}
}
