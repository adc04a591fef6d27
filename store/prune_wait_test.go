package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

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
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.putForwardTarget(ForwardTarget{}) })
	if k := f.keepNow(t); k.Pruned == 0 || k.Copies.Waits() {
		t.Errorf("with forwarding off: %+v", k)
	}
	f.verifyLive(t)
}

// waits lists what the chain says of waiting, the newest first.
func (f *firm) waits(t *testing.T) (all []chain.Detail) {
	t.Helper()
	err := f.View(func(v *View) error {
		list, _, err := v.Journal(JournalFilter{Class: "retention"})
		for _, e := range list {
			if e.Action == chain.RetentionWait {
				all = append(all, e.Detail)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestPruneWaitIsNoted: that the cut waits is an entry, once, with the moment
// from which people count; after PruneWaitLong it is said to be long; that it
// waits no more is an entry too, where no cut says so.
func TestPruneWaitIsNoted(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	f.prunes(t, 30)
	f.rotate(t, 2)
	f.archiveTo(t, filepath.Join(t.TempDir(), "gone"))
	f.days(t, c, 31)
	if w := f.copies(t); !w.Waits() || !w.Since.IsZero() || w.First != 1 || w.Due < w.First {
		t.Errorf("before a run: %+v", w)
	}
	begun := c.now()
	for range 3 {
		if k := f.keepNow(t); !k.Copies.Waits() || k.Copies.Since.Before(begun) {
			t.Errorf("a run says %+v", k.Copies)
		}
	}
	if all := f.waits(t); len(all) != 1 || all[0]["waits"] != true || all[0]["archive"] != true || all[0]["forward"] != false || all[0]["first"] != int64(1) {
		t.Errorf("entries %v", all)
	}
	since := f.copies(t).Since
	f.days(t, c, 29)
	if w := f.copies(t); w.Long || !w.Since.Equal(since) {
		t.Errorf("after 29 days: %+v", w)
	}
	f.days(t, c, 1)
	if w := f.copies(t); !w.Long || !w.Since.Equal(since) {
		t.Errorf("after 30 days: %+v", w)
	}
	// The term is longer now: nothing waits, and nothing was cut.
	f.do(t, chain.RetentionUpdate, func(tx *Tx) error { return tx.LengthenRetention(RetentionEntries, 400) })
	if k := f.keepNow(t); k.Copies.Waits() || k.Pruned != 0 {
		t.Errorf("with a longer term: %+v", k)
	}
	if all := f.waits(t); len(all) != 2 || all[0]["waits"] != false {
		t.Errorf("entries %v", all)
	}
	f.verifyLive(t)
}

// TestPruneReleased: two people let the cut go on up to what waited when they
// were asked, and no further; without the second nothing goes.
func TestPruneReleased(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	bea := f.secondAdmin(t, c)
	f.prunes(t, 30)
	f.rotate(t, 2)
	if _, err := f.RequestApproval(t.Context(), f.admin, Approval{Kind: ApproveRelease, Reason: "rien n'attend"}, "", ""); AsError(err).Code != "prune-waits-not" {
		t.Errorf("asked where nothing waits: %v", err)
	}
	f.archiveTo(t, filepath.Join(t.TempDir(), "gone"))
	f.days(t, c, 31)
	f.keepNow(t)
	waited := f.copies(t)
	a := f.ask(t, f.admin, Approval{Kind: ApproveRelease, To: 1 << 40, Forward: true})
	if a.To != waited.Due || !a.Archive || a.Forward {
		t.Errorf("the request takes what the asker says: %+v, waiting %+v", a, waited)
	}
	if k := f.keepNow(t); k.Pruned != 0 {
		t.Error("the cut goes on with one person's word")
	}
	a, err := f.Approve(t.Context(), bea, a.ID, "")
	if err != nil || a.State != ApprovalDone {
		t.Fatalf("%+v %v", a, err)
	}
	f.View(func(v *View) error {
		e, err := v.entry(a.DoneSeq)
		if err != nil || e.Action != chain.RetentionRelease || e.Detail["to"] != int64(a.To) || e.Detail["requested_by"] != f.admin.UserID {
			t.Errorf("its entry: %+v %v", e, err)
		}
		return nil
	})
	if k := f.keepNow(t); k.Pruned == 0 || k.Copies.Waits() {
		t.Errorf("after the approval: %+v", k)
	}
	var cut Pruned
	f.View(func(v *View) (err error) { cut, err = v.Pruned(); return err })
	if cut.To != a.To {
		t.Errorf("cut to %d, approved to %d", cut.To, a.To)
	}
	f.days(t, c, 31)
	if k := f.keepNow(t); k.Pruned != 0 || !k.Copies.Archive || k.Copies.First != a.To+1 {
		t.Errorf("later entries go without their copy: %+v", k)
	}
	f.verifyLive(t)
}

// TestPruneReleaseLate: what is approved when nothing waits any more lets nothing
// go, and says so.
func TestPruneReleaseLate(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	bea := f.secondAdmin(t, c)
	f.prunes(t, 30)
	f.rotate(t, 2)
	target := ForwardTarget{Host: "siem.acme.test", Port: 6514}
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutForwardTarget(target) })
	f.days(t, c, 31)
	a := f.ask(t, f.admin, Approval{Kind: ApproveRelease})
	if !a.Forward || a.Archive {
		t.Errorf("%+v", a)
	}
	newest, _ := f.Head()
	if err := f.MarkForward(t.Context(), target.Name(), ForwardMark{Sent: newest}); err != nil {
		t.Fatal(err)
	}
	a, err := f.Approve(t.Context(), bea, a.ID, "")
	if err != nil || a.State != ApprovalFailed || a.Code != "prune-waits-not" {
		t.Errorf("%+v %v", a, err)
	}
}

// TestPruneReleaseClock: a clock that jumped ahead makes everything look due; that
// can't be let go before the clock is settled.
func TestPruneReleaseClock(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	f.secondAdmin(t, c)
	f.prunes(t, 30)
	f.archiveTo(t, filepath.Join(t.TempDir(), "gone"))
	c.pass(400 * 24 * time.Hour)
	f.rotate(t, 1)
	if _, err := f.RequestApproval(t.Context(), f.admin, Approval{Kind: ApproveRelease, Reason: "tout est vieux"}, "", ""); AsError(err).Code != "clock-doubt" {
		t.Errorf("after a jump of the clock: %v", err)
	}
}
