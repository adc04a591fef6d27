package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

var checkpoints = table[SignedCheckpoint]("checkpoints")

// KeepCheckpoint has the checkpoint of this very commit kept for ever, for one
// of the Kept reasons: what leaves the box with an export, a backup or for a
// witness can then be held against the box's own history.
func (tx *Tx) KeepCheckpoint(why string) { tx.keep = why }

// KeepEarlierCheckpoint keeps a checkpoint that Checkpoint returned before this
// commit, as KeepCheckpoint does this commit's.
func (tx *Tx) KeepEarlierCheckpoint(c SignedCheckpoint, why string) error {
	if _, err := checkpoints.get(&tx.View, u64(c.Size)); err == nil {
		return nil
	}
	c.Why = why
	tx.kept = true
	return checkpoints.put(tx, u64(c.Size), c)
}

// Checkpoint returns the newest checkpoint of the snapshot that v reads.
func (v *View) Checkpoint() (SignedCheckpoint, error) { return v.checkpoint() }

// CheckpointHistory lists the checkpoints that are kept and are smaller than
// before (0: all), newest first, at most limit of them (0 means 100); next is
// the before of the following page, 0 at the end.
func (v *View) CheckpointHistory(before uint64, limit int) (out []SignedCheckpoint, next uint64, err error) {
	if limit <= 0 || limit > 1000 {
		limit = 100
	}
	c := v.tx.Bucket([]byte(checkpoints)).Cursor()
	for k, b := seekBefore(c, before); k != nil; k, b = c.Prev() {
		if len(out) == limit {
			return out, out[limit-1].Size, nil
		}
		var rec SignedCheckpoint
		if err := json.Unmarshal(b, &rec); err != nil {
			return nil, 0, checkpoints.damaged(err)
		}
		out = append(out, rec)
	}
	return out, 0, nil
}

// seekBefore stands on the last key below before, or the last of all.
func seekBefore(c *bolt.Cursor, before uint64) (key, value []byte) {
	if before == 0 {
		return c.Last()
	}
	if k, _ := c.Seek(u64(before)); k == nil {
		return c.Last()
	}
	return c.Prev()
}

// checkpointOf returns the kept checkpoint of the commit that holds an entry
// whose commit was told to keep it.
func (v *View) checkpointOf(seq uint64) (SignedCheckpoint, error) {
	var rec SignedCheckpoint
	k, b := v.tx.Bucket([]byte(checkpoints)).Cursor().Seek(u64(seq))
	if k == nil {
		return rec, errNotFound
	}
	if err := json.Unmarshal(b, &rec); err != nil {
		return rec, checkpoints.damaged(err)
	}
	return rec, nil
}

// closedBefore returns the size at which the last segment ends that is closed
// by a checkpoint smaller than before (0: any), 0 if there is none.
func (v *View) closedBefore(before uint64) (uint64, error) {
	c := v.tx.Bucket([]byte(checkpoints)).Cursor()
	for k, b := seekBefore(c, before); k != nil; k, b = c.Prev() {
		var rec SignedCheckpoint
		if err := json.Unmarshal(b, &rec); err != nil {
			return 0, checkpoints.damaged(err)
		}
		if rec.Closes {
			return rec.Size, nil
		}
	}
	return 0, nil
}

// thinCheckpoints runs when a day has ended: of the days before the newest
// keptDays it leaves the last checkpoint and those that were kept for more than
// their hour. It looks at a week of such days, since each day's end runs it.
func thinCheckpoints(history *bolt.Bucket) error {
	var gone [][]byte
	c := history.Cursor()
	days, day := 0, ""
	for k, b := c.Last(); k != nil && days <= keptDays+7; k, b = c.Prev() {
		var rec SignedCheckpoint
		if err := json.Unmarshal(b, &rec); err != nil {
			return checkpoints.damaged(err)
		}
		if d := rec.Time.UTC().Format("2006-01-02"); d != day {
			days, day = days+1, d
			continue // the last of its day
		}
		if days > keptDays && (rec.Why == KeptHour || rec.Why == "") {
			gone = append(gone, binary.BigEndian.AppendUint64(nil, rec.Size))
		}
	}
	for _, k := range gone {
		if err := history.Delete(k); err != nil {
			return fmt.Errorf("thin checkpoints: %w", err)
		}
	}
	return nil
}
