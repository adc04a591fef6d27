package auth

import (
	"context"
	"sync"
	"time"

	"coffre/auth/ldap"
)

// downFor is for how long nobody asks a directory again that couldn't be reached,
// so that a morning's sign-ins don't wait for it one after the other.
const downFor = 5 * time.Second

// directoriesAtOnce is how many people may be asked for at the same time.
const directoriesAtOnce = 16

// DirectoryStatus is how a firm's directory stands, as this process knows it.
type DirectoryStatus struct {
	Looked  time.Time   // last look that succeeded
	Failing time.Time   // since when none has, zero while they do
	Fault   *ldap.Fault // why, nil while they do
	Held    *SyncReport // a change that waits for an administrator
	Last    *SyncReport // the last look
	Kind    ldap.Kind   // of the last look
	Missing []string    // names in the settings that no group has, or two
}

// directories is what is known of each firm's, in memory.
type directories struct {
	slots chan struct{}

	mu    sync.Mutex
	until map[string]time.Time
	state map[string]DirectoryStatus
	busy  map[string]bool
	next  map[string]time.Time
}

func newDirectories() *directories {
	return &directories{
		slots: make(chan struct{}, directoriesAtOnce), until: map[string]time.Time{},
		state: map[string]DirectoryStatus{}, busy: map[string]bool{}, next: map[string]time.Time{},
	}
}

func (d *directories) enter() (leave func(), ok bool) {
	select {
	case d.slots <- struct{}{}:
		return func() { <-d.slots }, true
	default:
		return nil, false
	}
}

func (d *directories) isDown(tenant string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	until, ok := d.until[tenant]
	return ok && now.Before(until) && until.Sub(now) <= downFor
}

func (d *directories) down(tenant string, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.until[tenant] = now.Add(downFor)
}

func (d *directories) up(tenant string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.until, tenant)
}

func (d *directories) status(tenant string) DirectoryStatus {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state[tenant]
}

func (d *directories) note(tenant string, change func(*DirectoryStatus)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.state[tenant]
	change(&s)
	d.state[tenant] = s
}

// turnFor is how long somebody waits for another look to end.
const turnFor = 15 * time.Second

// begin takes the turn of a firm; false where somebody else keeps it.
func (d *directories) begin(ctx context.Context, tenant string) bool {
	ctx, cancel := context.WithTimeout(ctx, turnFor)
	defer cancel()
	for !d.take(tenant) {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
	return true
}

func (d *directories) take(tenant string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy[tenant] {
		return false
	}
	d.busy[tenant] = true
	return true
}

func (d *directories) end(tenant string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.busy, tenant)
}

// due tells whether a firm's next look is due, and sets the one after it.
func (d *directories) due(tenant string, now time.Time, every time.Duration) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, ok := d.next[tenant]
	if ok && now.Before(at) && at.Sub(now) <= every {
		return false
	}
	d.next[tenant] = now.Add(every)
	return true
}
