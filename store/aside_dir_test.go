package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// zeroed fails unless a file that was linked elsewhere before it was removed holds
// nothing but zeros.
func zeroed(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || len(b) == 0 || len(bytes.Trim(b, "\x00")) > 0 {
		t.Errorf("%d bytes that are no zeros, of %d; %v", len(bytes.Trim(b, "\x00")), len(b), err)
	}
}

// TestAsideRemoved: an opening removes what a kill left of a backup that was read,
// its keys under zeros, whatever the data directory is called.
func TestAsideRemoved(t *testing.T) {
	dir, key := filepath.Join(t.TempDir(), "the box [1]"), filepath.Join(t.TempDir(), "key")
	if err := newRoot(t, dir, nil).Close(); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, scratchPrefix+"1")
	master := MasterPath(filepath.Join(left, "data"))
	if err := errors.Join(os.MkdirAll(filepath.Dir(master), 0o700), os.WriteFile(master, []byte("AGE-SECRET-KEY"), 0o600), os.Link(master, key)); err != nil {
		t.Fatal(err)
	}
	r := newRoot(t, dir, nil)
	t.Cleanup(func() { r.Close() })
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Error("left in clear:", err)
	}
	zeroed(t, key)
}

// TestAsideKeys: the master identity of a backup that is read ends under zeros.
func TestAsideKeys(t *testing.T) {
	k := newKept(t)
	q := k.part(k.backup(t))
	for name, read := range map[string]func(PartRequest) error{
		"look": func(q PartRequest) error { _, err := k.root.LookIntoBackup(t.Context(), k.Tenant, q); return err },
		"open": func(q PartRequest) error {
			p, _, err := k.root.OpenPart(t.Context(), k.Tenant, q)
			t.Cleanup(p.Close)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			key := filepath.Join(t.TempDir(), "key")
			q.Progress = func(stage string, done, _ int64) {
				if stage != StageVerify || done > 0 {
					return
				}
				all, err := filepath.Glob(filepath.Join(k.root.Dir, scratchPrefix+"*", "keys", "master.age"))
				if err != nil || len(all) != 1 || os.Link(all[0], key) != nil {
					t.Error("the master identity of then:", all, err)
				}
			}
			if err := read(q); err != nil {
				t.Fatal(err)
			}
			zeroed(t, key)
		})
	}
}
