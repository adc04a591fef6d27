package store

import (
	"context"
	"encoding/json"
	"time"

	"coffre/chain"
)

// The bucket "canaries" holds what came of the checks that retrieval respects
// rights: one CanaryRun each, by the number of its entry rights.check, the
// newest canariesKept of them.

const (
	canariesKept = 60
	canaryFaults = 50 // kept of a run
)

// What a canary found wrong.
const (
	CanaryLeakIndex = "leak-index" // the index offered a passage that may not be read
	CanaryLeakStore = "leak-store" // a search returned one
	CanaryMiss      = "miss"       // a passage that may be read was not found
)

// CanaryFault is one thing that was wrong. It names nobody and no document.
type CanaryFault struct {
	Kind       string `json:"kind"`
	Subject    string `json:"subject"`    // "everyone", "group:ID" or "user:ID": whose rights it was put with
	Collection string `json:"collection"` // id, of the passage that came or did not
}

// CanaryRun is one check. Its texts are of the firm's own documents, and none is
// kept.
type CanaryRun struct {
	Seq     uint64        `json:"seq"`
	At      time.Time     `json:"at"`
	Took    time.Duration `json:"took"`
	Actor   string        `json:"actor"` // kind of who started it: "system" at night
	Groups  int           `json:"groups"`
	People  int           `json:"people"`
	Denied  int           `json:"denied"`  // questions for a text that may not be read
	Allowed int           `json:"allowed"` // questions for a text that may be read
	Meaning int           `json:"meaning"` // of both, those put to the vectors too
	Leaks   int           `json:"leaks"`
	Misses  int           `json:"misses"`
	Faults  []CanaryFault `json:"faults,omitempty"` // the first 50
}

// OK tells whether retrieval respected every right that was tried.
func (r CanaryRun) OK() bool { return r.Leaks == 0 && r.Misses == 0 }

var canaries = table[CanaryRun]("canaries")

// CanaryRuns returns the checks that are kept, oldest first.
func (v *View) CanaryRuns() (out []CanaryRun, err error) { return canaries.all(v) }

// LastCanary returns the newest check, of time zero where there was none.
func (v *View) LastCanary() (r CanaryRun, err error) {
	_, b := v.tx.Bucket([]byte(canaries)).Cursor().Last()
	if b == nil {
		return r, nil
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, canaries.damaged(err)
	}
	return r, nil
}

// CanaryDue tells whether the nightly check of rights is due: between two and
// four o'clock, at another minute than the chain's.
func (t *Tenant) CanaryDue(now time.Time) (bool, error) {
	last := t.made()
	err := t.View(func(v *View) error {
		r, err := v.LastCanary()
		if !r.At.IsZero() {
			last = r.At
		}
		return err
	})
	return last.Before(nightOf(t.ID+" rights", now)), err
}

// made is when the tenant began.
func (t *Tenant) made() time.Time {
	at, _ := time.Parse(time.RFC3339, t.Customer.CreatedAt)
	return at
}

// CheckRights puts texts of documents as questions with the rights of every
// group and of some people, through the words, the vectors and a whole search,
// and enters what came of it as rights.check. Nothing is added to anybody's
// documents. Errors: Unavailable "index-unavailable", and those of Update.
func (t *Tenant) CheckRights(ctx context.Context, by Actor) (CanaryRun, error) {
	return t.checkRights(ctx, by, t.Search)
}

func (t *Tenant) checkRights(ctx context.Context, by Actor, search searcher) (CanaryRun, error) {
	c := &canaryCheck{t: t, search: search, run: CanaryRun{At: t.now().UTC(), Actor: by.Kind}}
	begun := time.Now()
	if err := t.readyToSearch(ctx); err != nil {
		return c.run, err
	}
	if err := c.all(ctx); err != nil {
		return c.run, err
	}
	c.run.Took = time.Since(begun)
	r := c.run
	ev := chain.Event{Action: chain.RightsCheck, Detail: chain.Detail{
		"groups": r.Groups, "people": r.People, "denied": r.Denied, "allowed": r.Allowed, "meaning": r.Meaning,
		"leaks": r.Leaks, "misses": r.Misses, "result": r.OK(),
	}}
	seq, err := t.Update(ctx, by, ev, func(tx *Tx) error { r.Seq = tx.Seq; return tx.KeepCanary(r) })
	r.Seq = seq
	if err == nil && !r.OK() {
		t.log.Error("retrieval does not respect rights", "tenant", t.ID, "leaks", r.Leaks, "misses", r.Misses, "entry", seq)
	}
	return r, err
}

// KeepCanary keeps a run and forgets the oldest.
func (tx *Tx) KeepCanary(r CanaryRun) error {
	all, err := tx.CanaryRuns()
	if err != nil {
		return err
	}
	for len(all) >= canariesKept {
		if err := canaries.delete(tx, u64(all[0].Seq)); err != nil {
			return err
		}
		all = all[1:]
	}
	return canaries.put(tx, u64(r.Seq), r)
}
