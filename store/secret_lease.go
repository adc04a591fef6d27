package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"coffre/chain"
	"coffre/vault"
)

// RotateGrace is how long a use of a value goes on after it was replaced: long
// enough for an answer that is being written, short of a minute.
const RotateGrace = 30 * time.Second

// Why a running use of a credential is ended.
var (
	ErrCredentialEnded   = errors.New("the credential in use was revoked or has expired")
	ErrCredentialRotated = errors.New("the credential in use was replaced")
)

// CredentialUse says which credential is wanted, and for what.
type CredentialUse struct {
	ID, Purpose string
	Address     string // where the value is about to be sent, a URL
	// Trust is View.CredentialTrust, of when the connection was made ready.
	Trust string
	Tool  string // which part of the box: "llm", "embed", "rerank", "siem"
	For   string // id of the conversation or sync, "" for none
}

// CredentialLease is a use that goes on, such as an answer that is being read or
// a connection. Once the credential is revoked or expires, its context ends; so
// it does RotateGrace after a rotation.
type CredentialLease struct {
	t       *Tenant
	id      string
	version uint64
	ctx     context.Context
	cancel  context.CancelCauseFunc
	scope   vault.CredentialScope
	wrapped atomic.Pointer[[]byte] // the data key
	sealed  []byte
}

// leases are the uses that go on.
type leases struct {
	mu   sync.Mutex
	open map[string]map[*CredentialLease]bool // by credential
	told map[useGroup]time.Time               // uses that have their entry
}

func (s *leases) add(l *CredentialLease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[string]map[*CredentialLease]bool{}
	}
	if s.open[l.id] == nil {
		s.open[l.id] = map[*CredentialLease]bool{}
	}
	s.open[l.id][l] = true
}

func (s *leases) drop(l *CredentialLease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open[l.id], l)
	if len(s.open[l.id]) == 0 {
		delete(s.open, l.id)
	}
}

func (s *leases) count(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open[id])
}

// end ends every use of a credential, now.
func (s *leases) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.open[id] {
		l.cancel(ErrCredentialEnded)
	}
}

// outdate ends, after the grace, the uses of values before a version.
func (s *leases) outdate(id string, version uint64) {
	time.AfterFunc(RotateGrace, func() { s.outdateNow(id, version) })
}

func (s *leases) outdateNow(id string, version uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.open[id] {
		if l.version < version {
			l.cancel(ErrCredentialRotated)
		}
	}
}

// LeaseCredential enters the use in the chain, and returns it; the caller ends it.
// A use for the same as one of the hour before is not entered again. Refusals are
// entered, too: NotFound "secret-unknown"; Denied "secret-revoked",
// "secret-expired", "secret-other-purpose", "secret-address", "secret-trust".
func (t *Tenant) LeaseCredential(ctx context.Context, by Actor, u CredentialUse) (*CredentialLease, error) {
	l := &CredentialLease{t: t, id: u.ID}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	// First, so that a revocation between the reading and here ends it as well.
	t.leases.add(l)
	if err := l.take(ctx, by, u); err != nil {
		l.End()
		return nil, t.refuseUse(ctx, by, u, err)
	}
	return l, nil
}

// take reads the record, with the use's entry where one is due.
func (l *CredentialLease) take(ctx context.Context, by Actor, u CredentialUse) error {
	var c Credential
	read := func(v *View) (err error) {
		if c, err = v.usableCredential(u); err != nil {
			return err
		}
		l.scope, l.version, l.sealed = c.scope(l.t.ID), c.Version, c.Sealed
		rec := v.getCopy("datakeys", dataKeyName(l.scope.Subject()))
		if len(rec) <= keyIDSize {
			return Fail(Corrupt, "secret-sealed")
		}
		rec = rec[keyIDSize:]
		l.wrapped.Store(&rec)
		return nil
	}
	if err := l.t.View(read); err != nil {
		return err
	}
	group := useGroup{u.ID, c.Version, by.ID, u.Tool, u.For, ""}
	if !l.t.leases.known(group, l.t.now()) {
		ev := chain.Event{Action: chain.CredentialRead, Object: chain.Object{Kind: credentialKind, ID: u.ID}, Detail: u.detail()}
		_, err := l.t.Update(ctx, by, ev, func(tx *Tx) error {
			if err := read(&tx.View); err != nil {
				return err
			}
			tx.Event.Detail["version"] = c.Version
			c.Used, c.UsedBy = l.t.now().UTC().Truncate(time.Second), u.Tool
			return credentials.put(tx, []byte(c.ID), c)
		})
		if err != nil {
			return err
		}
		l.t.leases.tell(group, l.t.now())
	}
	if !c.Expires.IsZero() {
		end, cancel := context.WithTimeoutCause(l.ctx, c.Expires.Sub(l.t.now()), ErrCredentialEnded)
		l.ctx = end
		context.AfterFunc(end, cancel)
	}
	return nil
}

