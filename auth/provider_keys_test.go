package auth

import (
	"slices"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// keyOf makes a key of somebody who has just signed in.
func (x *through) keyOf(o Opened) string {
	x.Helper()
	p, err := x.s.Session(x.ctx, x.t, o.Token)
	if err != nil {
		x.Fatal(err)
	}
	secret, _, err := x.s.MakeKey(x.ctx, x.t, p, NewKey{UserID: p.UserID, Name: "script"})
	if err != nil {
		x.Fatal(err)
	}
	return secret
}

func (x *through) key(secret string) (store.Principal, error) {
	return x.s.KeyFrom(x.ctx, x.t, secret, here, "")
}

const day = 24 * time.Hour

// TestProviderKeysRest: a key of somebody of a provider rests once they have not
// signed in there for as long as its record says, and wakes when they do.
func TestProviderKeysRest(t *testing.T) {
	for _, days := range []int{0, 7} {
		x := newBox(t).through(func(d *ProviderDraft) { d.KeyDays = days })
		x.idp.Claims = map[string]any{"preferred_username": "zoe"}
		o, err := x.enter()
		if err != nil {
			t.Fatal(err)
		}
		secret := x.keyOf(o)
		last := time.Duration(x.p.KeysLast()) * day
		if want := map[int]time.Duration{0: 30 * day, 7: 7 * day}[days]; last != want {
			t.Fatalf("keys last %v", last)
		}
		p, err := x.key(secret)
		if err != nil {
			t.Fatal(err)
		}
		x.clock.advance(last - time.Hour)
		if _, err := x.key(secret); err != nil || !x.s.Continues(x.t, p, Search) {
			t.Errorf("an hour before: %v", err)
		}
		x.clock.advance(time.Hour)
		_, err = x.key(secret)
		wantCode(t, err, "key-suspended")
		x.wantReason("key-suspended")
		if x.s.Continues(x.t, p, Search) {
			t.Error("what runs with the key goes on")
		}
		keys, err := x.s.Keys(x.t, x.operator(), o.Principal.UserID)
		if err != nil || len(keys) != 1 {
			t.Fatalf("%+v %v", keys, err)
		}
		if state, err := view(x.t, func(v *store.View) (string, error) { return x.s.KeyStateNow(v, keys[0]) }); state != "suspended" || err != nil {
			t.Errorf("%q %v", state, err)
		}
		if _, err := x.enter(); err != nil {
			t.Fatal(err)
		}
		if _, err := x.key(secret); err != nil {
			t.Errorf("after the next sign-in: %v", err)
		}
	}
}

// TestOwnKeysDontRest: a key of an account of this box knows no provider's term,
// linked or not.
func TestOwnKeysDontRest(t *testing.T) {
	x := newBox(t).through(nil)
	_, p := x.as("bob", memberPassword)
	secret, _, err := x.s.MakeKey(x.ctx, x.t, p, NewKey{UserID: p.UserID, Name: "script"})
	if err != nil {
		t.Fatal(err)
	}
	x.clock.advance(80 * day)
	if _, err := x.key(secret); err != nil {
		t.Error(err)
	}
}

// TestProviderRulesEnd: whom a provider's rules let in no more is out at that
// sign-in: their sessions end and their keys rest, until the rules let them in.
func TestProviderRulesEnd(t *testing.T) {
	x := newBox(t).through(func(d *ProviderDraft) { d.Allowed = []string{"staff"} })
	x.idp.Claims = map[string]any{"preferred_username": "zoe", "groups": "staff"}
	o, err := x.enter()
	if err != nil {
		t.Fatal(err)
	}
	secret := x.keyOf(o)
	x.idp.Claims["groups"] = "alumni"
	_, err = x.enter()
	wantCode(t, err, "provider-refused")
	_, err = x.s.Session(x.ctx, x.t, o.Token)
	wantCode(t, err, "signed-out")
	_, err = x.key(secret)
	wantCode(t, err, "key-suspended")
	out := x.entries(chain.ProviderLogout)
	if len(out) != 1 || out[0].Detail["user"] != o.Principal.UserID {
		t.Errorf("%+v", out)
	}
	if _, err = x.enter(); err == nil || len(x.entries(chain.ProviderLogout)) != 1 {
		t.Error("they are put out twice")
	}
	x.idp.Claims["groups"] = "staff"
	if _, err := x.enter(); err != nil {
		t.Fatal(err)
	}
	if _, err := x.key(secret); err != nil {
		t.Error(err)
	}
}

// TestProviderGoneKeysRest: nobody can sign in through a provider that was
// deleted, so its people's keys rest.
func TestProviderGoneKeysRest(t *testing.T) {
	x := newBox(t).through(nil)
	x.idp.Claims = map[string]any{"preferred_username": "zoe"}
	o, err := x.enter()
	if err != nil {
		t.Fatal(err)
	}
	secret := x.keyOf(o)
	if err := x.s.DeleteProvider(x.ctx, x.t, x.operator(), x.p.ID, "", func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	_, err = x.key(secret)
	wantCode(t, err, "key-suspended")
}

// TestProviderPersonDisabled: an account that came through a provider ends on the
// box: sessions, keys and what runs with either, and no sign-in there opens it.
func TestProviderPersonDisabled(t *testing.T) {
	x := newBox(t).through(nil)
	x.idp.Claims = map[string]any{"preferred_username": "zoe", "amr": "mfa"}
	o, err := x.enter()
	if err != nil {
		t.Fatal(err)
	}
	secret := x.keyOf(o)
	inSession, err := x.s.Session(x.ctx, x.t, o.Token)
	if err != nil {
		t.Fatal(err)
	}
	byKey, err := x.key(secret)
	if err != nil || !x.s.Continues(x.t, inSession, Ask) || !x.s.Continues(x.t, byKey, Ask) {
		t.Fatalf("%v", err)
	}
	if err := x.s.Disable(x.ctx, x.t, x.operator(), o.Principal.UserID); err != nil {
		t.Fatal(err)
	}
	if x.s.Continues(x.t, inSession, Ask) || x.s.Continues(x.t, byKey, Ask) {
		t.Error("what runs goes on")
	}
	_, err = x.s.Session(x.ctx, x.t, o.Token)
	wantCode(t, err, "signed-out")
	_, err = x.key(secret)
	wantCode(t, err, "bad-key")
	_, err = x.enter()
	wantCode(t, err, "provider-refused")
	x.wantReason("oidc-disabled")
	if left, err := x.s.Sessions(x.t, x.operator(), o.Principal.UserID); err != nil || len(left) != 0 {
		t.Errorf("%d sessions, %v", len(left), err)
	}
	if err := x.s.Enable(x.ctx, x.t, x.operator(), o.Principal.UserID); err != nil {
		t.Fatal(err)
	}
	if _, err := x.enter(); err != nil {
		t.Errorf("enabled again: %v", err)
	}
	if u := x.users(); !slices.ContainsFunc(u, func(u store.User) bool { return u.Login == "zoe" && !u.Disabled }) {
		t.Error("not enabled")
	}
}

func (x *through) users() []store.User {
	x.Helper()
	all, err := x.s.Users(x.t, x.operator())
	if err != nil {
		x.Fatal(err)
	}
	return all
}
