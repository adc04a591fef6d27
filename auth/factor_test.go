package auth

import (
	"strings"
	"testing"
	"time"

	"coffre/auth/factor"
	"coffre/chain"
	"coffre/store"
)

// addApp registers an app for whoever is signed in with token, and returns its
// secret.
func (b *box) addApp(p store.Principal) []byte {
	b.Helper()
	if _, err := b.s.BeginApp(b.t, p); err != nil {
		b.Fatal(err)
	}
	x, ok := b.s.second.begun.get(appKey(b.t, p))
	if !ok {
		b.Fatal("nothing begun")
	}
	if err := b.s.FinishApp(b.ctx, b.t, p, "phone", Shown{Code: b.code(x.secret), Address: here}); err != nil {
		b.Fatal(err)
	}
	b.clock.advance(time.Minute) // so that the next code is another
	return x.secret
}

func (b *box) code(secret []byte) string {
	return factor.TOTPCode(secret, factor.TOTPAt(b.clock.now()))
}

func (b *box) prove(token, step string, in Shown) (string, int, error) {
	in.Address = here
	return b.s.Prove(b.ctx, b.t, token, step, in)
}

// TestAppAtSignIn: with an app, a password alone opens nothing; a code holds once.
func TestAppAtSignIn(t *testing.T) {
	b := newBox(t)
	_, p := b.as("bob", memberPassword)
	secret := b.addApp(p)
	token, p := b.as("bob", memberPassword)
	if len(p.Needs) != 1 || p.Needs[0] != StepFactor || Allowed(p, Search) {
		t.Fatalf("needs %q", p.Needs)
	}
	_, _, err := b.prove(token, StepFactor, Shown{Code: "000000"})
	wantCode(t, err, "factor-wrong")
	_, _, err = b.prove(token, StepFactor, Shown{Password: memberPassword})
	wantCode(t, err, "factor-wrong")
	if err := b.s.FinishApp(b.ctx, b.t, p, "mine", Shown{}); store.AsError(err).Code != "step-needed" {
		t.Errorf("a factor is added before the one that is there was shown: %v", err)
	}
	if _, err := b.s.NewSheet(b.ctx, b.t, p, ""); store.AsError(err).Code != "step-needed" {
		t.Errorf("recovery codes are made before a factor was shown: %v", err)
	}
	code := b.code(secret)
	fresh, _, err := b.prove(token, StepFactor, Shown{Code: code})
	if err != nil {
		t.Fatal(err)
	}
	p, err = b.s.Session(b.ctx, b.t, fresh)
	if err != nil || len(p.Needs) != 0 || !Allowed(p, Search) {
		t.Fatalf("after the code: %+v, %v", p, err)
	}
	other, _ := b.as("bob", memberPassword)
	_, _, err = b.prove(other, StepFactor, Shown{Code: code})
	wantCode(t, err, "factor-wrong")
	b.clock.advance(30 * time.Second)
	if _, _, err := b.prove(other, StepFactor, Shown{Code: b.code(secret)}); err != nil {
		t.Errorf("the next code: %v", err)
	}
	kept, err := view(b.t, func(v *store.View) ([]store.Factor, error) { return v.Factors(b.member.ID) })
	if err != nil || len(kept) != 1 || len(kept[0].Sealed) == 0 || strings.Contains(string(kept[0].Sealed), string(secret)) {
		t.Errorf("kept %+v, %v", kept, err)
	}
}