// Context ends with the use, and with the credential; context.Cause tells why.
func (l *CredentialLease) Context() context.Context { return l.ctx }

// Open calls fn with the value, which is wiped when fn returns and must not be
// kept. Once the use has ended, it is context.Cause; Corrupt "secret-sealed"
// where the record doesn't open; Root.MasterError while none does; else fn's error.
func (l *CredentialLease) Open(fn func(value []byte) error) error {
	if err := context.Cause(l.ctx); err != nil {
		return err
	}
	s, err := l.t.master.OpenCredential(l.scope, *l.wrapped.Load(), l.sealed)
	if errors.Is(err, vault.ErrWrongKey) {
		if s, err = l.openAgain(); errors.Is(err, ErrCredentialRotated) {
			return err
		}
	}
	if err != nil {
		l.t.log.Error("a credential doesn't open", "tenant", l.t.ID, "credential", l.id, "err", err)
		return l.t.sealedFault(err)
	}
	defer s.Wipe()
	return s.Use(fn)
}

// openAgain opens a value whose data key was wrapped anew since the use began, by
// a new master identity, or by a way back to the one before. Of a value that was
// replaced as well nothing is left: ErrCredentialRotated.
func (l *CredentialLease) openAgain() (vault.Secret, error) {
	var wrapped []byte
	err := l.t.View(func(v *View) error {
		c, err := v.credential(l.id)
		if err != nil {
			return err
		}
		if c.Version != l.version {
			return ErrCredentialRotated
		}
		if wrapped = v.getCopy("datakeys", dataKeyName(l.scope.Subject())); len(wrapped) <= keyIDSize {
			return Fail(Corrupt, "secret-sealed")
		}
		wrapped = wrapped[keyIDSize:]
		return nil
	})
	if err != nil {
		return vault.Secret{}, err
	}
	l.wrapped.Store(&wrapped)
	return l.t.master.OpenCredential(l.scope, wrapped, l.sealed)
}

// End ends the use; calling it again does nothing.
func (l *CredentialLease) End() {
	l.cancel(context.Canceled)
	l.t.leases.drop(l)
}

// UseCredential enters the use of a credential in the chain, opens its value for
// fn, and wipes it when fn returns. fn must not keep value, and stops when its
// context ends, which it does when the credential is revoked. Errors: those of
// LeaseCredential and Open.
func (t *Tenant) UseCredential(ctx context.Context, by Actor, u CredentialUse, fn func(ctx context.Context, value []byte) error) error {
	l, err := t.LeaseCredential(ctx, by, u)
	if err != nil {
		return err
	}
	defer l.End()
	return l.Open(func(value []byte) error { return fn(l.ctx, value) })
}

// Wallet is the use of a tenant's credentials for a part of the box that was
// made from a View and outlives it. Wallets of the same opened tenant are equal.
type Wallet struct{ t *Tenant }

// Wallet is the tenant's.
func (v *View) Wallet() Wallet { return Wallet{v.t} }

// Lease is Tenant.LeaseCredential.
func (w Wallet) Lease(ctx context.Context, by Actor, u CredentialUse) (*CredentialLease, error) {
	return w.t.LeaseCredential(ctx, by, u)
}
