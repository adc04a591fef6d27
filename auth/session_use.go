package auth

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"coffre/store"
)

const (
	usesEvery = time.Minute // how often uses go to disk
	keyGrain  = time.Hour   // the precision of a key's last use
)

// uses are the last uses of sessions and keys: what is not on disk yet, and of
// sessions what came after that. They are bounded by the number of sessions that
// are used within the longest idle time.
type uses struct {
	mu    sync.Mutex
	seen  map[string]time.Time // by token digest
	swept time.Time
	due   map[string]store.Uses // by tenant
	last  map[string]time.Duration
}

func newUses() *uses {
	return &uses{seen: map[string]time.Time{}, due: map[string]store.Uses{}, last: map[string]time.Duration{}}
}

func (u *uses) session(digest string) (time.Time, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	at, ok := u.seen[digest]
	return at, ok
}

func (u *uses) noteSession(tenant, digest string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen[digest] = now
	u.of(tenant).Sessions[digest] = now.Truncate(time.Minute)
	if now.Sub(u.swept) < time.Hour {
		return
	}
	u.swept = now
	maps.DeleteFunc(u.seen, func(_ string, at time.Time) bool { return now.Sub(at) > IdleMost*time.Minute })
}

func (u *uses) noteKey(tenant, id string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.of(tenant).Keys[id] = now.Truncate(keyGrain)
}

// of is called with the lock held.
func (u *uses) of(tenant string) store.Uses {
	d, ok := u.due[tenant]
	if !ok {
		d = store.Uses{Sessions: map[string]time.Time{}, Keys: map[string]time.Time{}}
		u.due[tenant] = d
	}
	return d
}

func (u *uses) forget(tenant, digest string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.seen, digest)
	delete(u.of(tenant).Sessions, digest)
}

// setLasting remembers how long a tenant's sessions last, for their cookies.
func (u *uses) setLasting(tenant string, d time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last[tenant] = d
}

func (u *uses) lasting(tenant string, otherwise time.Duration) time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	if d, ok := u.last[tenant]; ok {
		return d
	}
	return otherwise
}

func (u *uses) take() map[string]store.Uses {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := u.due
	u.due = map[string]store.Uses{}
	return out
}

// keepUses writes last uses to the tenants' databases every minute, and once
// more when the box stops.
func (s *Service) keepUses(ctx context.Context, root *store.Root) {
	tick := time.NewTicker(usesEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
		s.WriteUses(context.WithoutCancel(ctx), root)
	}
}

// WriteUses writes what is due now. What a tenant doesn't take is lost, which
// costs its people some idle time.
func (s *Service) WriteUses(ctx context.Context, root *store.Root) {
	ctx, cancel := context.WithTimeout(ctx, usesEvery)
	defer cancel()
	for tenant, due := range s.uses.take() {
		t, release, err := root.Acquire(tenant)
		if err == nil {
			err = t.MarkUses(ctx, due)
			release()
		}
		if err != nil && !store.IsNotFound(err) && !errors.Is(err, context.DeadlineExceeded) {
			s.log.Warn("last uses not written", "tenant", tenant, "err", err)
		}
	}
}
