package auth

import (
	"slices"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// TestKeyBounds: a key ends, is bound to networks and tells when it was used;
// whoever misuses it leaves an entry.
func TestKeyBounds(t *testing.T) {
	b := newBox(t)
	_, bob := b.as("bob", memberPassword)
	ends := b.clock.now().AddDate(0, 0, 90)
	secret, rec, err := b.s.MakeKey(b.ctx, b.t, bob, NewKey{UserID: bob.UserID, Name: "scanner", Expires: ends, Networks: []string{"192.168.1.0/24"}})
	if err != nil || !slices.Equal(rec.Scopes, []string{"read", "ask"}) {
		t.Fatalf("%+v, %v", rec, err)
	}
	b.clock.advance(61 * time.Minute)
	p, err := b.s.KeyFrom(b.ctx, b.t, secret, "192.168.1.44:5000", "")
	if err != nil || !slices.Equal(p.Scopes, rec.Scopes) {
		t.Fatalf("%+v, %v", p, err)
	}
	b.s.WriteUses(b.ctx, b.root)
	ks, err := b.s.Keys(b.t, bob, bob.UserID)
	if err != nil || !ks[0].Used.Equal(b.clock.now().Truncate(time.Hour)) {
		t.Errorf("used %v, %v", ks, err)
	}
	for range 3 {
		_, err = b.s.KeyFrom(b.ctx, b.t, secret, "192.168.2.44", "")
		wantCode(t, err, "key-elsewhere")
	}
	_, err = b.s.Key(b.ctx, b.t, secret)
	wantCode(t, err, "key-elsewhere")
	b.clock.advance(90 * 24 * time.Hour)
	_, err = b.s.KeyFrom(b.ctx, b.t, secret, "192.168.1.44", "")
	wantCode(t, err, "key-expired")
	b.s.Flush(b.ctx)
	n := 0
	for _, e := range b.entries(chain.AuthFailure) {
		if e.Actor.ID != bob.UserID || e.Outcome != chain.Denied {
			t.Errorf("entry %+v", e)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d entries for five refusals", n)
	}
}

// TestOldKey: a key from before there were scopes keeps working, for everything.
func TestOldKey(t *testing.T) {
	b := newBox(t)
	secret, rec, err := b.s.CreateKey(b.ctx, b.t, store.Operator("1000"), b.admin.ID, "cron")
	if err != nil || rec.Scopes != nil || !rec.Expires.IsZero() {
		t.Fatalf("%+v, %v", rec, err)
	}
	p, err := b.s.Key(b.ctx, b.t, secret)
	if err != nil || p.Scopes != nil || !Allowed(p, UsersAdmin) {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestKeyGivesNoMore: a key can't make one that may more, and the firm bounds how
// long a key is valid.
func TestKeyGivesNoMore(t *testing.T) {
	b := newBox(t)
	_, ada := b.as("ada", adminPassword)
	narrow := ada
	narrow.Actor, narrow.Scopes = store.APIKey("key-x", ada.UserID), []string{ScopeRead}
	for _, n := range []NewKey{{All: true}, {Scopes: []string{ScopeRead, ScopeAdmin}}, {}} {
		n.UserID, n.Name = ada.UserID, "more"
		_, _, err := b.s.MakeKey(b.ctx, b.t, narrow, n)
		wantCode(t, err, "key-lacks-scope")
	}
	b.set(SettingKeyDays, "30")
	for _, ends := range []time.Time{{}, b.clock.now().AddDate(0, 0, 31), b.clock.now(), b.clock.now().AddDate(11, 0, 0)} {
		_, _, err := b.s.MakeKey(b.ctx, b.t, ada, NewKey{UserID: ada.UserID, Name: "x", Expires: ends})
		wantCode(t, err, "key-expires")
	}
	if _, _, err := b.s.MakeKey(b.ctx, b.t, ada, NewKey{UserID: ada.UserID, Name: "x", Expires: b.clock.now().AddDate(0, 0, 30)}); err != nil {
		t.Error(err)
	}
}
