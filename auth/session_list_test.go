package auth

import (
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

const elsewhere = "10.9.8.7"

func (b *box) from(login, password, address, agent string) (string, store.Principal) {
	b.Helper()
	token, p, err := b.s.SignIn(b.ctx, b.t, SignIn{Login: login, Password: password, Address: address, Agent: agent})
	if err != nil {
		b.Fatal(err)
	}
	return token, p
}

func (b *box) set(name, value string) {
	b.Helper()
	_, err := b.t.Update(b.ctx, store.CLI("1000"), chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error { return tx.PutSetting(name, value) })
	if err != nil {
		b.Fatal(err)
	}
}

// TestIdleOverRestart: how long a session lay idle is known after a restart.
func TestIdleOverRestart(t *testing.T) {
	b := newBox(t)
	old, _ := b.as("bob", memberPassword)
	used, _ := b.as("bob", memberPassword)
	b.clock.advance(90 * time.Minute)
	if _, err := b.s.Session(b.ctx, b.t, used); err != nil {
		t.Fatal(err)
	}
	before, _ := b.t.Head()
	b.s.WriteUses(b.ctx, b.root)
	if after, _ := b.t.Head(); after != before {
		t.Errorf("%d entries for a last use", after-before)
	}
	b.clock.advance(40 * time.Minute)
	b.s.Close()
	b.s = New(Options{Now: b.clock.now, Params: cheap})
	_, err := b.s.Session(b.ctx, b.t, old)
	wantCode(t, err, "signed-out")
	if _, err := b.s.Session(b.ctx, b.t, used); err != nil {
		t.Errorf("used 40 minutes ago: %v", err)
	}
	if e := b.entries(chain.AuthSignOut); len(e) != 1 || e[0].Detail["reason"] != "idle" {
		t.Errorf("entries %+v", e)
	}
}

// TestLimitsAreSettings: a shorter limit holds at once, also for what is open.
func TestLimitsAreSettings(t *testing.T) {
	b := newBox(t)
	token, _ := b.as("bob", memberPassword)
	b.clock.advance(20 * time.Minute)
	b.set(SettingIdleMinutes, "15")
	_, err := b.s.Session(b.ctx, b.t, token)
	wantCode(t, err, "signed-out")
	b.set(SettingIdleMinutes, "1440")
	b.set(SettingSessionHours, "2")
	token, _ = b.as("bob", memberPassword)
	if c := b.s.Cookie(token); !c.Expires.Equal(b.clock.now().Add(2 * time.Hour)) {
		t.Errorf("cookie until %v", c.Expires)
	}
	b.clock.advance(2*time.Hour - time.Second)
	if _, err := b.s.Session(b.ctx, b.t, token); err != nil {
		t.Error(err)
	}
	b.clock.advance(time.Second)
	_, err = b.s.Session(b.ctx, b.t, token)
	wantCode(t, err, "signed-out")
	for s, ok := range map[string]bool{"": true, "1": true, "0": false, "-3": false, "721": false, "x": false} {
		if ValidSessionHours(s) != ok {
			t.Errorf("%q hours", s)
		}
	}
}

// TestEndSessions: people end their own sessions, administrators anybody's.
func TestEndSessions(t *testing.T) {
	b := newBox(t)
	_, admin := b.as("ada", adminPassword)
	here, bob := b.as("bob", memberPassword)
	there, other := b.from("bob", memberPassword, elsewhere, "curl/8.5.0")
	if got, err := b.s.Sessions(b.t, bob, bob.UserID); err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	_, err := b.s.Sessions(b.t, bob, admin.UserID)
	wantCode(t, err, "not-allowed")
	wantCode(t, b.s.EndSession(b.ctx, b.t, bob, bob.UserID, admin.Session, ""), "not-found")
	wantCode(t, b.s.EndSession(b.ctx, b.t, bob, admin.UserID, admin.Session, ""), "not-allowed")
	wantCode(t, b.s.EndSession(b.ctx, b.t, admin, bob.UserID, "nothing", ""), "not-found")
	if _, err := b.s.Session(b.ctx, b.t, there); err != nil {
		t.Fatal(err)
	}
	if err := b.s.EndSession(b.ctx, b.t, bob, bob.UserID, other.Session, "r"); err != nil {
		t.Fatal(err)
	}
	_, err = b.s.Session(b.ctx, b.t, there)
	wantCode(t, err, "signed-out")
	again, _ := b.as("bob", memberPassword)
	if n, err := b.s.EndSessions(b.ctx, b.t, bob, bob.UserID, ""); err != nil || n != 1 {
		t.Errorf("ended %d, %v", n, err)
	}
	_, err = b.s.Session(b.ctx, b.t, again)
	wantCode(t, err, "signed-out")
	if _, err := b.s.Session(b.ctx, b.t, here); err != nil {
		t.Errorf("one's own: %v", err)
	}
	if n, err := b.s.EndSessions(b.ctx, b.t, admin, bob.UserID, ""); err != nil || n != 1 {
		t.Errorf("ended %d, %v", n, err)
	}
	_, err = b.s.Session(b.ctx, b.t, here)
	wantCode(t, err, "signed-out")
	if e := b.entries(chain.AuthSignOut); len(e) != 3 || e[0].Actor.ID != bob.UserID || e[0].Detail["ended"] != other.Session || e[2].Actor.ID != admin.UserID || e[2].Object.ID != bob.UserID {
		t.Errorf("entries %+v", e)
	}
}

// TestNewPlace: a sign-in from where nobody was before is shown until its person
// says that it was theirs, and not to whoever sits there.
func TestNewPlace(t *testing.T) {
	b := newBox(t)
	home, bob := b.as("bob", memberPassword)
	if got, err := b.s.Strangers(b.t, bob); err != nil || len(got) != 0 {
		t.Errorf("at the first sign-in: %+v, %v", got, err)
	}
	there, other := b.from("bob", memberPassword, elsewhere, "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
	if got, _ := b.s.Strangers(b.t, bob); len(got) != 1 || got[0].Address != elsewhere || got[0].Device != "Firefox · Windows" {
		t.Errorf("seen from home: %+v", got)
	}
	if got, _ := b.s.Strangers(b.t, other); len(got) != 0 {
		t.Errorf("seen from there: %+v", got)
	}
	if err := b.s.SignOut(b.ctx, b.t, there); err != nil {
		t.Fatal(err)
	}
	if got, _ := b.s.Strangers(b.t, bob); len(got) != 1 {
		t.Errorf("after the stranger left: %+v", got)
	}
	if err := b.s.KnowPlaces(b.ctx, b.t, bob, ""); err != nil {
		t.Fatal(err)
	}
	b.from("bob", memberPassword, elsewhere, "Mozilla/5.0 (Windows NT 10.0) Firefox/141.0")
	if got, _ := b.s.Strangers(b.t, bob); len(got) != 0 {
		t.Errorf("after they were called known: %+v", got)
	}
	e := b.entries(chain.AuthSignIn)
	if len(e) != 3 || e[0].Detail["new_place"] != nil || e[1].Detail["new_place"] != true || e[2].Detail["new_place"] != nil {
		t.Errorf("entries %+v", e)
	}
	if _, err := b.s.Session(b.ctx, b.t, home); err != nil {
		t.Error(err)
	}
}
