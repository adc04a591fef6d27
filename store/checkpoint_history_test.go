package store

import (
	"errors"
	"testing"
	"time"

	"coffre/chain"
)

// TestCheckpointHistory: hours are kept for 90 days that have any, days and what
// left the box for ever; a clock that jumps ahead for years destroys nothing.
func TestCheckpointHistory(t *testing.T) {
	c := &clock{at: time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC)}
	f := newFirmAt(t, t.TempDir(), c.now)
	var exported uint64
	const days, hours = 97, 3
	for day := range days {
		for hour := range hours {
			f.do(t, chain.BoxStart, func(tx *Tx) error {
				if day == 2 && hour == 0 {
					tx.KeepCheckpoint(KeptExport)
					exported = tx.Seq
				}
				return nil
			})
			c.pass(time.Hour)
		}
		c.pass(24*time.Hour - hours*time.Hour)
	}
	c.set(3 * 365 * 24 * time.Hour)
	f.do(t, chain.BoxStart, func(*Tx) error { return nil })
	all := f.kept(t)
	perDay, newest := map[string]int{}, all[0].Size+1
	for _, k := range all {
		if k.Size >= newest {
			t.Errorf("%d after %d", k.Size, newest)
		}
		newest = k.Size
		perDay[k.Time.Format(time.DateOnly)]++
		if cp := parsed(t, k.Note); cp.Size != k.Size {
			t.Errorf("checkpoint of size %d kept as %d", cp.Size, k.Size)
		}
	}
	for day := range days {
		want := hours
		if day < days-keptDays {
			want = 1
		}
		if day == 2 {
			want++ // the exported one
		}
		date := time.Date(2026, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		if perDay[date] != want && !(day >= days-keptDays-1 && day <= days-keptDays) {
			t.Errorf("day %d (%s): %d checkpoints, want %d", day, date, perDay[date], want)
		}
	}
	err := f.View(func(v *View) error {
		got, err := v.checkpointOf(exported)
		if err != nil || got.Size != exported || got.Why != KeptExport {
			t.Errorf("exported: %+v %v", got, err)
		}
		var paged []SignedCheckpoint
		for before := uint64(0); ; {
			page, next, err := v.CheckpointHistory(before, 7)
			if err != nil {
				return err
			}
			if paged = append(paged, page...); next == 0 {
				break
			}
			before = next
		}
		if len(paged) != len(all) {
			t.Errorf("%d in pages, %d at once", len(paged), len(all))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestKeptCheckpoints: what an act keeps is what its commit signed, and an
// earlier one can be kept by a later act.
func TestKeptCheckpoints(t *testing.T) {
	f := newFirm(t)
	seq := f.do(t, chain.BackupCreate, func(tx *Tx) error { tx.KeepCheckpoint(KeptBackup); return nil })
	_, note := f.Head()
	var early SignedCheckpoint
	f.View(func(v *View) (err error) { early, err = v.Checkpoint(); return err })
	if early.Size != seq || early.Note != note {
		t.Errorf("%+v, head %d", early, seq)
	}
	f.do(t, chain.BoxStart, func(*Tx) error { return nil })
	var middle SignedCheckpoint
	f.View(func(v *View) (err error) { middle, err = v.Checkpoint(); return err })
	f.do(t, chain.AuditExport, func(tx *Tx) error {
		if err := tx.KeepEarlierCheckpoint(early, KeptExport); err != nil {
			return err
		}
		return tx.KeepEarlierCheckpoint(middle, KeptWitness)
	})
	all := f.kept(t)
	if len(all) != 2 || all[0].Why != KeptWitness || all[0].Size != middle.Size || all[1].Why != KeptBackup || all[1].Note != note {
		t.Errorf("%+v", all)
	}
}

// TestSegmentCloses: so many entries after the last closed segment, the commit's
// checkpoint closes the next.
func TestSegmentCloses(t *testing.T) {
	f := newFirm(t)
	f.rotate(t, 1)
	closed := f.kept(t)[0].Size
	undone := errors.New("undone")
	for size, want := range map[uint64]bool{
		closed + segmentEntries - 1: false, closed + segmentEntries: true, closed + 3*segmentEntries: true,
	} {
		err := f.db().Update(func(btx *boltTx) error {
			s := stage{head: head{seq: size, closed: closed, time: f.now()}, note: "x"}
			if err := f.putCheckpoint(btx, &s); err != nil {
				return err
			}
			if s.kept != want || want != (s.head.closed == size) {
				t.Errorf("size %d: kept %v, closed %d", size, s.kept, s.head.closed)
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Error(err)
		}
	}
}
