package store

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// edit changes a database behind the store's back.
func edit(t *testing.T, path string, fn func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(fn); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func newTenant(t *testing.T, r *Root, id string) {
	t.Helper()
	if _, err := r.CreateTenant(context.Background(), System("test"), NewTenant{ID: id, Firm: id}); err != nil {
		t.Fatal(err)
	}
}

func unregister(id string) func(*bolt.Tx) error {
	return func(tx *bolt.Tx) error { return tx.Bucket([]byte("tenants")).Delete([]byte(id)) }
}

// TestHalfMadeTenants: what a kill left of a creation goes at the next start.
// A database that was used is kept, whatever the registry says.
func TestHalfMadeTenants(t *testing.T) {
	dir := t.TempDir()
	r := newRoot(t, dir, nil)
	for _, id := range []string{"acme", "killed", "used"} {
		newTenant(t, r, id)
	}
	used, release, err := r.Acquire("used")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := used.Record(context.Background(), System("test"), chain.Event{Action: chain.BoxStart}); err != nil {
		t.Fatal(err)
	}
	release()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	boxDB := filepath.Join(dir, "box.db")
	edit(t, boxDB, unregister("killed"))
	edit(t, boxDB, unregister("used"))
	for path, content := range map[string]string{
		"tenants/unfinished/store.db.new": "half a page",
		"tenants/damaged/store.db":        "no database at all",
		"tenants/files-only/files/x":      "somebody's original",
		"tenants/.DS_Store":               "Finder's",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	r = newRoot(t, dir, nil)
	defer r.Close()
	for name, kept := range map[string]bool{
		"acme": true, "killed": false, "used": true, "unfinished": false, "damaged": true, "files-only": true, ".DS_Store": true,
	} {
		if _, err := os.Stat(filepath.Join(dir, "tenants", name)); (err == nil) != kept {
			t.Errorf("%s: kept %v, want %v", name, err == nil, kept)
		}
	}
	for _, id := range []string{"used", "damaged"} {
		if _, _, err := r.Acquire(id); !IsNotFound(err) {
			t.Errorf("%s can be acquired: %v", id, err)
		}
		_, err := r.CreateTenant(context.Background(), System("test"), NewTenant{ID: id, Firm: id})
		if AsError(err).Kind != Conflict {
			t.Errorf("%s would be overwritten: %v", id, err)
		}
	}
	newTenant(t, r, "killed") // its name is free again
	if _, release, err := r.Acquire("killed"); err != nil {
		t.Error(err)
	} else {
		release()
	}
}

// TestLostRegistry: without its registry a box with tenants is damaged, not new.
func TestLostRegistry(t *testing.T) {
	dir := t.TempDir()
	r := newRoot(t, dir, nil)
	newTenant(t, r, "acme")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "box.db")); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRoot(dir, Options{}); AsError(err).Kind != Corrupt {
		t.Errorf("opened without a registry: %v", err)
	}
	if _, err := os.Stat(TenantDB(dir, "acme")); err != nil {
		t.Errorf("the tenant went with the registry: %v", err)
	}
	if !HasData(dir) || HasData(t.TempDir()) {
		t.Error("HasData is wrong")
	}
}

// TestFormats: a database of a later coffre is refused as it is; one of a
// format that never was is damaged.
func TestFormats(t *testing.T) {
	for format, want := range map[int]string{Format + 1: "format-newer", 0: "damaged", -1: "damaged"} {
		dir := t.TempDir()
		r := newRoot(t, dir, nil)
		newTenant(t, r, "acme")
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		edit(t, TenantDB(dir, "acme"), func(tx *bolt.Tx) error {
			f, err := readFacts(tx)
			if err != nil {
				return err
			}
			f.Format = format
			b, _ := json.Marshal(f)
			return tx.Bucket([]byte("meta")).Put(keyFacts, b)
		})
		before, err := os.ReadFile(TenantDB(dir, "acme"))
		if err != nil {
			t.Fatal(err)
		}
		r = newRoot(t, dir, nil)
		if _, _, err := r.Acquire("acme"); AsError(err).Code != want {
			t.Errorf("format %d: %v, want %s", format, err, want)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if after, _ := os.ReadFile(TenantDB(dir, "acme")); string(after) != string(before) {
			t.Errorf("format %d: the database was changed", format)
		}
	}
}

// TestMigration: migrations run one after the other in one transaction, and a
// failing one leaves the database as it was.
func TestMigration(t *testing.T) {
	dir := t.TempDir()
	r := newRoot(t, dir, nil)
	newTenant(t, r, "acme")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	setFormat := func(n int) {
		edit(t, TenantDB(dir, "acme"), func(tx *bolt.Tx) error {
			f, err := readFacts(tx)
			f.Format = n
			b, _ := json.Marshal(f)
			tx.Bucket([]byte("meta")).Put(keyFacts, b)
			return err
		})
	}
	defer func(all map[int]func(*bolt.Tx) error) { migrations = all }(migrations)
	var ran []int
	step := func(n int, err error) func(*bolt.Tx) error {
		return func(tx *bolt.Tx) error {
			ran = append(ran, n)
			tx.Bucket([]byte("settings")).Put([]byte("migrated"), []byte(`"yes"`))
			return err
		}
	}
	acquire := func() (string, error) {
		r := newRoot(t, dir, nil)
		defer r.Close()
		tn, release, err := r.Acquire("acme")
		if err != nil {
			return "", err
		}
		defer release()
		var got string
		return got, tn.View(func(v *View) error { got = v.Setting("migrated", ""); return nil })
	}
	setFormat(Format - 2)
	migrations = map[int]func(*bolt.Tx) error{Format - 2: step(1, nil), Format - 1: step(2, os.ErrInvalid)}
	if _, err := acquire(); err == nil {
		t.Error("a failed migration opened the database")
	}
	migrations = map[int]func(*bolt.Tx) error{}
	setFormat(Format)
	if got, err := acquire(); err != nil || got != "" {
		t.Errorf("a failed migration left %q, %v", got, err)
	}
	setFormat(Format - 2)
	ran = nil
	migrations = map[int]func(*bolt.Tx) error{Format - 2: step(1, nil), Format - 1: step(2, nil)}
	if got, err := acquire(); err != nil || got == "" || len(ran) != 2 || ran[0] != 1 {
		t.Errorf("migrations %v, %q, %v", ran, got, err)
	}
}

// TestUnfinishedFiles: what was being received or made when the box died goes
// at the next start; nothing else does.
func TestUnfinishedFiles(t *testing.T) {
	dir := t.TempDir()
	r := newRoot(t, dir, nil)
	newTenant(t, r, "acme")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	tenant := filepath.Dir(TenantDB(dir, "acme"))
	for path, goes := range map[string]bool{
		"files/.incoming-1": true, ".export-2": true, ".verify-3/store.db": true, "files/abc": false, "scratch.db": false,
	} {
		path = filepath.Join(tenant, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if _, err := os.Stat(path); (err != nil) != goes {
				t.Errorf("%s: gone %v, want %v", path, err != nil, goes)
			}
		}()
	}
	r = newRoot(t, dir, nil)
	defer r.Close()
	if _, release, err := r.Acquire("acme"); err != nil {
		t.Error(err)
	} else {
		release()
	}
}
