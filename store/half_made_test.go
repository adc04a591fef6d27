package store

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"coffre/chain"
)

// TestNeverSetUp: a box that was started and stopped before its set-up begins its
// own journal again, with a kit that can be printed; one that anybody has used
// keeps it.
func TestNeverSetUp(t *testing.T) {
	first := func(r *Root) (key string) {
		t.Helper()
		err := r.Box.View(func(v *View) error {
			f, err := v.Facts()
			key = f.FirstKey
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	for name, c := range map[string]struct {
		act   func(r *Root) error
		again bool
	}{
		"nothing": {func(*Root) error { return nil }, true},
		"a start": {func(r *Root) error {
			_, err := r.Box.Record(t.Context(), System("box"), chain.Event{Action: chain.BoxStart})
			return err
		}, true},
		"a new key": {func(r *Root) error { _, err := r.Box.RotateKey(t.Context(), System("keys")); return err }, true},
		"a person": {func(r *Root) error {
			_, err := r.Box.Record(t.Context(), Person("u-1"), chain.Event{Action: chain.BoxStart})
			return err
		}, false},
		"a firm": {func(r *Root) error {
			_, err := r.CreateTenant(t.Context(), System("cli"), NewTenant{ID: "acme", Firm: "Acme"})
			return err
		}, false},
	} {
		dir := t.TempDir()
		r := newRoot(t, dir, nil)
		kit, before := r.TakeBoxKit(), first(r)
		if kit == nil || kit.FirstKey != before {
			t.Fatalf("%s: the first start has no kit", name)
		}
		if err := errors.Join(c.act(r), r.Close()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r = newRoot(t, dir, nil)
		kit, after := r.TakeBoxKit(), first(r)
		if (after != before) != c.again || (kit != nil) != c.again || kit != nil && (kit.FirstKey != after || kit.RecoverySecret == "") {
			t.Errorf("%s: key %s, then %s; kit %v", name, before, after, kit != nil)
		}
		if _, err := os.Stat(unfinished(r.boxPath())); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: what was put aside is still there: %v", name, err)
		}
		(&firm{Tenant: r.Box}).verifyLive(t)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNeverSetUpKilled: a kill while the old database is aside loses nothing that
// counts, and the next start makes the kit.
func TestNeverSetUpKilled(t *testing.T) {
	dir := t.TempDir()
	r := newRoot(t, dir, nil)
	path := r.boxPath()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, unfinished(path)); err != nil {
		t.Fatal(err)
	}
	r = newRoot(t, dir, nil)
	defer r.Close()
	if _, err := os.Stat(unfinished(path)); r.TakeBoxKit() == nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no kit, or the old database is left: %v", err)
	}
}
