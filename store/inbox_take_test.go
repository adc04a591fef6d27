package store

import (
	"strings"
	"testing"

	"coffre/chain"
)

// TestInboxChangedMeanwhile: what a look brings that began before the plan changed is
// refused, and leaves no document where nobody wants it any more.
func TestInboxChangedMeanwhile(t *testing.T) {
	f := newFirm(t)
	was := InboxPlan{Folder: "/srv/scans", Collection: f.open.ID, Keep: InboxMove}
	set := func(p InboxPlan) {
		f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutInboxPlan(p) })
	}
	set(was)
	bring := func(name string) error {
		o, err := f.ReceiveFile(strings.NewReader("Un texte : "+name), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		a := InboxArrival{Plan: was, Path: name, Name: name, Collection: f.open.ID, SHA256: o.SHA256, Bytes: o.Bytes}
		_, refused := f.RefuseInbox(t.Context(), a, "empty")
		_, taken := f.TakeInbox(t.Context(), a)
		if code(refused) != code(taken) {
			t.Errorf("taken: %v, refused: %v", taken, refused)
		}
		return taken
	}
	if err := bring("a.txt"); err != nil {
		t.Fatal(err)
	}
	paused, elsewhere, away := was, was, InboxPlan{Keep: InboxMove}
	paused.Paused = true
	elsewhere.Collection = f.closed.ID
	for _, now := range []InboxPlan{paused, elsewhere, away} {
		set(now)
		if err := bring("b.txt"); code(err) != "inbox-changed" {
			t.Errorf("%+v: %v", now, err)
		}
	}
	set(was)
	if err := bring("c.txt"); err != nil {
		t.Error(err)
	}
	err := f.View(func(v *View) error {
		use, err := v.Usage()
		if use.Documents != 2 {
			t.Errorf("%d documents", use.Documents)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
