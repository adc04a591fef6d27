package store

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"coffre/chain"
)

func TestRights(t *testing.T) {
	f := newFirm(t)
	open := f.add(t, f.alice, f.open, "reglement.txt", "Le préavis de démission est de trois mois.\n\nLes congés se posent en mars.")
	secret := f.add(t, f.alice, f.closed, "fusion.txt", "La fusion avec Norvège Ouest est prévue, le préavis sera court.")

	if got := f.search(t, f.alice, "préavis"); len(got) != 2 {
		t.Errorf("alice finds %v", got)
	}
	for _, p := range []Principal{f.carol, f.admin} {
		if got := f.search(t, p, "préavis fusion"); !slices.Equal(got, []string{"reglement.txt#0"}) {
			t.Errorf("%s finds %v", p.UserID, got)
		}
	}
	f.View(func(v *View) error {
		if _, err := v.Document(f.carol, secret.ID); !IsNotFound(err) {
			t.Errorf("carol opens a secret: %v", err)
		}
		ds, _, err := v.Documents(f.carol, DocumentFilter{})
		if err != nil || len(ds) != 1 || ds[0].ID != open.ID {
			t.Errorf("carol lists %v %v", ds, err)
		}
		got, err := v.Passages(f.carol, []uint32{secret.Versions[0].First, open.Versions[0].First})
		if err != nil || len(got) != 1 || got[0].DocumentID != open.ID {
			t.Errorf("carol reads passages %v %v", got, err)
		}
		return nil
	})

	// A right given or taken holds at the next query and indexes nothing.
	applied := f.follower.index().Applied()
	c := f.closed
	c.Readers = append(c.Readers, "user:"+f.carol.UserID)
	f.do(t, chain.CollectionUpdate, func(tx *Tx) error { return tx.UpdateCollection(c) })
	if got := f.search(t, f.carol, "fusion"); len(got) != 1 {
		t.Errorf("carol, admitted, finds %v", got)
	}
	f.do(t, chain.CollectionUpdate, func(tx *Tx) error { return tx.UpdateCollection(f.closed) })
	if got := f.search(t, f.carol, "fusion"); len(got) != 0 {
		t.Errorf("carol, dismissed, finds %v", got)
	}
	if f.follower.index().Applied() != applied {
		t.Error("a change of rights was indexed")
	}
}

func TestDeleteRestoreReplace(t *testing.T) {
	f := newFirm(t)
	ctx := context.Background()
	d := f.add(t, f.alice, f.open, "note.txt", "Le véhicule est garé au sous-sol.")
	f.do(t, chain.DocumentDelete, func(tx *Tx) error { return tx.DeleteDocument(f.alice, d.ID) })
	if got := f.search(t, f.alice, "véhicule"); len(got) != 0 {
		t.Errorf("deleted, found %v", got)
	}
	again := f.add(t, f.alice, f.open, "note.txt", "Le véhicule est vendu.")
	if again.ID == d.ID {
		t.Error("a file with the name of a deleted one took its place")
	}
	_, err := f.Update(ctx, f.alice.Actor, chain.Event{Action: chain.DocumentRestore}, func(tx *Tx) error { return tx.RestoreDocument(f.alice, d.ID) })
	if AsError(err).Code != "name-taken" {
		t.Errorf("restore over another: %v", err)
	}
	next := f.add(t, f.alice, f.open, "note.txt", "Le véhicule est loué.")
	if next.ID != again.ID || len(next.Versions) != 2 {
		t.Fatalf("second version: %+v", next)
	}
	if got := f.search(t, f.alice, "vendu"); len(got) != 0 {
		t.Errorf("replaced text found: %v", got)
	}
	if got := f.search(t, f.alice, "loué"); len(got) != 1 {
		t.Errorf("new text: %v", got)
	}
	f.View(func(v *View) error {
		old, _ := next.Version(again.Current)
		if text, err := v.VersionText(old); err != nil || text != "Le véhicule est vendu." {
			t.Errorf("old version's text %q %v", text, err)
		}
		return nil
	})
	var added bool
	f.do(t, chain.DocumentAdd, func(tx *Tx) (err error) {
		v := next.Latest()
		_, added, err = tx.AddDocument(f.alice, NewDocument{Collection: f.open.ID, Name: "note.txt", SHA256: v.SHA256, Bytes: v.Bytes})
		return err
	})
	if added {
		t.Error("the same bytes made a version")
	}
}

