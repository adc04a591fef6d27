package auth

import (
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// TestBreakGlass: the code on paper opens one administrator's session of an hour,
// once, and gives nobody a second opinion.
func TestBreakGlass(t *testing.T) {
	b := newBox(t)
	_, ada := b.as("ada", adminPassword)
	_, bob := b.as("bob", memberPassword)
	in := SignIn{Address: here, Agent: "test"}
	_, err := b.s.BreakGlass(b.ctx, b.t, "abcde", in)
	wantCode(t, err, "bad-credentials")
	_, err = b.s.SealCode(b.ctx, b.t, bob, "")
	wantCode(t, err, "not-allowed")
	first, err := b.s.SealCode(b.ctx, b.t, ada, "")
	if err != nil {
		t.Fatal(err)
	}
	code, err := b.s.SealCode(b.ctx, b.t, ada, "")
	if err != nil || len(code) != 35 || code == first {
		t.Fatalf("%q, %v", code, err)
	}
	_, err = b.s.BreakGlass(b.ctx, b.t, first, in)
	wantCode(t, err, "bad-credentials")
	typed := "  " + strings.ToUpper(strings.ReplaceAll(code, "-", " ")) + "\n"
	token, err := b.s.BreakGlass(b.ctx, b.t, typed, in)
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.s.Session(b.ctx, b.t, token)
	if err != nil || p.Role != store.Admin || !p.Elevated || !Allowed(p, UsersAdmin) || !b.s.Present(b.t, p) {
		t.Fatalf("%+v, %v", p, err)
	}
	_, err = b.s.BreakGlass(b.ctx, b.t, code, in)
	wantCode(t, err, "bad-credentials")
	b.may(store.ElevationApproval)
	_, bob = b.as("bob", memberPassword)
	e, err := b.s.RequestElevation(b.ctx, b.t, bob, TakeRole{Minutes: 30, Reason: why})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.s.DecideElevation(b.ctx, b.t, p, e.ID, true, "")
	wantCode(t, err, "approval-person")
	b.clock.advance(time.Hour)
	_, err = b.s.Session(b.ctx, b.t, token)
	wantCode(t, err, "signed-out")
	if err := b.t.SweepElevations(b.ctx); err != nil {
		t.Fatal(err)
	}
	if n := len(b.entries(chain.ElevationBreak)); n != 1 {
		t.Errorf("%d entries of the code", n)
	}
	if es := b.entries(chain.ElevationEnd); len(es) != 1 || es[0].Detail["why"] != "time" {
		t.Errorf("ends %+v", es)
	}
	b.s.Flush(b.ctx)
	if n := len(b.entries(chain.AuthFailure)); n == 0 {
		t.Error("guesses leave no entry")
	}
}

// TestBreakGlassGuesses: guessing the code is slowed down like a password.
func TestBreakGlassGuesses(t *testing.T) {
	b := newBox(t)
	_, ada := b.as("ada", adminPassword)
	if _, err := b.s.SealCode(b.ctx, b.t, ada, ""); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		if _, err := b.s.BreakGlass(b.ctx, b.t, newCode(), SignIn{Address: elsewhere}); store.AsError(err).Code == "rate-limited" {
			return
		}
	}
	t.Error("thirty guesses were looked at")
}

// TestBreakGlassEnded: an administrator ends the session that the code opened.
func TestBreakGlassEnded(t *testing.T) {
	b := newBox(t)
	_, ada := b.as("ada", adminPassword)
	code, err := b.s.SealCode(b.ctx, b.t, ada, "")
	if err != nil {
		t.Fatal(err)
	}
	token, err := b.s.BreakGlass(b.ctx, b.t, code, SignIn{Address: elsewhere})
	if err != nil {
		t.Fatal(err)
	}
	running, err := view(b.t, (*store.View).RunningElevations)
	if err != nil || len(running) != 1 || !running[0].Break {
		t.Fatalf("%+v, %v", running, err)
	}
	if _, _, err := b.s.EndElevation(b.ctx, b.t, ada, "", running[0].ID, ""); err != nil {
		t.Fatal(err)
	}
	_, err = b.s.Session(b.ctx, b.t, token)
	wantCode(t, err, "signed-out")
}
