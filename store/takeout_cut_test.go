package store

import (
	"errors"
	"path/filepath"
	"testing"

	"coffre/chain"
)

// TestCutTakeout: an export that a kill has cut says so after the next opening, in
// the journal too; one that ended, and those of others, stay as they are.
func TestCutTakeout(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := newRoot(t, dir, nil)
	if _, err := r.CreateTenant(t.Context(), System("test"), NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	begin := func(scope string) Takeout {
		t.Helper()
		rec, err := tn.BeginTakeout(t.Context(), Operator("x"), TakeoutRequest{Scope: scope, Recipients: []string{"age1x"}})
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	whole, own, done := begin(TakeoutFirm), begin(TakeoutOwn), begin(TakeoutFirm)
	done.SHA256, done.Bytes = "ab", 7
	if err := tn.EndTakeout(t.Context(), Operator("x").Actor, done, ""); err != nil {
		t.Fatal(err)
	}
	release()
	if err := r.Close(); err != nil { // as a kill leaves it: nothing ends a takeout here
		t.Fatal(err)
	}
	for range 2 { // a second opening enters nothing again
		r = newRoot(t, dir, nil)
		if tn, release, err = r.Acquire("acme"); err != nil {
			t.Fatal(err)
		}
		err = tn.View(func(v *View) error {
			for id, want := range map[string][2]string{whole.ID: {BackupFailed, "export-cut"}, own.ID: {BackupFailed, "export-cut"}, done.ID: {BackupDone, ""}} {
				all, err := v.Takeouts("")
				if err != nil {
					return err
				}
				for _, rec := range all {
					if rec.ID == id && ([2]string{rec.State, rec.Code} != want || rec.Ended.IsZero()) {
						t.Errorf("%s: %s %q, want %v", id, rec.State, rec.Code, want)
					}
				}
			}
			entries, _, err := v.Journal(JournalFilter{Class: "tenant", Outcome: chain.Failed, Limit: 10})
			if len(entries) != 2 {
				t.Errorf("%d entries of cut exports", len(entries))
			}
			return err
		})
		release()
		if err := errors.Join(err, r.Close()); err != nil || t.Failed() {
			t.Fatal(err)
		}
	}
}
