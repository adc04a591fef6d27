package auth

import (
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

const (
	ritaPassword = "quinze barques sur la grève"
	eveReason    = "téléphone perdu, dit-on"
)

// others adds an auditor and a second administrator whose approval counts.
func (b *box) others() (rita, eve store.User) {
	b.Helper()
	for login, u := range map[string]*store.User{"rita": &rita, "eve": &eve} {
		role := store.Auditor
		if login == "eve" {
			role = store.Admin
		}
		var err error
		*u, err = b.s.CreateUser(b.ctx, b.t, store.Operator("1000"), NewUser{Login: login, Name: login, Role: role, Password: ritaPassword})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.days(3)
	return rita, eve
}

// days lets the box run for so long.
func (b *box) days(n int) {
	b.Helper()
	for range n {
		b.clock.advance(24 * time.Hour)
		if _, err := b.t.Record(b.ctx, store.System("test"), chain.Event{Action: chain.BoxStart}); err != nil {
			b.Fatal(err)
		}
	}
}

func (b *box) ask(p store.Principal, kind, user, paper string) (store.Approval, error) {
	return b.s.AskReset(b.ctx, b.t, p, AskReset{Kind: kind, UserID: user, Reason: eveReason, PaperKey: paper})
}

func (b *box) factorsOf(user string) (n int) {
	b.Helper()
	all, err := view(b.t, func(v *store.View) ([]store.Factor, error) { return v.Factors(user) })
	if err != nil {
		b.Fatal(err)
	}
	return len(all)
}

// TestNobodyAloneOpensAnAccount: one administrator has no way into an account
// with second factors, nor into an auditor's or another administrator's.
func TestNobodyAloneOpensAnAccount(t *testing.T) {
	b := newBox(t)
	rita, eve := b.others()
	_, p := b.as("bob", memberPassword)
	b.addApp(p)
	_, ada := b.as("ada", adminPassword)
	for name, u := range map[string]store.User{"an auditor": rita, "an administrator": eve, "a member with a factor": b.member} {
		for who, p := range map[string]store.Principal{"administrator": ada, "operator": store.Operator("1000")} {
			t.Run(name+" by the "+who, func(t *testing.T) {
				_, _, err := b.s.Reset(b.ctx, b.t, p, u.ID, "")
				wantCode(t, err, "reset-two")
				wantCode(t, b.s.SetPassword(b.ctx, b.t, p, PasswordChange{UserID: u.ID, New: newPassword}), "password-two")
			})
		}
	}
	// A demotion isn't the first half of it.
	member := store.Member
	if err := b.s.UpdateUser(b.ctx, b.t, ada, rita.ID, UserChange{Role: &member}); err != nil {
		t.Fatal(err)
	}
	_, _, err := b.s.Reset(b.ctx, b.t, ada, rita.ID, "")
	wantCode(t, err, "reset-two")
	// Nor is asking, or approving one's own request.
	a, err := b.ask(ada, store.ApproveFactors, b.member.ID, "")
	if err != nil || a.Alone || a.State != store.ApprovalWaiting || b.factorsOf(b.member.ID) == 0 {
		t.Fatalf("asked: %+v %v", a, err)
	}
	_, err = b.t.Approve(b.ctx, ada, a.ID, "")
	wantCode(t, err, "approval-self")
	_, err = b.ask(ada, store.ApproveFactors, b.admin.ID, "")
	wantCode(t, err, "factor-own")
	_, bob := b.as("ada", adminPassword)
	bob.Role = store.Member
	_, err = b.ask(bob, store.ApproveFactors, eve.ID, "")
	wantCode(t, err, "not-allowed")
}

// TestFactorsResetByTwo: one administrator asks, another approves; the person is
// out, is told, and their account is guarded for three days more.
func TestFactorsResetByTwo(t *testing.T) {
	b := newBox(t)
	b.others()
	_, p := b.as("bob", memberPassword)
	b.addApp(p)
	token, _ := b.as("bob", memberPassword)
	_, ada := b.as("ada", adminPassword)
	a, err := b.ask(ada, store.ApproveFactors, b.member.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	_, chief := b.as("eve", ritaPassword)
	if a, err = b.t.Approve(b.ctx, chief, a.ID, ""); err != nil || a.State != store.ApprovalDone {
		t.Fatalf("%+v %v", a, err)
	}
	_, err = b.s.Session(b.ctx, b.t, token)
	wantCode(t, err, "signed-out")
	if _, err := b.ask(ada, store.ApproveFactors, b.member.ID, ""); store.AsError(err).Code != "factor-none" {
		t.Errorf("again: %v", err)
	}
	if es := b.entries(chain.FactorReset); len(es) != 1 || es[0].Object.ID != b.member.ID || es[0].Detail["requested_by"] != b.admin.ID {
		t.Errorf("entries %+v", es)
	}
	_, _, err = b.s.Reset(b.ctx, b.t, ada, b.member.ID, "")
	wantCode(t, err, "reset-two")
	_, p = b.as("bob", memberPassword)
	if told, err := b.s.Alerts(b.t, p); err != nil || len(told) != 1 || told[0].What != chain.FactorReset || told[0].By != b.admin.ID {
		t.Errorf("told %+v, %v", told, err)
	}
	if err := b.s.ClearAlerts(b.ctx, b.t, p, ""); err != nil {
		t.Error(err)
	}
	b.days(3)
	_, ada = b.as("ada", adminPassword)
	if _, _, err := b.s.Reset(b.ctx, b.t, ada, b.member.ID, ""); err != nil {
		t.Errorf("three days later, a member without factors: %v", err)
	}
}

// TestFactorShownSince: who shows a second factor has not lost it.
func TestFactorShownSince(t *testing.T) {
	b := newBox(t)
	b.others()
	_, p := b.as("bob", memberPassword)
	secret := b.addApp(p)
	_, ada := b.as("ada", adminPassword)
	a, err := b.ask(ada, store.ApproveFactors, b.member.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	b.clock.advance(time.Minute)
	token, _ := b.as("bob", memberPassword)
	if _, _, err := b.prove(token, StepFactor, Shown{Code: b.code(secret)}); err != nil {
		t.Fatal(err)
	}
	_, chief := b.as("eve", ritaPassword)
	if a, err = b.t.Approve(b.ctx, chief, a.ID, ""); err != nil || a.State != store.ApprovalFailed || a.Code != "factor-shown" || b.factorsOf(b.member.ID) == 0 {
		t.Errorf("%+v %v", a, err)
	}
}

// TestLinkByTwo: a link for an auditor, once, by who asked for it.
func TestLinkByTwo(t *testing.T) {
	b := newBox(t)
	rita, _ := b.others()
	_, ada := b.as("ada", adminPassword)
	_, err := b.ask(ada, store.ApproveLink, b.member.ID, "")
	wantCode(t, err, "link-free")
	a, err := b.ask(ada, store.ApproveLink, rita.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	_, chief := b.as("eve", ritaPassword)
	if a, err = b.t.Approve(b.ctx, chief, a.ID, ""); err != nil || a.State != store.ApprovalDone {
		t.Fatalf("%+v %v", a, err)
	}
	_, _, err = b.s.Reset(b.ctx, b.t, chief, rita.ID, "")
	wantCode(t, err, "reset-two")
	wantCode(t, b.s.SetPassword(b.ctx, b.t, ada, PasswordChange{UserID: rita.ID, New: newPassword}), "password-two")
	token, _, err := b.s.Reset(b.ctx, b.t, ada, rita.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = b.s.Reset(b.ctx, b.t, ada, rita.ID, "")
	wantCode(t, err, "reset-two")
	if es := b.entries(chain.UserReset); len(es) != 1 || es[0].Detail["approval"] != a.ID {
		t.Errorf("entries %+v", es)
	}
	if err := b.s.UseReset(b.ctx, b.t, token, newPassword, ""); err != nil {
		t.Fatal(err)
	}
	b.as("rita", newPassword)

	// Who signs in has not forgotten their password; and an approval doesn't wait
	// for ever.
	if a, err = b.ask(ada, store.ApproveLink, rita.ID, ""); err != nil {
		t.Fatal(err)
	}
	b.as("rita", newPassword)
	if a, err = b.t.Approve(b.ctx, chief, a.ID, ""); err != nil || a.State != store.ApprovalFailed || a.Code != "password-shown" {
		t.Errorf("%+v %v", a, err)
	}
	if a, err = b.ask(ada, store.ApproveLink, rita.ID, ""); err != nil {
		t.Fatal(err)
	}
	if a, err = b.t.Approve(b.ctx, chief, a.ID, ""); err != nil || a.State != store.ApprovalDone {
		t.Fatalf("%+v %v", a, err)
	}
	b.days(3)
	_, ada = b.as("ada", adminPassword)
	_, _, err = b.s.Reset(b.ctx, b.t, ada, rita.ID, "")
	wantCode(t, err, "reset-two")
}

// TestAloneOpensAnAccount: without another administrator, the paper key, three
// days in which the box ran, and word to the person.
func TestAloneOpensAnAccount(t *testing.T) {
	b := newBox(t)
	_, p := b.as("bob", memberPassword)
	b.addApp(p)
	_, ada := b.as("ada", adminPassword)
	for _, paper := range []string{"", "x", b.kit.RecoveryKey} {
		_, err := b.ask(ada, store.ApproveFactors, b.member.ID, paper)
		wantCode(t, err, "paper-key")
	}
	a, err := b.ask(ada, store.ApproveFactors, b.member.ID, b.kit.RecoverySecret)
	if err != nil || !a.Alone {
		t.Fatalf("%+v %v", a, err)
	}
	for day := range 3 {
		if k := b.t.Keep(b.ctx); k.Err != nil || b.factorsOf(b.member.ID) == 0 {
			t.Fatalf("reset after %d days, %v", day, k.Err)
		}
		b.days(1)
	}
	if k := b.t.Keep(b.ctx); k.Err != nil || b.factorsOf(b.member.ID) != 0 {
		t.Errorf("not reset after three days, %v", k.Err)
	}
	_, p = b.as("bob", memberPassword)
	if told, err := b.s.Alerts(b.t, p); err != nil || len(told) == 0 || told[len(told)-1].What != chain.FactorReset {
		t.Errorf("told %+v, %v", told, err)
	}
}

// TestLostByOneOfTwo: where the only other administrator is the person, nobody
// could approve; it is not a deadlock, and not at once either. An administrator
// locked out of their firm asks from the command line.
func TestLostByOneOfTwo(t *testing.T) {
	b := newBox(t)
	_, eve := b.others()
	_, p := b.as("eve", ritaPassword)
	b.addApp(p)
	_, ada := b.as("ada", adminPassword)
	_, err := b.ask(ada, store.ApproveFactors, eve.ID, "")
	wantCode(t, err, "paper-key")
	a, err := b.ask(store.Operator("1000"), store.ApproveFactors, eve.ID, b.kit.RecoverySecret)
	if err != nil || !a.Alone || a.Needs != 2 {
		t.Fatalf("%+v %v", a, err)
	}
	if a, err = b.t.Approve(b.ctx, ada, a.ID, ""); err != nil || a.State != store.ApprovalWaiting {
		t.Errorf("one approval of two: %+v %v", a, err)
	}
	b.days(3)
	if k := b.t.Keep(b.ctx); k.Err != nil || b.factorsOf(eve.ID) != 0 {
		t.Errorf("not reset after three days, %v", k.Err)
	}
}

// TestFirstPasswordIsForOne: an account that nobody used yet can be invited again.
func TestFirstPasswordIsForOne(t *testing.T) {
	b := newBox(t)
	_, ada := b.as("ada", adminPassword)
	u, err := b.s.CreateUser(b.ctx, b.t, ada, NewUser{Login: "nina", Name: "Nina", Role: store.Auditor, Password: ritaPassword, MustChange: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.s.Reset(b.ctx, b.t, ada, u.ID, ""); err != nil {
		t.Error(err)
	}
	token, _ := b.as("nina", ritaPassword)
	if _, err := b.s.ReplacePassword(b.ctx, b.t, token, newPassword); err != nil {
		t.Fatal(err)
	}
	_, _, err = b.s.Reset(b.ctx, b.t, ada, u.ID, "")
	wantCode(t, err, "reset-two")
}
