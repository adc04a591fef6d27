package auth

import (
	"fmt"
	"testing"
	"time"
)

func newTestThrottle() (*throttle, *clock) {
	c := &clock{at: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	return newThrottle(c.now, passwordLimits), c
}

// fail makes one failed attempt, or returns how long it must wait.
func (t *throttle) fail(login, address string) time.Duration {
	end, wait := t.begin("acme", login, address)
	if wait == 0 {
		end(failed)
	}
	return wait
}

func TestWaitGrows(t *testing.T) {
	for n, want := range map[int]time.Duration{0: 0, 4: 0, 5: time.Second, 6: 2 * time.Second, 9: 16 * time.Second, 15: 15 * time.Minute, 1000: 15 * time.Minute, 1 << 40: 15 * time.Minute} {
		if got := perPair.wait(n); got != want {
			t.Errorf("after %d: %v, want %v", n, got, want)
		}
	}
}

func TestPairIsSlowedAndEnds(t *testing.T) {
	th, c := newTestThrottle()
	for i := range perPair.free {
		if w := th.fail("bob", "10.0.0.1"); w != 0 {
			t.Fatalf("attempt %d waits %v", i, w)
		}
	}
	if w := th.fail("Bob ", "10.0.0.1:4711"); w != time.Second {
		t.Errorf("wait %v", w)
	}
	if w := th.fail("carol", "10.0.0.1"); w != 0 {
		t.Errorf("another login waits %v", w)
	}
	c.advance(400 * time.Millisecond)
	if w := th.fail("bob", "10.0.0.1"); seconds(w) != 1 {
		t.Errorf("wait %v is %d seconds", w, seconds(w))
	}
	for range 30 {
		c.advance(perPair.most)
		if w := th.fail("bob", "10.0.0.1"); w != 0 {
			t.Fatalf("locked out for %v beyond the most", w)
		}
	}
	c.advance(forgetting + time.Second)
	for range perPair.free {
		if w := th.fail("bob", "10.0.0.1"); w != 0 {
			t.Errorf("not forgotten: %v", w)
		}
	}
}

func TestClockSetBack(t *testing.T) {
	th, c := newTestThrottle()
	for range perPair.free + 3 {
		th.fail("bob", "10.0.0.1")
		c.advance(10 * time.Second)
	}
	c.advance(-48 * time.Hour)
	if w := th.fail("bob", "10.0.0.1"); w > perPair.most {
		t.Errorf("waits %v", w)
	}
}

func TestAttemptsAtOnceAreNotFree(t *testing.T) {
	th, _ := newTestThrottle()
	got := 0
	for range 1000 {
		if _, w := th.begin("acme", "bob", "10.0.0.1"); w == 0 {
			got++
		}
	}
	if got != perPair.free {
		t.Errorf("%d attempts at once", got)
	}
}

// A login attacked from many addresses stays open to its person: from a new
// address for the first tries, from a known one always.
func TestAttackDoesNotLockThePersonOut(t *testing.T) {
	th, c := newTestThrottle()
	end, _ := th.begin("acme", "bob", "10.0.0.200")
	end(succeeded)
	let := 0
	for i := range 10_000 {
		if th.fail("bob", fmt.Sprintf("10.0.1.%d", i%100)) == 0 {
			let++
		}
		c.advance(100 * time.Millisecond)
	}
	// 100 first tries of three each, then about one a minute for the login.
	if let > 100*firstTries+1000/60+10 {
		t.Errorf("%d attempts of 10,000 were hashed", let)
	}
	for range perPair.free - 1 {
		if w := th.fail("bob", "10.0.0.200"); w != 0 {
			t.Errorf("known address waits %v", w)
		}
	}
	for range firstTries {
		if w := th.fail("bob", "10.0.0.201"); w != 0 {
			t.Errorf("new address waits %v", w)
		}
	}
}

func TestSprayFromOneAddress(t *testing.T) {
	th, c := newTestThrottle()
	end, _ := th.begin("acme", "bob", "2001:db8:1:2::9")
	end(succeeded)
	let := 0
	for i := range 1000 {
		if th.fail(fmt.Sprintf("user%d", i), fmt.Sprintf("2001:db8:1:2::%x", i)) == 0 {
			let++
		}
		c.advance(10 * time.Millisecond)
	}
	if let > perAddress.free+5 {
		t.Errorf("%d attempts from one network", let)
	}
	if _, w := th.begin("acme", "bob", "2001:db8:1:2::abcd"); w != 0 {
		t.Errorf("the one who has signed in from there waits %v", w)
	}
	if _, w := th.begin("other", "user1", "2001:db8:1:2::1"); w != 0 {
		t.Errorf("another tenant waits %v", w)
	}
}

func TestSuccessAndUndecided(t *testing.T) {
	th, _ := newTestThrottle()
	for range 50 {
		end, w := th.begin("acme", "bob", "10.0.0.1")
		if w != 0 {
			t.Fatalf("undecided attempts wait %v", w)
		}
		end(unknown)
	}
	for range perPair.free - 1 {
		th.fail("bob", "10.0.0.1")
	}
	end, _ := th.begin("acme", "bob", "10.0.0.1")
	end(succeeded)
	for range perPair.free {
		if w := th.fail("bob", "10.0.0.1"); w != 0 {
			t.Errorf("after success waits %v", w)
		}
	}
}

func TestThrottleIsBounded(t *testing.T) {
	th, c := newTestThrottle()
	for i := range 30_000 {
		end, w := th.begin("acme", fmt.Sprintf("user%d", i), fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
		if w == 0 {
			end([]verdict{failed, succeeded}[i%2])
		}
		c.advance(time.Millisecond)
	}
	for name, n := range map[string]int{"pairs": len(th.pairs.at) - keptPairs, "logins": len(th.logins.at) - keptOthers, "addresses": len(th.addresses.at) - keptOthers, "known": len(th.known.at) - keptOthers} {
		if n > 0 {
			t.Errorf("%s: %d too many", name, n)
		}
	}
	if th.pairs.order.Len() != len(th.pairs.at) {
		t.Error("list and map differ")
	}
}

func TestNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"10.0.0.1": "10.0.0.1", "10.0.0.1:99": "10.0.0.1", "::ffff:10.0.0.1": "10.0.0.1",
		"[2001:db8::1]:443": "2001:db8::/64", "fe80::1%eth0": "fe80::/64", "@": "@", "": "",
	} {
		if got := network(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
