package auth

import (
	"crypto/sha256"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// limit is how failures slow further attempts: the first free ones cost
// nothing, then the wait doubles from one second up to most.
type limit struct {
	free int
	most time.Duration
}

// An attempt must pass three limits. Somebody who attacks one login from many
// addresses meets perLogin, one who sprays many logins from one address meets
// perAddress. Neither can shut a person out: perLogin spares a pair with fewer
// than firstTries failures, and both spare an address from which that login has
// signed in before. What is left, perPair, a person only brings on by failing
// at their own address, and it ends.
var (
	perPair    = limit{free: 5, most: 15 * time.Minute}
	perLogin   = limit{free: 10, most: time.Minute}
	perAddress = limit{free: 30, most: 5 * time.Minute}
)

const (
	firstTries = 3
	forgetting = time.Hour // without an attempt
	keptPairs  = 8192
	keptOthers = 4096
)

func (l limit) wait(n int) time.Duration {
	switch over := n - l.free; {
	case over < 0:
		return 0
	case over > 20:
		return l.most
	default:
		return min(time.Second<<over, l.most)
	}
}

// limits are what a throttle counts by. firstTries of a pair are spared perLogin;
// a counter is forgotten after forgetting without an attempt.
type limits struct {
	perPair, perLogin, perAddress limit
	firstTries                    int
	forgetting                    time.Duration
}

var passwordLimits = limits{perPair, perLogin, perAddress, firstTries, forgetting}

// throttle delays attempts before anything is hashed. It holds at most keptPairs
// and twice keptOthers counters, of digests, so its memory is bounded (about
// 3 MB) whatever is typed.
type throttle struct {
	now func() time.Time
	limits

	mu                       sync.Mutex
	pairs, logins, addresses *recent[tally]
	known                    *recent[struct{}]
}

type tally struct {
	n    int
	last time.Time
}

func newThrottle(now func() time.Time, l limits) *throttle {
	return &throttle{
		now: now, limits: l,
		pairs: newRecent[tally](keptPairs), logins: newRecent[tally](keptOthers),
		addresses: newRecent[tally](keptOthers), known: newRecent[struct{}](keptOthers),
	}
}

// verdict is how an attempt ended.
type verdict int

const (
	unknown verdict = iota // not decided: the box was busy, or the caller left
	failed
	succeeded
)

// begin asks for an attempt. wait > 0 refuses it and changes nothing. Otherwise
// the attempt counts as failed from now on, so that a thousand at once are not a
// thousand free tries, until end says how it went.
func (t *throttle) begin(tenant, login, address string) (end func(verdict), wait time.Duration) {
	login, address = strings.ToLower(cleanLogin(login)), network(address)
	pair := key(tenant, "pair", login, address)
	byLogin, byAddress := key(tenant, "login", login), key(tenant, "address", address)
	t.mu.Lock()
	defer t.mu.Unlock()
	_, known := t.known.get(pair)
	wait = t.left(t.pairs, pair, t.perPair)
	if !known {
		wait = max(wait, t.left(t.addresses, byAddress, t.perAddress))
		if t.tally(t.pairs, pair).n >= t.firstTries {
			wait = max(wait, t.left(t.logins, byLogin, t.perLogin))
		}
	}
	if wait > 0 {
		return nil, wait
	}
	t.count(t.pairs, pair, 1)
	t.count(t.logins, byLogin, 1)
	t.count(t.addresses, byAddress, 1)
	return func(v verdict) {
		if v == failed {
			return
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.count(t.pairs, pair, -1)
		t.count(t.logins, byLogin, -1)
		t.count(t.addresses, byAddress, -1)
		if v == succeeded {
			t.pairs.drop(pair)
			t.known.put(pair, struct{}{})
		}
	}, 0
}

// left is how long a counter still refuses. A clock that was set back makes
// nobody wait longer than the limit says.
func (t *throttle) left(in *recent[tally], k [32]byte, l limit) time.Duration {
	c := t.tally(in, k)
	return max(l.wait(c.n)-max(t.now().Sub(c.last), 0), 0)
}

// tally returns a counter, zero once it is forgotten.
func (t *throttle) tally(in *recent[tally], k [32]byte) tally {
	c, _ := in.get(k)
	if t.now().Sub(c.last) > t.forgetting {
		return tally{}
	}
	return c
}

func (t *throttle) count(in *recent[tally], k [32]byte, by int) {
	c := t.tally(in, k)
	c.n += by
	if c.n <= 0 {
		in.drop(k)
		return
	}
	if by > 0 {
		c.last = t.now()
	}
	in.put(k, c)
}

// seconds rounds a wait up, for Retry-After.
func seconds(wait time.Duration) int { return int((wait + time.Second - 1) / time.Second) }

func key(parts ...string) [32]byte { return sha256.Sum256([]byte(strings.Join(parts, "\x00"))) }

// network is what counts as one address: an IPv4 address, or an IPv6 /64, which
// one machine has to itself. A port is dropped; what is no address stays as it is.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return address
		}
		a = ap.Addr()
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, _ := a.Prefix(64)
	return p.String()
}
