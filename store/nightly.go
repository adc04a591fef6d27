package store

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"coffre/chain"
)

// Nightly is the result of the last scheduled verification of a chain.
type Nightly struct {
	At         time.Time     `json:"at"` // when it began; zero: there was none yet
	Took       time.Duration `json:"took"`
	Entries    uint64        `json:"entries"`
	OK         bool          `json:"ok"`
	Restored   bool          `json:"restored,omitempty"` // sound, and amber after a restore
	Fault      string        `json:"fault,omitempty"`
	Looks      string        `json:"looks,omitempty"`
	FirstFault uint64        `json:"first_fault,omitempty"`
	Checkpoint string        `json:"checkpoint,omitempty"` // root, base64
	Size       uint64        `json:"size,omitempty"`       // of that checkpoint
	// Witnesses are those trusted that night, and what came of the comparison.
	Witnesses []WitnessStanding `json:"witnesses,omitempty"`
}

var keyNightly = []byte("nightly")

const (
	nightFrom   = 2 * time.Hour // of the day, local time
	nightSpread = 2 * time.Hour // the chains of a box, and boxes of a firm, don't begin together
	nightTick   = time.Minute
	nightAgain  = time.Hour // after a verification that could not be run
)

// nights is what Root keeps of scheduled verifications: a database that is
// damaged may be unable to hold its own verdict.
type nights struct {
	mu    sync.Mutex
	last  map[string]Nightly
	tried map[string]time.Time
}

// nightOf returns the last moment up to now at which a chain was due: between
// two and four o'clock, local time, at another minute each night.
func nightOf(id string, now time.Time) time.Time {
	at := func(day int) time.Time {
		d := time.Date(now.Year(), now.Month(), day, 0, 0, 0, 0, now.Location())
		h := fnv.New32a()
		h.Write([]byte(id + d.Format(time.DateOnly)))
		minutes := time.Duration(h.Sum32()%uint32(nightSpread/time.Minute)) * time.Minute
		// By the clock on the wall, which daylight saving moves at that hour.
		return time.Date(d.Year(), d.Month(), d.Day(), 0, int((nightFrom + minutes).Minutes()), 0, 0, d.Location())
	}
	if due := at(now.Day()); !due.After(now) {
		return due
	}
	return at(now.Day() - 1)
}

// Nightly returns the last scheduled verification of t.
func (r *Root) Nightly(t *Tenant) (n Nightly, err error) {
	r.nights.mu.Lock()
	n, ok := r.nights.last[t.ID]
	r.nights.mu.Unlock()
	if ok {
		return n, nil
	}
	err = t.View(func(v *View) error {
		b := v.getCopy("meta", keyNightly)
		if b == nil {
			return nil
		}
		if err := json.Unmarshal(b, &n); err != nil {
			return Fail(Corrupt, "damaged").Because(fmt.Errorf("decode nightly verification: %w", err))
		}
		return nil
	})
	return n, err
}

// VerifyNightly verifies every chain of the box once a night, the box's own
// included, until ctx ends. A box that was off at night does it soon after its
// start. Each verification is an entry by system/nightly.
func (r *Root) VerifyNightly(ctx context.Context) {
	tick := time.NewTicker(nightTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.verifyDue(ctx)
		}
	}
}

// verifyDue runs the verifications that are due, one after the other.
func (r *Root) verifyDue(ctx context.Context) {
	all, err := r.Tenants()
	if err != nil {
		r.opts.Log.Error("tenants can't be listed", "err", err)
		return
	}
	made, _ := time.Parse(time.RFC3339, r.Box.Customer.CreatedAt)
	r.verifyIfDue(ctx, r.Box, made)
	for _, rec := range all {
		if ctx.Err() != nil {
			return
		}
		t, release, err := r.Acquire(rec.ID)
		if err != nil {
			r.opts.Log.Error("nightly verification: tenant can't be opened", "tenant", rec.ID, "err", err)
			continue
		}
		r.verifyIfDue(ctx, t, rec.Created)
		release()
	}
}

func (r *Root) verifyIfDue(ctx context.Context, t *Tenant, made time.Time) {
	now := r.opts.Now()
	last, err := r.Nightly(t)
	if err != nil {
		r.opts.Log.Error("nightly verification: last result can't be read", "tenant", t.ID, "err", err)
	}
	if last.At.IsZero() {
		last.At = made
	}
	r.nights.mu.Lock()
	tried := r.nights.tried[t.ID]
	r.nights.mu.Unlock()
	if !last.At.Before(nightOf(t.ID, now)) || !tried.IsZero() && now.Sub(tried) < nightAgain {
		return
	}
	if err := r.verifyNow(ctx, t, now); err != nil && ctx.Err() == nil {
		r.opts.Log.Error("nightly verification can't be run", "tenant", t.ID, "err", err)
	}
}

// verifyNow verifies a chain and keeps the result, in memory first.
func (r *Root) verifyNow(ctx context.Context, t *Tenant, now time.Time) error {
	r.nights.mu.Lock()
	if r.nights.tried == nil {
		r.nights.tried, r.nights.last = map[string]time.Time{}, map[string]Nightly{}
	}
	r.nights.tried[t.ID] = now
	r.nights.mu.Unlock()
	begun := time.Now()
	_, _, err := t.verifyThen(ctx, System("nightly"), VerifyRequest{Tenant: t.ID}, "", func(rep chain.Report, witnesses []WitnessStanding) func(*Tx) error {
		n := Nightly{
			At: now, Took: time.Since(begun), Entries: rep.Entries, OK: rep.OK, Restored: rep.OK && len(rep.Restored) > 0,
			Fault: rep.Fault, Looks: rep.Looks, FirstFault: rep.FirstFault, Checkpoint: rep.CheckpointRoot, Size: rep.CheckpointSize,
			Witnesses: witnesses,
		}
		if !n.OK {
			r.opts.Log.Error("nightly verification found a fault", "tenant", t.ID, "fault", n.Fault, "entry", n.FirstFault)
		}
		r.nights.mu.Lock()
		r.nights.last[t.ID] = n
		r.nights.mu.Unlock()
		return func(tx *Tx) error { return table[Nightly]("meta").put(tx, keyNightly, n) }
	})
	return err
}
