package auth

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

func TestSignIn(t *testing.T) {
	b := newBox(t)
	token, p := b.as(" BOB ", memberPassword)
	if p.UserID != b.member.ID || p.Role != store.Member || p.Lang != "fr" || p.Session == "" || p.Actor.ID != b.member.ID {
		t.Errorf("principal %+v", p)
	}
	again, err := b.s.Session(b.ctx, b.t, token)
	if err != nil || again.Session != p.Session || again.UserID != p.UserID {
		t.Errorf("session %+v, %v", again, err)
	}
	if c := b.s.Cookie(token); c.Value != token || !c.Expires.Equal(b.clock.now().Add(12*time.Hour)) {
		t.Errorf("cookie %v", c)
	}
	e := b.entries(chain.AuthSignIn)[0]
	if e.Actor.ID != b.member.ID || e.Session != p.Session || e.Outcome != chain.OK || e.Sealed == "" || strings.Contains(number(e.Detail), "192.168") {
		t.Errorf("entry %+v", e)
	}
	if err := b.s.SignOut(b.ctx, b.t, token); err != nil {
		t.Fatal(err)
	}
	_, err = b.s.Session(b.ctx, b.t, token)
	wantCode(t, err, "signed-out")
	if err := b.s.SignOut(b.ctx, b.t, token); err != nil {
		t.Errorf("second sign-out: %v", err)
	}
	if n := len(b.entries(chain.AuthSignOut)); n != 1 {
		t.Errorf("%d sign-outs", n)
	}
}

// Every way of failing has the same answer.
func TestSignInRefused(t *testing.T) {
	b := newBox(t)
	gone, err := b.s.CreateUser(b.ctx, b.t, store.Operator("1000"), NewUser{Login: "eve", Name: "Eve Petit", Role: store.Member, Password: memberPassword})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.s.Disable(b.ctx, b.t, store.Operator("1000"), gone.ID); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct{ name, login, password, reason, actor string }{
		{"wrong password", "bob", "seven lamps of bras", reasonPassword, b.member.ID},
		{"empty password", "ada", "", reasonPassword, b.admin.ID},
		{"no such login", "mallory", memberPassword, reasonUnknown, "auth"},
		{"disabled", "eve", memberPassword, reasonDisabled, gone.ID},
		{"1 MB", "nobody", strings.Repeat("x", 1<<20), reasonUnknown, "auth"},
		{"nothing", "", "", reasonUnknown, "auth"},
		{"control characters", "bob\x00\xff\u202e\n", memberPassword, reasonUnknown, "auth"},
	} {
		_, _, err := b.signIn(c.login, c.password)
		e := wantCode(t, err, "bad-credentials")
		if e.Kind != store.Denied || len(e.Params) != 0 || e.Err != nil {
			t.Errorf("%s: %+v", c.name, e)
		}
		es := b.entries(chain.AuthFailure)
		if len(es) != i+1 {
			t.Fatalf("%s: %d entries", c.name, len(es))
		}
		got := es[i]
		if got.Outcome != chain.Denied || got.Actor.ID != c.actor || number(got.Detail["reasons"]) != "map["+c.reason+":1]" || strings.Contains(number(got.Detail), "mallory") {
			t.Errorf("%s: entry %+v", c.name, got)
		}
	}
}

// The bad input: a wrong password twenty times.
func TestTwentyWrongPasswords(t *testing.T) {
	for _, login := range []string{"bob", "mallory"} {
		b := newBox(t)
		codes := map[string]int{}
		for i := range 20 {
			_, _, err := b.signIn(login, "not the password "+strconv.Itoa(i))
			e := store.AsError(err)
			codes[e.Code]++
			if e.Code == "rate-limited" {
				if n, err := strconv.Atoi(e.Params["seconds"]); err != nil || n < 1 {
					t.Fatalf("seconds %q", e.Params["seconds"])
				}
			}
		}
		if codes["bad-credentials"] != perPair.free || codes["rate-limited"] != 20-perPair.free {
			t.Errorf("%s: %v", login, codes)
		}
		b.clock.advance(time.Minute)
		if login == "bob" {
			b.as("bob", memberPassword)
		}
		b.s.Flush(b.ctx)
		count := 0
		es := b.entries(chain.AuthFailure)
		for _, e := range es {
			n, _ := strconv.Atoi(number(e.Detail["count"]))
			count += n
		}
		if len(es) != 2 || count != 20 {
			t.Errorf("%s: %d entries count %d failures", login, len(es), count)
		}
	}
}

