package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// cheap makes hashing cost next to nothing, so that tests are about the rest.
var cheap = Params{MemoryKiB: 16, Time: 1, Threads: 1}

// clock is set by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// box is a real store with a tenant, an administrator and a member.
type box struct {
	*testing.T
	ctx    context.Context
	clock  *clock
	root   *store.Root
	t      *store.Tenant
	s      *Service
	admin  store.User
	member store.User
	kit    store.Kit
}

const (
	adminPassword  = "rivière calme sous la lune"
	memberPassword = "seven lamps of brass"
	here           = "192.168.1.20:51234"
)

func newBox(t *testing.T) *box {
	t.Helper()
	b := &box{T: t, ctx: t.Context(), clock: &clock{at: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}}
	root, err := store.OpenRoot(t.TempDir(), store.Options{Now: b.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	b.root, b.s = root, New(Options{Now: b.clock.now, Params: cheap})
	res, err := b.s.Setup(b.ctx, root, store.CLI("1000"), SetupRequest{Firm: "Acme", AdminName: "Ada Martin", Login: "ada", Password: adminPassword})
	if err != nil {
		t.Fatal(err)
	}
	b.admin, b.kit = res.Admin, res.Kit
	ten, release, err := root.Acquire(res.TenantID)
	if err != nil {
		t.Fatal(err)
	}
	b.t = ten
	b.member, err = b.s.CreateUser(b.ctx, ten, store.Operator("1000"), NewUser{Login: "bob", Name: "Bob Durand", Role: store.Member, Lang: "fr", Password: memberPassword})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.s.Close()
		if err := ten.Check(); err != nil {
			t.Error(err)
		}
		release()
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *box) signIn(login, password string) (string, store.Principal, error) {
	return b.s.SignIn(b.ctx, b.t, SignIn{Login: login, Password: password, Address: here, Agent: "test"})
}

// as signs somebody in and returns cookie and principal.
func (b *box) as(login, password string) (string, store.Principal) {
	b.Helper()
	token, p, err := b.signIn(login, password)
	if err != nil {
		b.Fatal(err)
	}
	return token, p
}

// entries returns the actions of a kind in the chain, with what they say.
func (b *box) entries(action string) (out []chain.Payload) {
	b.Helper()
	head, _ := b.t.Head()
	err := b.t.View(func(v *store.View) error {
		for seq := uint64(1); seq <= head; seq++ {
			e, err := v.Entry(seq)
			if err != nil {
				return err
			}
			if e.Action == action {
				out = append(out, e.Payload)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return out
}

func wantCode(t testing.TB, err error, code string) *store.Error {
	t.Helper()
	var e *store.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("error is %v, want code %s", err, code)
	}
	return e
}

func number(v any) string { return fmt.Sprint(v) }
