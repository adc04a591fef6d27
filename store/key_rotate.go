package store

import (
	"context"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// RotateKey hands signing over to a new key: an entry audit.key names it, the
// old key and the new one sign the checkpoint that ends with it, and the old
// private key is destroyed. It returns the entry's number, together with an
// error (code "key-file") where the hand-over is done but the old key could not
// be destroyed yet; that is tried again. A kill at any moment leaves the old key
// valid and nothing entered, or the new one.
func (t *Tenant) RotateKey(ctx context.Context, by Actor) (seq uint64, err error) {
	return t.RotateKeyFor(ctx, by, "")
}

// RotateKeyFor is RotateKey on behalf of a request, whose id the entry bears.
func (t *Tenant) RotateKeyFor(ctx context.Context, by Actor, request string) (seq uint64, err error) {
	t.keys.mu.Lock()
	defer t.keys.mu.Unlock()
	defer func() { t.keys.note(t, err) }()
	if err := t.usable(); err != nil {
		return 0, err
	}
	if err := t.tidy(); err != nil {
		return 0, err
	}
	r, err := t.newRotation(ctx, by)
	if err != nil {
		return 0, err
	}
	r.request = request
	for _, step := range r.steps() {
		if err := step(); err != nil && r.seq > 0 {
			return r.seq, t.keyFile(err)
		} else if err != nil {
			// What was written is forgotten at the next turn or opening, once it
			// is certain that no checkpoint bears its signature.
			return 0, err
		}
	}
	return r.seq, nil
}

// rotation is one hand-over, as steps that each leave something whole.
type rotation struct {
	t    *Tenant
	ctx  context.Context
	by   Actor
	next *chain.Signer
	seq  uint64

	request string
}

func (t *Tenant) newRotation(ctx context.Context, by Actor) (*rotation, error) {
	next, err := chain.NewSigner(t.signer.Load().Name())
	if err != nil {
		return nil, err
	}
	return &rotation{t: t, ctx: ctx, by: by, next: next}, nil
}

func (r *rotation) steps() []func() error {
	t := r.t
	return []func() error{
		func() error { return t.keyFile(writeSecret(nextSignerPath(t.keys.dir, t.ID), r.next.Secret())) },
		r.commit,
		t.usable,
		func() error { return overwriteKey(signerPath(t.keys.dir, t.ID)) },
		func() error { return promoteKey(t.keys.dir, t.ID) },
	}
}

func (r *rotation) commit() (err error) {
	ev := chain.KeyEvent(r.next)
	ev.Request = r.request
	a := newAct(r.ctx, r.by, ev)
	a.move = &keyMove{by: r.t.signer.Load(), next: r.next}
	if err := r.t.arrive(a); err != nil {
		a.free()
		return err
	}
	r.seq, err = r.t.committer.wait(a)
	return err
}

// settle commits once more, and nothing, on the goroutine that commits. bbolt keeps its two newest states in
// two header pages: after this neither is older than the hand-over, so that a
// damaged page can't lead back to a state that needs the destroyed key.
func (t *Tenant) settle() error {
	err := guard(t.path, func() error { return t.db().Update(func(*bolt.Tx) error { return nil }) })
	if err != nil {
		t.stop(err)
	}
	return err
}

// tidy brings the key files of a running tenant in line with the key that signs.
func (t *Tenant) tidy() error {
	settled := func() error { return nil } // when the tenant was opened, or by the committer
	return t.keyFile(tidyKeys(t.keys.dir, t.ID, t.signer.Load(), settled))
}

// keyFile turns a failure with the key files into what people are told.
func (t *Tenant) keyFile(err error) error {
	if err == nil || AsError(err).Kind == Corrupt {
		return err
	}
	return Fail(Unavailable, "key-file", "path", signerPath(t.keys.dir, t.ID)).Because(err)
}

// keyDuty is what a tenant knows of its signing key besides the key.
type keyDuty struct {
	dir string // the key directory

	mu   sync.Mutex // held during a hand-over
	fail sync.Mutex
	err  error // of the newest attempt, under fail
}

func (k *keyDuty) note(t *Tenant, err error) {
	if err != nil {
		t.log.Error("the signing key can't be handed over as it should", "tenant", t.ID, "err", err)
	}
	k.fail.Lock()
	k.err = err
	k.fail.Unlock()
}

// KeyState is the signing key of today.
type KeyState struct {
	Key   string    // verifier key
	Since time.Time // of the entry that named it
	Err   *Error    // why the newest attempt to hand over failed, or nil
}

// KeyState returns the key that signs, since when, and whether the last hand-over
// went well.
func (t *Tenant) KeyState() (KeyState, error) {
	s := KeyState{Key: t.signer.Load().Verifier()}
	t.keys.fail.Lock()
	if t.keys.err != nil {
		s.Err = AsError(t.keys.err)
	}
	t.keys.fail.Unlock()
	err := t.View(func(v *View) error {
		at, err := v.keySince()
		s.Since = at.entry
		return err
	})
	return s, err
}
