package ui

import (
	"encoding/base32"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"coffre/auth"
	"coffre/auth/factor"
	"coffre/chain"
	"coffre/store"
)

// TestEnrollAndReplaceAtSignIn walks somebody through both steps that a page asks
// for before anything else: a new password and a first second factor.
func TestEnrollAndReplaceAtSignIn(t *testing.T) {
	b := newBox(t, nil)
	b.person(b.a, "adam", store.Admin)
	p := b.person(b.a, "nora", store.Member)
	b.do(b.a, chain.SettingsUpdate, func(tx *store.Tx) error {
		return tx.PutSetting(auth.SettingFactorRequired, auth.RequiredEverybody)
	})
	b.do(b.a, chain.UserUpdate, func(tx *store.Tx) error {
		u, err := tx.User(p.id)
		if err != nil {
			return err
		}
		u.MustChange = true
		return tx.UpdateUser(u)
	})
	c := b.session(p)
	next := func(r reply) {
		t.Helper()
		if r.status != seeOther {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	if r := b.call(c, "GET", "/documents", nil); !strings.HasPrefix(r.header.Get("Location"), "/signin/password?next=%2Fdocuments") {
		t.Fatalf("%d to %q", r.status, r.header.Get("Location"))
	}
	r := b.call(c, "POST", "/signin/password", url.Values{"new": {"court"}})
	if r.status != unproc {
		t.Errorf("a short password: %d", r.status)
	}
	r = b.call(c, "POST", "/signin/password", url.Values{"new": {"quatre moulins au bord du canal"}})
	next(r)
	c.cookie = r.cookie(auth.CookieName)
	r = b.call(c, "GET", "/signin/enroll?next=%2Fdocuments", nil)
	shown := regexp.MustCompile(`<pre id="app-secret"[^>]*>([A-Z2-7 ]+)</pre>`).FindStringSubmatch(r.body)
	if shown == nil {
		t.Fatalf("no secret on the page: %d", r.status)
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(shown[1], " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	if r := b.call(c, "POST", "/signin/enroll", url.Values{"kind": {"app"}, "code": {"000000"}}); r.status != unproc {
		t.Errorf("a wrong code: %d", r.status)
	}
	code := factor.TOTPCode(secret, factor.TOTPAt(b.clock.now()))
	r = b.call(c, "POST", "/signin/enroll", url.Values{"kind": {"app"}, "code": {code}, "next": {"/documents"}})
	if r.status != ok || strings.Count(r.body, "<li>") < factor.RecoveryCodes {
		t.Fatalf("recovery codes: %d", r.status)
	}
	c.cookie = r.cookie(auth.CookieName)
	if r := b.call(c, "GET", "/documents", nil); r.status != ok {
		t.Errorf("after the steps: %d", r.status)
	}
}
