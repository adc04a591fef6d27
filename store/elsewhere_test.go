package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// macPages is the size of a memory page on an Apple processor, and so of the
// pages of a database that was made there, in bytes.
const macPages = 16384

// TestPagesOfAMac: a box whose databases have the pages of another machine opens
// here, works, is verified, and is backed up and restored as it is.
func TestPagesOfAMac(t *testing.T) {
	k := newKept(t)
	dir := filepath.Join(t.TempDir(), "data")
	copyBox(t, k.root.Dir, dir)
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".db" {
			err = repaged(path, macPages)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	far := *k
	far.firm = reopen(t, dir)
	far.root = far.firm.root
	if n := far.db().Info().PageSize; n != macPages {
		t.Fatalf("pages of %d bytes", n)
	}
	far.admin, far.open = far.principal(t, k.admin.UserID), k.open
	for range 40 {
		far.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting("ui.language", "en") })
	}
	far.add(t, far.admin, far.open, "far.txt", "La clé du local est chez le gardien.")
	far.verifyLive(t)
	target := filepath.Join(t.TempDir(), "back")
	if _, err := RestoreBackup(t.Context(), far.request(far.backup(t), target)); err != nil {
		t.Fatal(err)
	}
	f := reopen(t, target)
	if err := f.WaitIndexed(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if names := f.search(t, f.principal(t, k.alice.UserID), "gardien"); len(names) != 1 {
		t.Errorf("found: %v", names)
	}
	if err := f.Tenant.Check(); err != nil {
		t.Error(err)
	}
}

// repaged writes a database again with pages of so many bytes.
func repaged(path string, size int) error {
	src, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	dst, err := bolt.Open(path+".far", 0o600, &bolt.Options{PageSize: size})
	if err != nil {
		return errors.Join(err, src.Close())
	}
	if err := errors.Join(bolt.Compact(dst, src, 0), dst.Close(), src.Close()); err != nil {
		return err
	}
	return os.Rename(path+".far", path)
}