// TestGuessedCodes: 10,000 wrong codes by somebody who has the password, from a
// hundred addresses, let nobody in, and the person at their own address goes on.
func TestGuessedCodes(t *testing.T) {
	b := newBox(t)
	token, p := b.as("bob", memberPassword)
	secret := b.addApp(p)
	if _, _, err := b.prove(token, "", Shown{Code: b.code(secret)}); err != nil {
		t.Fatal(err)
	}
	b.clock.advance(time.Minute)
	thief, _, err := b.s.SignIn(b.ctx, b.t, SignIn{Login: "bob", Password: memberPassword, Address: "10.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for i := range 10_000 {
		in := Shown{Code: "x", Address: "10.0." + number(i%100) + ".1"}
		in.Code = number(100_000 + i)
		_, _, err := b.s.Prove(b.ctx, b.t, thief, StepFactor, in)
		switch store.AsError(err).Code {
		case "factor-wrong":
			tried++
		case "rate-limited":
		default:
			t.Fatalf("guess %d: %v", i, err)
		}
		b.clock.advance(time.Second)
	}
	// 10,000 seconds: five at once, then after 1, 2, 4, … 1024, 2048, 3600 seconds.
	if tried > 20 {
		t.Errorf("%d guesses were looked at", tried)
	}
	home, _ := b.as("bob", memberPassword)
	if _, _, err := b.prove(home, StepFactor, Shown{Code: b.code(secret)}); err != nil {
		t.Errorf("the person themselves: %v", err)
	}
}

// TestRecoveryCodes hold once, are told of, and run out.
func TestRecoveryCodes(t *testing.T) {
	b := newBox(t)
	_, p := b.as("bob", memberPassword)
	_, err := b.s.NewSheet(b.ctx, b.t, p, "")
	wantCode(t, err, "factor-first")
	b.addApp(p)
	codes, err := b.s.NewSheet(b.ctx, b.t, p, "")
	if err != nil || len(codes) != factor.RecoveryCodes {
		t.Fatal(codes, err)
	}
	for i, code := range codes[:8] {
		token, _ := b.as("bob", memberPassword)
		_, left, err := b.prove(token, StepFactor, Shown{Code: code})
		if err != nil || left != 9-i {
			t.Fatalf("code %d: %d left, %v", i, left, err)
		}
		b.clock.advance(time.Second)
	}
	token, p := b.as("bob", memberPassword)
	_, _, err = b.prove(token, StepFactor, Shown{Code: codes[0]})
	wantCode(t, err, "factor-wrong")
	if told, err := b.s.Alerts(b.t, p); err != nil || len(told) != 8 || told[0].What != chain.AuthStep {
		t.Errorf("told %+v, %v", told, err)
	}
	fresh, _, err := b.prove(token, StepFactor, Shown{Code: codes[9]})
	if err != nil {
		t.Fatal(err)
	}
	p, _ = b.s.Session(b.ctx, b.t, fresh)
	again, err := b.s.NewSheet(b.ctx, b.t, p, "")
	if err != nil {
		t.Fatal(err)
	}
	token, _ = b.as("bob", memberPassword)
	_, _, err = b.prove(token, StepFactor, Shown{Code: codes[8]})
	wantCode(t, err, "factor-wrong")
	if _, _, err := b.prove(token, StepFactor, Shown{Code: again[0]}); err != nil {
		t.Errorf("a code of the new sheet: %v", err)
	}
}

// TestRequired: what the firm asks for is registered at the next sign-in, and the
// last of it can't be taken away.
func TestRequired(t *testing.T) {
	b := newBox(t)
	b.set(SettingFactorRequired, RequiredAdmins)
	if _, p := b.as("bob", memberPassword); len(p.Needs) != 0 {
		t.Errorf("a member needs %q", p.Needs)
	}
	token, p := b.as("ada", adminPassword)
	if len(p.Needs) != 1 || p.Needs[0] != StepEnroll {
		t.Fatalf("an administrator needs %q", p.Needs)
	}
	_, err := b.s.Enrolled(b.ctx, b.t, token, store.FactorTOTP)
	wantCode(t, err, "factor-first")
	secret := b.addApp(p)
	fresh, err := b.s.Enrolled(b.ctx, b.t, token, store.FactorTOTP)
	if err != nil {
		t.Fatal(err)
	}
	p, _ = b.s.Session(b.ctx, b.t, fresh)
	all, err := b.s.Factors(b.t, p, p.UserID)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	wantCode(t, b.s.RemoveFactor(b.ctx, b.t, p, all[0].ID, ""), "factor-last")
	b.set(SettingFactorAdmin, PhishingResistant)
	if _, p = b.as("ada", adminPassword); strings.Join(p.Needs, " ") != "factor enroll" {
		t.Errorf("with an app alone, an administrator needs %q", p.Needs)
	}
	token, p = b.as("ada", adminPassword)
	if _, _, err = b.prove(token, StepFactor, Shown{Code: b.code(secret)}); err != nil {
		t.Fatal(err)
	}
	b.set(SettingFactorRequired, RequiredNobody)
	p, _ = b.s.Session(b.ctx, b.t, fresh)
	if err := b.s.RemoveFactor(b.ctx, b.t, p, all[0].ID, ""); err != nil {
		t.Error(err)
	}
	if _, p = b.as("ada", adminPassword); len(p.Needs) != 0 {
		t.Errorf("without a factor, where none is asked for: %q", p.Needs)
	}
	for _, want := range []struct {
		value string
		needs int
	}{{RequiredEverybody, 1}, {RequiredNobody, 0}} {
		b.set(SettingFactorRequired, want.value)
		if _, p := b.as("bob", memberPassword); len(p.Needs) != want.needs {
			t.Errorf("%s: a member needs %q", want.value, p.Needs)
		}
	}
}

// TestLastFactor: the sheet goes with the last factor that it stands in for.
func TestLastFactor(t *testing.T) {
	b := newBox(t)
	_, p := b.as("bob", memberPassword)
	b.addApp(p)
	if _, err := b.s.NewSheet(b.ctx, b.t, p, ""); err != nil {
		t.Fatal(err)
	}
	if err := b.s.RemoveFactor(b.ctx, b.t, p, b.factors(p)[0].ID, ""); err != nil {
		t.Fatal(err)
	}
	if left := b.factors(p); len(left) != 0 {
		t.Errorf("with the last factor gone, %+v is left", left)
	}
}

func (b *box) factors(p store.Principal) []Factor {
	b.Helper()
	all, err := b.s.Factors(b.t, p, p.UserID)
	if err != nil {
		b.Fatal(err)
	}
	return all
}
