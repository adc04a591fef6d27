package auth

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"coffre/store"
)

// try signs in and returns the code of the refusal, "" where it succeeds.
func (b *box) try(login, password, address string) string {
	_, _, err := b.s.SignIn(b.ctx, b.t, SignIn{Login: login, Password: password, Address: address})
	if err == nil {
		return ""
	}
	return store.AsError(err).Code
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestBruteForce sends 10,000 wrong passwords for one login from 100 addresses,
// ten a second. None signs in; nearly all are refused before a hash is computed;
// the person signs in meanwhile and afterwards, from where they did before at
// once, and from a new address too; memory and chain don't grow with the number.
func TestBruteForce(t *testing.T) {
	b := newBox(t)
	const known, attempts = "192.168.1.77:4000", 10_000
	if code := b.try("bob", memberPassword, known); code != "" {
		t.Fatalf("first sign-in: %s", code)
	}
	head, _ := b.t.Head()
	before, hashed, wrong := heap(), b.s.hash.ran.Load(), uint64(0)
	for i := range attempts {
		switch code := b.try("bob", fmt.Sprintf("guess %d of many", i), fmt.Sprintf("10.9.%d.%d:80", i%100, i%100)); code {
		case "bad-credentials":
			wrong++
		case "rate-limited":
		default:
			t.Fatalf("attempt %d: %q", i, code)
		}
		b.clock.advance(100 * time.Millisecond)
		if i == attempts/2 {
			if code := b.try("bob", memberPassword, known); code != "" {
				t.Errorf("the person, in the middle of it: %s", code)
			}
			hashed++
		}
	}
	if got := b.s.hash.ran.Load() - hashed; got != wrong {
		t.Errorf("%d hashes for %d attempts that were looked at", got, wrong)
	}
	if most := uint64(100*firstTries + 1000/60 + 10); wrong > most {
		t.Errorf("%d attempts of %d were looked at, want at most %d", wrong, attempts, most)
	}
	for _, from := range []string{known, "192.168.1.201:4000"} {
		if code := b.try("bob", memberPassword, from); code != "" {
			t.Errorf("the person, from %s afterwards: %s", from, code)
		}
	}
	b.s.Flush(b.ctx)
	if after, _ := b.t.Head(); after-head > 200 {
		t.Errorf("%d entries", after-head)
	}
	if grown := int64(heap()) - int64(before); grown > 8<<20 {
		t.Errorf("memory grew by %d bytes", grown)
	} else {
		t.Logf("%d of %d attempts were hashed; memory grew by %d KiB", wrong, attempts, grown>>10)
	}
	if n := len(b.s.throttle.pairs.at); n > 110 {
		t.Errorf("%d pairs are kept", n)
	}
}

// TestRefusedBeforeHashing: an attempt that must wait doesn't even queue for a
// hash: with every slot taken, it is refused at once.
func TestRefusedBeforeHashing(t *testing.T) {
	b := newBox(t)
	for range perPair.free {
		b.try("bob", "wrong", here)
	}
	for range hashesAtOnce {
		b.s.hash.slots <- struct{}{}
	}
	defer func() {
		for range hashesAtOnce {
			<-b.s.hash.slots
		}
	}()
	if code := b.try("bob", memberPassword, here); code != "rate-limited" {
		t.Errorf("code %q", code)
	}
}

// TestNamesCannotBeTold: a login that exists, one that doesn't and one that is
// closed get the same answer for the same work: as many hashes, at the same
// costs, and as many entries. The times are printed, and not judged: they
// depend on the machine.
func TestNamesCannotBeTold(t *testing.T) {
	b := newBox(t)
	closed, err := b.s.CreateUser(b.ctx, b.t, store.Operator("0"), NewUser{Login: "claire", Name: "C", Role: store.Member, Password: memberPassword})
	if err == nil {
		err = b.s.Disable(b.ctx, b.t, store.Operator("0"), closed.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	logins := []string{"bob", "nobody-here", "claire", "BOB", "x"}
	times := map[string][]time.Duration{}
	for round := range 40 {
		for i, login := range logins {
			// Another order each round, an address each, a minute between: the throttle
			// treats all alike, and no login's failures are still grouped.
			login = logins[(i+round)%len(logins)]
			b.s.Flush(b.ctx)
			head, _ := b.t.Head()
			hashes := b.s.hash.ran.Load()
			began := time.Now()
			code := b.try(login, "wrong password here", fmt.Sprintf("10.1.%d.%d", round, i))
			times[login] = append(times[login], time.Since(began))
			if code != "bad-credentials" {
				t.Fatalf("%s: %s", login, code)
			}
			after, _ := b.t.Head()
			if ran := b.s.hash.ran.Load() - hashes; ran != 1 || after-head != 1 {
				t.Errorf("%s: %d hashes, %d entries", login, ran, after-head)
			}
			b.clock.advance(61 * time.Minute)
		}
	}
	if want := (phc{params: b.s.hash.params}).params; b.s.hash.dummy.params != want {
		t.Errorf("a login that doesn't exist is hashed at other costs: %+v", b.s.hash.dummy.params)
	}
	for _, login := range logins {
		d := times[login]
		slices.Sort(d)
		t.Logf("%-12s median %v, 9 of 10 below %v", login, d[len(d)/2].Round(time.Microsecond), d[len(d)*9/10].Round(time.Microsecond))
	}
}
