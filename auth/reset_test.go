package auth

import (
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

const newPassword = "quatre moulins au bord du canal"

func (b *box) reset() string {
	b.Helper()
	_, admin := b.as("ada", adminPassword)
	token, l, err := b.s.Reset(b.ctx, b.t, admin, b.member.ID, "")
	if err != nil {
		b.Fatal(err)
	}
	if l.UserID != b.member.ID || l.Expires.Sub(l.Created) != store.LinkFor {
		b.Errorf("link %+v", l)
	}
	return token
}

// TestResetLink: it holds once, ends the sessions, and the person is told.
func TestResetLink(t *testing.T) {
	b := newBox(t)
	session, p := b.as("bob", memberPassword)
	_, _, err := b.s.Reset(b.ctx, b.t, p, b.admin.ID, "")
	wantCode(t, err, "not-allowed")
	old, token := b.reset(), b.reset()
	_, _, err = b.s.ResetOf(b.t, old)
	wantCode(t, err, "reset-link")
	if _, err := b.s.Session(b.ctx, b.t, session); err != nil {
		t.Errorf("a link that nobody used ends sessions: %v", err)
	}
	wantCode(t, b.s.UseReset(b.ctx, b.t, token, "court", ""), "password-short")
	if u, _, err := b.s.ResetOf(b.t, token); err != nil || u.ID != b.member.ID || u.Password != "" {
		t.Fatalf("%+v, %v", u, err)
	}
	if err := b.s.UseReset(b.ctx, b.t, token, newPassword, ""); err != nil {
		t.Fatal(err)
	}
	wantCode(t, b.s.UseReset(b.ctx, b.t, token, newPassword+" encore", ""), "reset-link")
	_, err = b.s.Session(b.ctx, b.t, session)
	wantCode(t, err, "signed-out")
	_, _, err = b.signIn("bob", memberPassword)
	wantCode(t, err, "bad-credentials")
	b.clock.advance(time.Minute)
	_, p = b.as("bob", newPassword)
	if told, err := b.s.Alerts(b.t, p); err != nil || len(told) != 2 || told[0].What != chain.UserReset {
		t.Errorf("told %+v, %v", told, err)
	}
	if e := b.entries(chain.UserReset); len(e) != 2 || e[0].Object.ID != b.member.ID {
		t.Errorf("entries %+v", e)
	}
}

// TestResetLinkEnds: a day, a disabled account and another firm's token open
// nothing.
func TestResetLinkEnds(t *testing.T) {
	b := newBox(t)
	token := b.reset()
	_, secret, _ := ParseCookie(token)
	for _, bad := range []string{"", "x", cookieToken("other", secret), cookieToken(b.t.ID, store.NewToken()), secret} {
		wantCode(t, b.s.UseReset(b.ctx, b.t, bad, newPassword, ""), "reset-link")
	}
	b.clock.advance(store.LinkFor)
	wantCode(t, b.s.UseReset(b.ctx, b.t, token, newPassword, ""), "reset-link")
	b.clock.advance(-time.Hour)
	token = b.reset()
	_, admin := b.as("ada", adminPassword)
	if err := b.s.Disable(b.ctx, b.t, admin, b.member.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, b.s.UseReset(b.ctx, b.t, token, newPassword, ""), "reset-link")
	_, _, err := b.s.Reset(b.ctx, b.t, admin, b.member.ID, "")
	wantCode(t, err, "account-disabled")
}

// TestMustChange: a password that an administrator has set is replaced at the next
// sign-in, by another one, and other sessions end.
func TestMustChange(t *testing.T) {
	b := newBox(t)
	_, admin := b.as("ada", adminPassword)
	given := "provisoire mais bien assez long"
	if err := b.s.SetPassword(b.ctx, b.t, admin, PasswordChange{UserID: b.member.ID, New: given, MustChange: true}); err != nil {
		t.Fatal(err)
	}
	other, _ := b.as("bob", given)
	token, p := b.as("bob", given)
	if len(p.Needs) != 1 || p.Needs[0] != StepPassword {
		t.Fatalf("needs %q", p.Needs)
	}
	_, err := b.s.ReplacePassword(b.ctx, b.t, token, given)
	wantCode(t, err, "password-same")
	_, err = b.s.ReplacePassword(b.ctx, b.t, token, "court")
	wantCode(t, err, "password-short")
	fresh, err := b.s.ReplacePassword(b.ctx, b.t, token, newPassword)
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{other, token} {
		_, err = b.s.Session(b.ctx, b.t, gone)
		wantCode(t, err, "signed-out")
	}
	if p, err = b.s.Session(b.ctx, b.t, fresh); err != nil || len(p.Needs) != 0 {
		t.Errorf("after the change: %+v, %v", p, err)
	}
	_, err = b.s.ReplacePassword(b.ctx, b.t, fresh, newPassword+" bis")
	wantCode(t, err, "step-done")
	if _, p = b.as("bob", newPassword); len(p.Needs) != 0 {
		t.Errorf("needs %q", p.Needs)
	}
}

// TestFactorBeforePassword: whoever only has the password that was given can't
// replace it where there is a second factor.
func TestFactorBeforePassword(t *testing.T) {
	b := newBox(t)
	_, p := b.as("bob", memberPassword)
	secret := b.addApp(p)
	b.mustChange()
	token, p := b.as("bob", memberPassword)
	if len(p.Needs) != 2 || p.Needs[0] != StepFactor || p.Needs[1] != StepPassword {
		t.Fatalf("needs %q", p.Needs)
	}
	_, err := b.s.ReplacePassword(b.ctx, b.t, token, newPassword)
	wantCode(t, err, "step-done")
	fresh, _, err := b.prove(token, StepFactor, Shown{Code: b.code(secret)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.s.ReplacePassword(b.ctx, b.t, fresh, newPassword); err != nil {
		t.Error(err)
	}
}
