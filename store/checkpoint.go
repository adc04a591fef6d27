package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// SignedCheckpoint is a note with the time of its last entry.
type SignedCheckpoint struct {
	Time time.Time `json:"time"`
	Size uint64    `json:"size"`
	Note string    `json:"note"`
	// Why says for what it was kept, one of the Kept constants; "" for the newest.
	Why string `json:"why,omitempty"`
	// Closes tells that a segment of entries ends with it (segmentEntries).
	Closes bool `json:"closes,omitempty"`
}

// Why a checkpoint was kept. Those of hours go after keptDays, all others stay.
const (
	KeptHour    = "hour" // the last of its hour
	KeptDay     = "day"  // the last of its day
	KeptKey     = "key"  // signed by two keys
	KeptRestore = "restore"
	KeptSegment = "segment" // closes segmentEntries entries
	KeptExport  = "export"
	KeptBackup  = "backup"
	KeptWitness = "witness"
)

const (
	// segmentEntries closes a segment where no hand-over did before.
	segmentEntries = 1 << 16
	// keptDays is for how many days that have checkpoints each hour's is kept.
	// Days are counted, not measured: a clock that jumps ahead destroys nothing.
	keptDays = 90
)

// keyCheckpoint is the newest one's, alone in its bucket: so small a bucket lies
// inside the page that each commit writes anyway.
var keyCheckpoint = []byte("checkpoint")

// moveCheckpoint leads a database to format 7: before it, the newest checkpoint
// lay in meta.
func moveCheckpoint(tx *bolt.Tx) error {
	meta := tx.Bucket([]byte("meta"))
	b := slices.Clone(meta.Get(keyCheckpoint))
	if b == nil {
		return nil
	}
	newest, err := tx.CreateBucketIfNotExists([]byte("newest"))
	if err != nil {
		return err
	}
	if err := newest.Put(keyCheckpoint, b); err != nil {
		return err
	}
	return meta.Delete(keyCheckpoint)
}

// putCheckpoint stores the newest note, keeps the one before it where it was
// the last of its hour, and this one where the commit says why.
func (t *Tenant) putCheckpoint(btx *bolt.Tx, s *stage) error {
	now, last := SignedCheckpoint{Time: s.head.time, Size: s.head.seq, Note: s.note}, s.head.signed
	s.head.signed = now
	b, _ := json.Marshal(now)
	if err := btx.Bucket([]byte("newest")).Put(keyCheckpoint, b); err != nil {
		return fmt.Errorf("put checkpoint: %w", err)
	}
	if last.Size > 0 && !sameHour(last.Time, now.Time) {
		if last.Why = KeptHour; !sameDay(last.Time, now.Time) {
			last.Why = KeptDay
		}
		if err := s.keepCheckpoint(btx, last); err != nil {
			return err
		}
		if last.Why == KeptDay {
			if err := thinCheckpoints(btx.Bucket([]byte(checkpoints))); err != nil {
				return err
			}
		}
	}
	now.Why = s.keep
	if now.Closes = s.move != nil || s.head.seq-s.head.closed >= segmentEntries; now.Closes {
		s.head.closed = s.head.seq
		if now.Why == "" {
			now.Why = KeptSegment
		}
	}
	if now.Why == "" {
		return nil
	}
	return s.keepCheckpoint(btx, now)
}

// keepCheckpoint puts c among those kept, unless it is there for another reason.
func (s *stage) keepCheckpoint(btx *bolt.Tx, c SignedCheckpoint) error {
	history := btx.Bucket([]byte(checkpoints))
	if history.Get(u64(c.Size)) != nil {
		return nil
	}
	b, _ := json.Marshal(c)
	if err := history.Put(u64(c.Size), b); err != nil {
		return fmt.Errorf("keep checkpoint: %w", err)
	}
	s.kept = true
	return nil
}

func sameHour(a, b time.Time) bool { return a.Truncate(time.Hour).Equal(b.Truncate(time.Hour)) }
func sameDay(a, b time.Time) bool {
	return a.UTC().Format(time.DateOnly) == b.UTC().Format(time.DateOnly)
}

// checkpoint reads the newest.
func (v *View) checkpoint() (SignedCheckpoint, error) {
	var c SignedCheckpoint
	in := v.tx.Bucket([]byte("newest"))
	if in == nil { // of an earlier format, and only looked at
		in = v.tx.Bucket([]byte("meta"))
	}
	b := in.Get(keyCheckpoint)
	if b == nil {
		return c, errNotFound
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, Fail(Corrupt, "damaged").Because(fmt.Errorf("decode checkpoint: %w", err))
	}
	return c, nil
}
