package auth

import (
	"context"
	"strings"
	"sync/atomic"

	"golang.org/x/text/unicode/norm"

	"coffre/store"
)

// At most this many passwords are hashed at once (each takes 64 MiB), and this
// many more may wait; beyond that the caller is told to come back.
const (
	hashesAtOnce = 2
	hashesQueued = 64
)

// hasher hashes and verifies passwords, a few at a time.
type hasher struct {
	params Params
	dummy  phc // what an unknown login is compared with
	slots  chan struct{}
	queue  chan struct{}
	ran    *atomic.Uint64 // hashes computed for an attempt: what an attack can make the box work
}

func newHasher(p Params) *hasher {
	if p == (Params{}) {
		p = DefaultParams
	}
	h := &hasher{params: p, ran: new(atomic.Uint64), slots: make(chan struct{}, hashesAtOnce), queue: make(chan struct{}, hashesAtOnce+hashesQueued)}
	// Made without hashing: nothing is ever meant to match it.
	h.dummy = phc{params: p, salt: make([]byte, saltBytes), hash: make([]byte, hashBytes)}
	return h
}

// enter waits for a slot. It fails with Unavailable, code "busy", where the
// queue is full, and with ctx's error where the caller has gone.
func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return nil, store.Fail(store.Unavailable, "busy")
	}
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots; <-h.queue }, nil
	case <-ctx.Done():
		<-h.queue
		return nil, ctx.Err()
	}
}

// hash returns the PHC string of a password that policy has accepted.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return newPHC(passwordBytes(password), h.params).String(), nil
}

// verify tells whether password belongs to stored, and, where it does and its
// costs are not today's, returns the hash that should replace it. An empty or
// unreadable stored hash never matches and takes as long as one that could.
func (h *hasher) verify(ctx context.Context, stored, password string) (ok bool, replace string, err error) {
	want, perr := parsePHC(stored)
	if perr != nil {
		want = h.dummy
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return false, "", err
	}
	defer leave()
	h.ran.Add(1)
	if !want.matches(passwordBytes(password)) || perr != nil {
		return false, "", nil
	}
	if want.params != h.params {
		replace = newPHC(passwordBytes(password), h.params).String()
	}
	return true, replace, nil
}

// passwordBytes brings an accent typed as one or as two characters to the same
// bytes (RFC 8265, section 4.2: NFC). Nothing else is changed or trimmed.
func passwordBytes(password string) []byte { return norm.NFC.AppendString(nil, password) }

// cleanLogin is the login as it is stored and looked up.
func cleanLogin(login string) string { return norm.NFC.String(strings.TrimSpace(login)) }
