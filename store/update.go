package store

import (
	"context"
	"errors"

	"coffre/chain"
)

// Errors of misuse: they are bugs of a caller, never shown to people.
var (
	ErrNoActor = errors.New("update without an actor")
	ErrNoEvent = errors.New("update without an event")
)

// Update is the only way to write. fn's changes and the entry for ev commit in
// one transaction, or neither does. fn runs on the committer's goroutine with
// other acts' changes in the same transaction, touches nothing but its Tx, and
// may run twice: where another act of the same commit fails, the transaction
// rolls back and the rest runs again. Update returns the entry's number once
// the commit is durable.
func (t *Tenant) Update(ctx context.Context, by Actor, ev chain.Event, fn func(*Tx) error) (uint64, error) {
	if err := t.mayEnter(by, ev); err != nil {
		return 0, err
	}
	a := newAct(ctx, by, ev)
	a.fn = fn
	return t.enter(a)
}

// Record writes an entry for an act that changes nothing, such as a read that
// must be traced before anything is shown.
func (t *Tenant) Record(ctx context.Context, by Actor, ev chain.Event) (uint64, error) {
	if err := t.mayEnter(by, ev); err != nil {
		return 0, err
	}
	a := newAct(ctx, by, ev)
	if err := t.arrive(a); err != nil {
		a.free()
		return 0, err
	}
	return t.committer.wait(a)
}

func (t *Tenant) mayEnter(by Actor, ev chain.Event) error {
	if by.Kind == "" || by.ID == "" {
		return ErrNoActor
	}
	if ev.Action == "" {
		return ErrNoEvent
	}
	return t.usable()
}

// enter waits until an act has committed or failed.
func (t *Tenant) enter(a *act) (uint64, error) {
	if err := t.committer.submit(a); err != nil {
		a.free()
		return 0, err
	}
	return t.committer.wait(a)
}

// arrive makes the entry of an act without fn and submits it. The committer is
// told meanwhile that somebody is coming.
func (t *Tenant) arrive(a *act) error {
	c := t.committer
	c.coming.Add(1)
	defer c.came()
	if err := t.prepare(&a.made, a.by, a.ev); err != nil {
		return err
	}
	return c.submit(a)
}
