package store

import (
	"os"
	"path/filepath"
	"testing"

	"coffre/chain"
)

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
	first, _ := f.firstKey(t)
	segments, _ := filepath.Glob(filepath.Join(f.home(t, dir), "1", "segment-*.ndjson"))
	held := cut.To
	for _, path := range segments {
		r, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		rep, err := chain.VerifyExport(r, chain.VerifyOptions{FirstKey: first})
		r.Close()
		if err != nil || !rep.Authentic || rep.Pruned != held {
			t.Errorf("%s: %+v %v, want it to begin after %d", filepath.Base(path), rep, err, held)
		}
		held += rep.Entries
	}
	if closed := f.kept(t); held == cut.To || held != closed[0].Size {
		t.Errorf("archived to %d, kept to %d", held, closed[0].Size)
	}
}
