package store

import (
	"os"
	"path/filepath"
	"testing"

	"coffre/chain"
)

// oldFirm makes a firm whose first entries have had their time.
func oldFirm(t *testing.T) *firm {
	t.Helper()
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	f.prunes(t, 30)
	f.rotate(t, 2)
	f.said(t, f.alice, "une question ancienne")
	f.days(t, c, 31)
	return f
}

func (f *firm) copies(t *testing.T) PruneWait {
	t.Helper()
	s, err := f.KeptState()
	if err != nil {
		t.Fatal(err)
	}
	return s.Copies
}

// TestPruneWaitsForArchive: what the firm has archived isn't cut before its copy
// is there, a restart forgets nothing, and without the folder the cut goes on.
func TestPruneWaitsForArchive(t *testing.T) {
	f := oldFirm(t)
	dir := filepath.Join(t.TempDir(), "not-mounted-yet")
	f.archiveTo(t, dir)
	if k := f.keepNow(t); k.Pruned != 0 || !k.Copies.Archive || k.Copies.Forward || !k.Copies.Waits() {
		t.Errorf("with a folder that is not there: %+v", k)
	}
	if w := f.copies(t); !w.Archive || w.Forward {
		t.Errorf("the state says %+v", w)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	// The folder gets what is closed; the cut goes as far and no further.
	s := f.archived(t)
	k := f.keepNow(t)
	var cut Pruned
	f.View(func(v *View) (err error) { cut, err = v.Pruned(); return err })
	if k.Pruned == 0 || cut.To > s.Segment {
		t.Errorf("pruned to %d, archived to %d: %+v", cut.To, s.Segment, k)
	}
	f.archiveTo(t, "")
	if k := f.keepNow(t); k.Copies.Waits() {
		t.Errorf("without a folder: %+v", k)
	}
	if f.copies(t).Waits() {
		t.Error("without a folder something is waited for")
	}
	f.verifyLive(t)
}

// TestPruneWaitsForForwarding likewise, by the receiver's position.
func TestPruneWaitsForForwarding(t *testing.T) {
	f := oldFirm(t)
	target := ForwardTarget{Host: "siem.acme.test", Port: 6514}
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutForwardTarget(target) })
	if k := f.keepNow(t); k.Pruned != 0 || !k.Copies.Forward || k.Copies.Archive {
		t.Errorf("with nothing sent: %+v", k)
	}
	const sent = 3
	if err := f.MarkForward(t.Context(), target.Name(), ForwardMark{Sent: sent}); err != nil {
		t.Fatal(err)
	}
	if k := f.keepNow(t); k.Pruned != sent || !k.Copies.Forward {
		t.Errorf("with %d sent: %+v", sent, k)
	}
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutForwardTarget(ForwardTarget{}) })
	if k := f.keepNow(t); k.Pruned == 0 || k.Copies.Waits() {
		t.Errorf("with forwarding off: %+v", k)
	}
	f.verifyLive(t)
}
