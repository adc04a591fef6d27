package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"time"

	"coffre/chain"
)

// PruneWait says for what a cut waits: where the firm has the journal archived or
// forwarded, a payload goes only once its copy is there. A folder or a receiver
// that is gone for good holds the cut up until the firm takes it out of its
// settings, which is an entry, or two people let the cut go on without it
// (ApproveRelease).
type PruneWait struct {
	Archive bool      // the archive folder (SettingWormDir) lacks the next payload
	Forward bool      // so does the receiver of forwarded entries
	First   uint64    // the next payload, which can't go yet
	Due     uint64    // the last one whose time is over, but for what a hold keeps
	Since   time.Time // when a run of retention first found it so; zero before the next run
	Long    bool      // for PruneWaitLong or more: somebody must look at it
}

// PruneWaitLong is from when on people are warned of it.
const PruneWaitLong = 30 * 24 * time.Hour

// Waits tells whether anything is waited for.
func (w PruneWait) Waits() bool { return w.Archive || w.Forward }

// The records of waiting in the bucket "meta".
var (
	keyPruneWait    = []byte("prune_wait")
	keyPruneRelease = []byte("prune_release")
)

// pruneWaits is since when the cut waits at an entry.
type pruneWaits struct {
	First uint64    `json:"first"`
	Since time.Time `json:"since"`
}

// pruneRelease is what two people let go without a copy: entries up to To.
type pruneRelease struct {
	To      uint64 `json:"to"`
	Archive bool   `json:"archive,omitempty"`
	Forward bool   `json:"forward,omitempty"`
	Seq     uint64 `json:"seq"` // of its entry
}

// copied returns up to which entry each copy that the firm has set up is complete,
// or needn't be; all is returned where there is none.
func (v *View) copied() (archive, forward uint64, err error) {
	const all = ^uint64(0)
	archive, forward = all, all
	if dir := v.wormDir(); dir != "" {
		archive = 0
		if k := v.t.worm.Load(); k != nil {
			if s := v.t.WormState(); s.Dir == dir {
				archive = s.Segment
			}
		}
	}
	target, err := v.ForwardTarget()
	if err == nil && target.Host != "" {
		var mark ForwardMark
		mark, err = v.ForwardMark(target.Name())
		forward = mark.Sent
	}
	if err != nil {
		return 0, 0, err
	}
	var r pruneRelease
	if err := v.metaRecord(keyPruneRelease, &r); err != nil {
		return 0, 0, err
	}
	if r.Archive {
		archive = max(archive, r.To)
	}
	if r.Forward {
		forward = max(forward, r.To)
	}
	return archive, forward, nil
}

// metaRecord reads a record of "meta" into out; what is not there leaves it.
func (v *View) metaRecord(key []byte, out any) error {
	b := v.getCopy("meta", key)
	if b == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return Fail(Corrupt, "damaged").Because(fmt.Errorf("decode %s: %w", key, err))
	}
	return nil
}

// pruneWait tells whether the next payload is due and what it waits for.
func (v *View) pruneWait() (w PruneWait, err error) {
	done, err := v.Pruned()
	if err != nil {
		return w, err
	}
	due, err := v.pruneDue(v.t.now(), done.To+1)
	if err != nil || due == 0 {
		return w, err
	}
	archive, forward, err := v.copied()
	if err != nil {
		return w, err
	}
	w = PruneWait{Archive: archive < due, Forward: forward < due, First: due}
	if !w.Waits() {
		return PruneWait{}, nil
	}
	var noted pruneWaits
	if err := v.metaRecord(keyPruneWait, &noted); err != nil {
		return w, err
	}
	if noted.First == w.First {
		w.Since = noted.Since
		w.Long = !w.Since.IsZero() && v.t.now().Sub(w.Since) >= PruneWaitLong
	}
	w.Due, err = v.dueTo(v.t.now(), w.First)
	return w, err
}

// dueTo returns the last entry from first on whose time is over, whatever a hold
// keeps of them. The newest entry never goes.
func (v *View) dueTo(now time.Time, first uint64) (uint64, error) {
	days, ok := v.Retention().PruneDays()
	newest, err := v.checkpoint()
	if err != nil || !ok || newest.Size <= first {
		return first, err
	}
	before := now.AddDate(0, 0, -days)
	n := sort.Search(int(newest.Size-first), func(i int) bool {
		e, eerr := v.entry(first + uint64(i))
		err = errors.Join(err, eerr)
		return eerr != nil || !e.Time.Before(before)
	})
	return first + uint64(max(n, 1)) - 1, err
}

// PruneWait tells for what the cut waits now.
func (t *Tenant) PruneWait() (w PruneWait, err error) {
	err = t.View(func(v *View) (err error) { w, err = v.pruneWait(); return err })
	return w, err
}

// notePruneWait enters that the cut has begun to wait, or waits no more. Where it
// went on, the cut itself is the entry (Tx.prune).
func (t *Tenant) notePruneWait(ctx context.Context) (w PruneWait, err error) {
	if w, err = t.PruneWait(); err != nil {
		return w, err
	}
	changed := false
	err = t.View(func(v *View) (err error) { changed, err = v.waitChanged(w); return err })
	if err != nil || !changed {
		return w, err
	}
	_, err = t.Update(ctx, System("retention"), chain.Event{Action: chain.RetentionWait}, func(tx *Tx) (err error) {
		if w, err = tx.pruneWait(); err != nil {
			return err
		}
		if changed, err := tx.waitChanged(w); err != nil || !changed {
			return errors.Join(err, errNothing)
		}
		d := tx.Event.Detail
		d["waits"] = w.Waits()
		if !w.Waits() {
			return tx.deleteRaw("meta", keyPruneWait)
		}
		w.Since = t.now().UTC()
		d["archive"], d["forward"], d["first"] = w.Archive, w.Forward, w.First
		return tx.putMeta(keyPruneWait, pruneWaits{w.First, w.Since})
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return w, err
}

// waitChanged tells whether what is noted is another wait, or none.
func (v *View) waitChanged(w PruneWait) (bool, error) {
	var noted pruneWaits
	err := v.metaRecord(keyPruneWait, &noted)
	return noted.First != w.First, err // 0 where nothing is noted, or waited for
}

func (tx *Tx) putMeta(key []byte, rec any) error {
	b, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("encode %s: %w", key, err)
	}
	return tx.putRaw("meta", key, b)
}

// releaseOf fills in what a request lets go: what waits at this moment, and no
// later entry. Conflict "prune-waits-not" where nothing waits, "clock-doubt"
// where the clock that says what waits may be wrong.
func (v *View) releaseOf(a Approval) (Approval, error) {
	w, err := v.pruneWait()
	if err == nil && !w.Waits() {
		err = Fail(Conflict, "prune-waits-not")
	}
	if doubt, derr := v.clockDoubt(v.t.now()); err == nil && derr == nil && doubt > 0 {
		err = Fail(Conflict, "clock-doubt")
	} else if err == nil {
		err = derr
	}
	a.To, a.Archive, a.Forward = w.Due, w.Archive, w.Forward
	return a, err
}

// release lets the cut go on up to where the request says, without the copies
// that it names.
func (tx *Tx) release(a Approval) error {
	if _, err := tx.releaseOf(a); err != nil {
		return err
	}
	d := tx.Event.Detail
	d["to"], d["archive"], d["forward"] = a.To, a.Archive, a.Forward
	return tx.putMeta(keyPruneRelease, pruneRelease{To: a.To, Archive: a.Archive, Forward: a.Forward, Seq: tx.Seq})
}
