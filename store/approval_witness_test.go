package store

import (
	"testing"

	"coffre/chain"
)

// change tries a change of settings as one person.
func (f *firm) change(fn func(*Tx) error) string {
	ev := chain.Event{Action: chain.SettingsUpdate, Detail: chain.Detail{}}
	if _, err := f.Update(f.root.ctx, f.admin.Actor, ev, fn); err != nil {
		return AsError(err).Code
	}
	return ""
}

func (f *firm) standing(t *testing.T) (dir string, to ForwardTarget) {
	t.Helper()
	err := f.View(func(v *View) (err error) {
		dir = v.wormDir()
		to, err = v.ForwardTarget()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, to
}

// siem is a receiver that has been sent something.
func (f *firm) siem(t *testing.T) ForwardTarget {
	t.Helper()
	to := ForwardTarget{Host: "siem.acme.test", Port: 6514, Facility: 13}
	if code := f.change(func(tx *Tx) error { return tx.PutForwardTarget(to) }); code != "" {
		t.Fatal(code)
	}
	if err := f.MarkForward(t.Context(), to.Name(), ForwardMark{Sent: 2}); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestWitnessIsKeptFromOne: nobody alone ends a copy outside or sends it
// elsewhere; what leaves it a witness is anybody's.
func TestWitnessIsKeptFromOne(t *testing.T) {
	f := newFirm(t)
	dir, other := t.TempDir(), t.TempDir()
	folder := func(to string) func(*Tx) error {
		return func(tx *Tx) error { return tx.PutSetting(SettingWormDir, to) }
	}
	target := func(to ForwardTarget) func(*Tx) error {
		return func(tx *Tx) error { return tx.PutForwardTarget(to) }
	}
	typo := ForwardTarget{Host: "seim.acme.test", Port: 6514}
	if code := f.change(folder(dir)) + f.change(target(typo)); code != "" {
		t.Fatalf("setting them up: %s", code)
	}
	to := f.siem(t) // the first one was sent nothing
	renewed, bare, moved := to, to, to
	renewed.CA, renewed.ServerName, renewed.Facility, renewed.ClientSecret = "PEM", "siem", 10, "s-1"
	bare.Clear = true
	moved.Port = 601
	for name, step := range map[string]struct {
		fn   func(*Tx) error
		code string
	}{
		"the same folder": {folder(" " + dir), ""}, "no folder": {folder(""), "witness-two"}, "blanks": {folder(" "), "witness-two"},
		"another folder": {folder(other), "witness-two"}, "no receiver": {target(ForwardTarget{}), "witness-two"},
		"another port": {target(moved), "witness-two"}, "bare TCP": {target(bare), "witness-two"},
	} {
		if code := f.change(step.fn); code != step.code {
			t.Errorf("%s: %q, want %q", name, code, step.code)
		}
	}
	if code := f.change(target(renewed)); code != "" {
		t.Errorf("new certificates: %s", code)
	}
	if d, now := f.standing(t); d != dir || now != renewed {
		t.Errorf("now %q, %+v", d, now)
	}
	f.verifyLive(t)
}

// TestWitnessEndsByTwo: what was asked for happens at the approval, says who
// decided, and lets the ways out follow.
func TestWitnessEndsByTwo(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	bea := f.secondAdmin(t, c)
	followed := 0
	f.root.OnWays(func() error { followed++; return nil })
	dir, other := t.TempDir(), t.TempDir()
	if code := f.change(func(tx *Tx) error { return tx.PutSetting(SettingWormDir, dir) }); code != "" {
		t.Fatal(code)
	}
	to := f.siem(t)
	for _, bad := range []Approval{{}, {Archive: true, Forward: true}} {
		bad.Kind, bad.Reason = ApproveWitness, "le stockage est remplacé"
		if _, err := f.RequestApproval(t.Context(), f.admin, bad, "", ""); AsError(err).Code != "bad-parameter" {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	same := Approval{Kind: ApproveWitness, Forward: true, Target: &to, Reason: "le stockage est remplacé"}
	if _, err := f.RequestApproval(t.Context(), f.admin, same, "", ""); AsError(err).Code != "witness-same" {
		t.Errorf("what needs nobody: %v", err)
	}
	move := f.ask(t, f.admin, Approval{Kind: ApproveWitness, Archive: true, Dir: other})
	end := f.ask(t, f.admin, Approval{Kind: ApproveWitness, Forward: true})
	again := Approval{Kind: ApproveWitness, Archive: true, Reason: "le stockage est remplacé"}
	if _, err := f.RequestApproval(t.Context(), bea, again, "", ""); AsError(err).Code != "approval-waiting" {
		t.Errorf("asked twice: %v", err)
	}
	if d, now := f.standing(t); d != dir || now != to {
		t.Errorf("before the approval %q, %+v", d, now)
	}
	if _, err := f.Approve(t.Context(), f.admin, move.ID, ""); AsError(err).Code != "approval-self" {
		t.Errorf("who asked: %v", err)
	}
	for _, a := range []Approval{move, end} {
		if a, err := f.Approve(t.Context(), bea, a.ID, ""); err != nil || a.State != ApprovalDone {
			t.Errorf("%+v %v", a, err)
		}
	}
	if d, now := f.standing(t); d != other || now != (ForwardTarget{}) || followed != 2 {
		t.Errorf("after it %q, %+v, ways followed %d times", d, now, followed)
	}
	head, _ := f.Head()
	err := f.View(func(v *View) error {
		e, err := v.Entry(head)
		by, _ := e.Detail["approved_by"].([]any)
		if e.Action != chain.SettingsUpdate || e.Detail["on"] != false || e.Detail["requested_by"] != f.admin.UserID || len(by) != 1 || by[0] != bea.UserID {
			t.Errorf("the entry: %s %v", e.Action, e.Detail)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	f.verifyLive(t)
}

// TestWitnessEndsAlone: a single administrator needs the paper key and 72 hours.
func TestWitnessEndsAlone(t *testing.T) {
	c := newCalendar()
	f, kit := aloneFirm(t, c.now)
	f.siem(t)
	want := Approval{Kind: ApproveWitness, Forward: true, Reason: "le SIEM est arrêté"}
	if _, err := f.RequestApproval(t.Context(), f.admin, want, "", ""); AsError(err).Code != "paper-key" {
		t.Errorf("without the paper key: %v", err)
	}
	if _, err := f.RequestApproval(t.Context(), f.admin, want, kit.RecoverySecret, ""); err != nil {
		t.Fatal(err)
	}
	for day := range 3 {
		f.keepNow(t)
		if _, to := f.standing(t); to.Host == "" {
			t.Errorf("ended after %d days", day)
		}
		f.days(t, c, 1)
	}
	f.keepNow(t)
	if _, to := f.standing(t); to.Host != "" {
		t.Errorf("not ended after three days: %+v", to)
	}
	f.verifyLive(t)
}
