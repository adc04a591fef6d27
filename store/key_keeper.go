package store

import (
	"context"
	"time"
)

// keyTick is how often a keeper looks whether a day has begun.
const keyTick = 20 * time.Second

// keyRetry is how long it waits after a failure.
const keyRetry = 10 * time.Minute

// keyKeeper hands the key over when a UTC day has begun since it was last done.
type keyKeeper struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

func startKeyKeeper(ctx context.Context, t *Tenant) *keyKeeper {
	ctx, cancel := context.WithCancel(ctx)
	k := &keyKeeper{cancel: cancel, ended: make(chan struct{})}
	go k.run(ctx, t)
	return k
}

func (k *keyKeeper) close() {
	k.cancel()
	<-k.ended
}

func (k *keyKeeper) run(ctx context.Context, t *Tenant) {
	defer close(k.ended)
	wait := keyTick
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if wait = keyTick; t.rotateIfDue(ctx) != nil {
			wait = keyRetry
		}
	}
}

// rotateIfDue hands over where the day of the box's clock is another than that
// of the last hand-over, in either direction. Where a hand-over could not be
// ended it is tried again.
func (t *Tenant) rotateIfDue(ctx context.Context) error {
	if t.usable() != nil {
		return nil // who stopped it said so
	}
	var due bool
	err := t.View(func(v *View) error {
		at, err := v.keySince()
		due = !sameDay(at.clock, t.now())
		return err
	})
	t.keys.fail.Lock()
	unfinished := t.keys.err != nil
	t.keys.fail.Unlock()
	switch {
	case err != nil:
		return err
	case due:
		_, err = t.RotateKey(ctx, System("keys"))
		return err
	case unfinished:
		t.keys.mu.Lock()
		defer t.keys.mu.Unlock()
		err := t.tidy()
		t.keys.note(t, err)
		return err
	}
	return nil
}

type since struct{ entry, clock time.Time }

// keySince says since when the key signs: the time of the entry that named it,
// and the box's clock then.
func (v *View) keySince() (since, error) {
	h, moved, err := v.lastHandover()
	if err != nil || moved {
		return since{h.Time, h.Clock}, err
	}
	f, err := v.Facts()
	if err != nil {
		return since{}, err
	}
	at, err := time.Parse(time.RFC3339, f.Customer.CreatedAt)
	if err != nil {
		return since{}, Fail(Corrupt, "damaged").Because(err)
	}
	return since{at, at}, nil
}
