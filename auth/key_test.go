package auth

import (
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

func TestKeys(t *testing.T) {
	b := newBox(t)
	_, admin := b.as("ada", adminPassword)
	_, member := b.as("bob", memberPassword)

	secret, rec, err := b.s.CreateKey(b.ctx, b.t, member, member.UserID, "scanner")
	if err != nil || rec.Digest != "" || !strings.HasPrefix(secret, "coffre_acme_") {
		t.Fatalf("%+v, %v", rec, err)
	}
	p, err := b.s.Key(b.ctx, b.t, secret)
	if err != nil || p.UserID != member.UserID || p.Actor.Kind != "api_key" || p.Actor.ID != rec.ID || p.Role != store.Member {
		t.Errorf("%+v, %v", p, err)
	}
	_, _, err = b.s.CreateKey(b.ctx, b.t, admin, member.UserID, "spy")
	wantCode(t, err, "not-allowed")
	_, _, err = b.s.CreateKey(b.ctx, b.t, store.Principal{}, "", "nobody")
	wantCode(t, err, "not-allowed")
	_, _, err = b.s.CreateKey(b.ctx, b.t, member, member.UserID, " ")
	wantCode(t, err, "invalid-name")
	_, _, err = b.s.CreateKey(b.ctx, b.t, store.Operator("1000"), "nobody", "x")
	wantCode(t, err, "not-found")
	if _, _, err := b.s.CreateKey(b.ctx, b.t, store.Operator("1000"), b.admin.ID, "cron"); err != nil {
		t.Error(err)
	}

	_, err = b.s.Keys(b.t, member, "")
	wantCode(t, err, "not-allowed")
	if ks, err := b.s.Keys(b.t, member, member.UserID); err != nil || len(ks) != 1 || ks[0].Digest != "" {
		t.Errorf("own keys %v, %v", ks, err)
	}
	ks, err := b.s.Keys(b.t, admin, "")
	if err != nil || len(ks) != 2 {
		t.Errorf("all keys %v, %v", ks, err)
	}
	for _, k := range ks {
		if k.UserID == b.admin.ID {
			wantCode(t, b.s.RevokeKey(b.ctx, b.t, member, k.ID), "not-found")
		}
	}
	for _, bad := range []string{"", "key-nothing", "digest:" + store.TokenDigest(secret[len("coffre_acme_"):])} {
		wantCode(t, b.s.RevokeKey(b.ctx, b.t, admin, bad), "not-found")
	}
	for _, bad := range []string{"", secret + "a", strings.Replace(secret, "acme", "other", 1), keyToken("acme", store.NewToken())} {
		_, err := b.s.Key(b.ctx, b.t, bad)
		wantCode(t, err, "bad-key")
	}
	if err := b.s.RevokeKey(b.ctx, b.t, admin, rec.ID); err != nil {
		t.Fatal(err)
	}
	_, err = b.s.Key(b.ctx, b.t, secret)
	wantCode(t, err, "bad-key")
	if e := b.entries(chain.KeyRevoke); len(e) != 1 || e[0].Detail["user"] != member.UserID || e[0].Actor.ID != b.admin.ID {
		t.Errorf("entries %+v", e)
	}
}

func TestKeyDiesWithItsUser(t *testing.T) {
	b := newBox(t)
	_, member := b.as("bob", memberPassword)
	secret, _, err := b.s.CreateKey(b.ctx, b.t, member, member.UserID, "scanner")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.s.Disable(b.ctx, b.t, store.Operator("1000"), member.UserID); err != nil {
		t.Fatal(err)
	}
	_, err = b.s.Key(b.ctx, b.t, secret)
	wantCode(t, err, "bad-key")
}