func TestFailuresDoNotFloodTheChain(t *testing.T) {
	b := newBox(t)
	before, _ := b.t.Head()
	const attempts = 2000
	for i := range attempts {
		b.s.failures.note(b.ctx, b.t, failure{login: fmt.Sprintf("user%d", i%500), address: here, reason: reasonUnknown})
		b.clock.advance(50 * time.Millisecond)
	}
	b.s.Flush(b.ctx)
	after, _ := b.t.Head()
	if n := after - before; n > 250 {
		t.Errorf("%d entries for %d failures in 100 seconds", n, attempts)
	}
	count := 0
	for _, e := range b.entries(chain.AuthFailure) {
		n, _ := strconv.Atoi(number(e.Detail["count"]))
		count += n
	}
	if count != attempts {
		t.Errorf("entries count %d failures", count)
	}
	b.clock.advance(time.Minute)
	b.s.failures.tick()
	if n := len(b.s.failures.tenants); n != 0 {
		t.Errorf("%d tenants remembered", n)
	}
}

func TestSessionEnds(t *testing.T) {
	for name, end := range map[string]func(b *box, token string, p store.Principal){
		"expiry": func(b *box, token string, _ store.Principal) {
			for range 12 {
				b.clock.advance(time.Hour)
				_, _ = b.s.Session(b.ctx, b.t, token)
			}
		},
		"idle": func(b *box, _ string, _ store.Principal) { b.clock.advance(2*time.Hour + time.Second) },
		"disabled": func(b *box, _ string, p store.Principal) {
			if err := b.s.Disable(b.ctx, b.t, store.Operator("1000"), p.UserID); err != nil {
				b.Fatal(err)
			}
		},
		"disabled and enabled": func(b *box, _ string, p store.Principal) {
			for _, f := range []func() error{
				func() error { return b.s.Disable(b.ctx, b.t, store.Operator("1000"), p.UserID) },
				func() error { return b.s.Enable(b.ctx, b.t, store.Operator("1000"), p.UserID) },
			} {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		},
		"password set by another": func(b *box, _ string, p store.Principal) {
			if err := b.s.SetPassword(b.ctx, b.t, store.Operator("1000"), PasswordChange{UserID: p.UserID, New: "a fresh start for bob"}); err != nil {
				b.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t)
			token, p := b.as("bob", memberPassword)
			b.clock.advance(time.Hour)
			if _, err := b.s.Session(b.ctx, b.t, token); err != nil {
				t.Fatal(err)
			}
			end(b, token, p)
			_, err := b.s.Session(b.ctx, b.t, token)
			wantCode(t, err, "signed-out")
			// A restart forgets idle times, not that the session has ended.
			_, err = New(Options{Now: b.clock.now, Params: cheap}).Session(b.ctx, b.t, token)
			wantCode(t, err, "signed-out")
		})
	}
}

func TestRoleHoldsAtTheNextRequest(t *testing.T) {
	b := newBox(t)
	token, p := b.as("bob", memberPassword)
	if Allowed(p, UsersAdmin) {
		t.Fatal("member administers")
	}
	role := store.Admin
	if err := b.s.UpdateUser(b.ctx, b.t, store.Operator("1000"), p.UserID, UserChange{Role: &role}); err != nil {
		t.Fatal(err)
	}
	if p, err := b.s.Session(b.ctx, b.t, token); err != nil || !Allowed(p, UsersAdmin) {
		t.Errorf("after promotion: %+v, %v", p, err)
	}
}

func TestForeignToken(t *testing.T) {
	b := newBox(t)
	token, _ := b.as("bob", memberPassword)
	_, secret, _ := ParseCookie(token)
	for _, bad := range []string{"", secret, "other." + secret, token + "a", cookieToken("acme", store.NewToken()), keyToken("acme", secret)} {
		_, err := b.s.Session(b.ctx, b.t, bad)
		wantCode(t, err, "signed-out")
	}
}

func TestRehashAtSignIn(t *testing.T) {
	b := newBox(t)
	stronger := New(Options{Now: b.clock.now, Params: Params{MemoryKiB: 32, Time: 2, Threads: 1}})
	defer stronger.Close()
	hashOf := func() string {
		u, err := view(b.t, func(v *store.View) (store.User, error) { return v.User(b.member.ID) })
		if err != nil {
			t.Fatal(err)
		}
		return u.Password
	}
	first := hashOf()
	in := SignIn{Login: "bob", Password: memberPassword, Address: here}
	if _, _, err := stronger.SignIn(b.ctx, b.t, in); err != nil {
		t.Fatal(err)
	}
	second := hashOf()
	if first == second || !strings.Contains(second, "m=32,t=2") {
		t.Errorf("hash is still %q", second)
	}
	if _, _, err := stronger.SignIn(b.ctx, b.t, in); err != nil || hashOf() != second {
		t.Errorf("hashed again: %v", err)
	}
}

func TestSignInsAtOnce(t *testing.T) {
	b := newBox(t)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			addr := fmt.Sprintf("10.0.0.%d", i)
			token, p, err := b.s.SignIn(b.ctx, b.t, SignIn{Login: "bob", Password: memberPassword, Address: addr})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := b.s.Session(b.ctx, b.t, token); err != nil || p.UserID != b.member.ID {
				t.Error(err)
			}
			_, _, err = b.s.SignIn(b.ctx, b.t, SignIn{Login: "bob", Password: "wrong", Address: addr})
			if store.AsError(err).Code != "bad-credentials" {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
