package store

import "testing"

// TestWormAfterPruning: a folder that is set late gets what is left, beginning
// inside a segment where the cut lies there, and every file verifies.
func TestWormAfterPruning(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	f.prunes(t, 30)
	f.rotate(t, 2)
	f.said(t, f.alice, "une question ancienne")
	f.days(t, c, 31)
	if k := f.keepNow(t); k.Pruned == 0 {
		t.Fatalf("nothing was pruned: %+v", k)
	}
	f.rotate(t, 2)
	var cut Pruned
	f.View(func(v *View) (err error) { cut, err = v.Pruned(); return err })
	dir := t.TempDir()
	f.archiveTo(t, dir)
	f.archived(t)
	_, others := f.segmentsOf(t, dir, "1")
	if others[0] == 0 {
		t.Error("the first segment after the cut does not carry the hand-overs before it")
	}
	for i, n := range others[1:] {
		if n > 0 {
			t.Errorf("segment %d repeats %d hand-overs", i+2, n)
		}
	}
	rep := f.verifyArchive(t, dir)
	if closed := f.kept(t); !rep.OK || !rep.Authentic || !rep.Amber || rep.Pruned != cut.To || rep.Pruned+rep.Entries != closed[0].Size {
		t.Errorf("%+v, kept to %d", rep, closed[0].Size)
	}
}
