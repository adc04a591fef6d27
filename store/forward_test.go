package store

import (
	"context"
	"testing"
	"time"

	"coffre/chain"
)

func TestForwardMarkIsNoEntry(t *testing.T) {
	f := newFirm(t)
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutForwardTarget(ForwardTarget{Host: "siem.lan", Port: 6514}) })
	before, _ := f.Head()
	at := time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)
	want := ForwardMark{Sent: 7, Note: 7, NoteAt: at, Since: at, Code: "forward-refused", Told: true}
	if err := f.MarkForward(context.Background(), "siem.lan:6514", want); err != nil {
		t.Fatal(err)
	}
	if after, _ := f.Head(); after != before {
		t.Errorf("%d entries became %d", before, after)
	}
	f.do(t, chain.ForwardResume, func(tx *Tx) error { return tx.PutForwardMark("other:1", ForwardMark{Sent: 1}) })
	err := f.View(func(v *View) error {
		to, err := v.ForwardTarget()
		if err != nil || to.Name() != "siem.lan:6514" {
			t.Errorf("target %+v, %v", to, err)
		}
		for name, want := range map[string]ForwardMark{"siem.lan:6514": want, "other:1": {Sent: 1}, "none:1": {}} {
			if m, err := v.ForwardMark(name); err != nil || m != want {
				t.Errorf("%s: %+v, %v", name, m, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.root.Box.MarkForward(context.Background(), "siem.lan:6514", want); err != nil {
		t.Errorf("the box's own chain: %v", err)
	}
}

func TestEntriesAfter(t *testing.T) {
	f := newFirm(t)
	for range 20 {
		f.do(t, chain.ModelList, func(*Tx) error { return nil })
	}
	head, _ := f.Head()
	var got []JournalEntry
	for after := uint64(0); after < head; {
		var some []JournalEntry
		err := f.View(func(v *View) (err error) { some, err = v.EntriesAfter(after, 7, 1000); return err })
		if err != nil || len(some) == 0 || len(some) > 7 {
			t.Fatalf("%d entries, %v", len(some), err)
		}
		got, after = append(got, some...), some[len(some)-1].Seq
	}
	prev, err := f.Customer.Genesis()
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range got {
		if prev = chain.Link(prev, e.Raw); e.Seq != uint64(i+1) || prev != e.Hash {
			t.Fatalf("entry %d is no. %d, or not linked", i, e.Seq)
		}
	}
	if uint64(len(got)) != head {
		t.Errorf("%d of %d entries", len(got), head)
	}
	err = f.View(func(v *View) error {
		some, err := v.EntriesAfter(head, 7, 1000)
		if len(some) != 0 {
			t.Errorf("%d entries after the end", len(some))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