func TestFailureAndRetry(t *testing.T) {
	f := newFirm(t)
	d, job := f.upload(t, f.alice, f.open, "scan.pdf", "%PDF")
	f.do(t, chain.DocumentFail, func(tx *Tx) error { return tx.FailExtraction(job, "no-text") })
	f.View(func(v *View) error {
		got, err := v.Document(f.alice, d.ID)
		if err != nil || got.Latest().Status != Failed || got.Latest().Code != "no-text" {
			t.Errorf("after failure: %+v %v", got, err)
		}
		return nil
	})
	f.do(t, chain.JobRetry, func(tx *Tx) error { _, err := tx.RetryDocument(f.alice, d.ID); return err })
	f.View(func(v *View) error {
		j, err := v.Job(job.Version)
		if err != nil || j.Failed {
			t.Errorf("after retry: %+v %v", j, err)
		}
		return nil
	})
}

// indexAnew deletes the index and lets it follow from the beginning.
func (f *firm) indexAnew(t *testing.T) {
	t.Helper()
	f.follower.close()
	if err := os.RemoveAll(f.follower.dir()); err != nil {
		t.Fatal(err)
	}
	var err error
	if f.follower, err = openFollower(context.Background(), f.Tenant); err != nil {
		t.Fatal(err)
	}
}

// TestIndexIsDerived: deleting the index loses time, never facts.
func TestIndexIsDerived(t *testing.T) {
	f := newFirm(t)
	f.add(t, f.alice, f.open, "a.txt", strings.Repeat("Un chat dort.\n\n", 30)+"La licorne est bleue.")
	f.add(t, f.alice, f.closed, "b.txt", "La licorne est verte.")
	d := f.add(t, f.alice, f.open, "c.txt", "La licorne est partie.")
	f.do(t, chain.DocumentDelete, func(tx *Tx) error { return tx.DeleteDocument(f.alice, d.ID) })
	want := f.search(t, f.alice, "licorne")
	if len(want) != 2 {
		t.Fatalf("before: %v", want)
	}
	f.indexAnew(t)
	// No wait: a search during the rebuilding waits for it.
	if got := f.search(t, f.alice, "licorne"); len(got) != 2 {
		t.Errorf("after: %v, want %v", got, want)
	}
}

// TestSearchWhileRebuilding: an index that doesn't hold what it must never
// says that there is nothing.
func TestSearchWhileRebuilding(t *testing.T) {
	f := newFirm(t)
	f.add(t, f.alice, f.open, "a.txt", "La licorne est bleue.")
	f.follower.behind = 1 << 40
	_, err := f.Search(context.Background(), f.alice, SearchQuery{Text: "licorne"})
	if AsError(err).Code != "index-unavailable" {
		t.Errorf("search in an index that is behind: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Search(ctx, f.alice, SearchQuery{Text: "licorne"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestQuestionsSurviveAKill(t *testing.T) {
	dir := t.TempDir()
	f := newFirmAt(t, dir, nil)
	ctx := context.Background()
	var m Message
	_, err := f.Update(ctx, f.alice.Actor, chain.Event{Action: chain.QuestionAsk, Private: chain.Detail{"question": "Quel préavis ?"}}, func(tx *Tx) (err error) {
		m, err = tx.PutQuestion(f.alice, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.recover(ctx); err != nil {
		t.Fatal(err)
	}
	f.View(func(v *View) error {
		c, err := v.Conversation(f.alice, m.Conversation)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Conversation(f.carol, m.Conversation); !IsNotFound(err) {
			t.Errorf("carol reads alice's conversation: %v", err)
		}
		ms, err := v.Messages(c)
		if err != nil || len(ms) != 1 || ms[0].Failed != "interrupted" || ms[0].Answer == 0 {
			t.Errorf("messages %+v %v", ms, err)
		}
		p, err := v.Private(ms[0].Question)
		if err != nil || p["question"] != "Quel préavis ?" {
			t.Errorf("private part %v %v", p, err)
		}
		return nil
	})
}
