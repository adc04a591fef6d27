package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// HasData tells whether a directory holds a box, whole or not.
func HasData(dir string) bool {
	if restoring(dir) {
		return true // a kill may have come between its names
	}
	if _, err := os.Stat(filepath.Join(dir, "box.db")); err == nil {
		return true
	}
	return (&Root{Dir: dir}).hasTenants()
}

// hasTenants tells whether there is any tenant's database.
func (r *Root) hasTenants() bool {
	entries, _ := os.ReadDir(filepath.Join(r.Dir, "tenants"))
	for _, e := range entries {
		if _, err := os.Stat(r.tenantPath(e.Name())); err == nil {
			return true
		}
	}
	return false
}

// removeHalfMade deletes what a kill left of a tenant that never reached the
// registry; nobody was told that it exists. A database with more than its first
// entry was somebody's: it stays, and the log says so.
func (r *Root) removeHalfMade() error {
	entries, err := os.ReadDir(filepath.Join(r.Dir, "tenants"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list tenants: %w", err)
	}
	for _, e := range entries {
		_, err := r.Registered(e.Name())
		switch {
		case err == nil || !e.IsDir():
			continue
		case !IsNotFound(err):
			return err
		case !r.halfMade(e.Name()):
			r.opts.Log.Error("a tenant's data is not in the registry; it is left as it is", "tenant", e.Name())
			continue
		}
		r.opts.Log.Warn("removing a half-made tenant", "tenant", e.Name())
		if err := os.RemoveAll(r.tenantDir(e.Name())); err != nil {
			return fmt.Errorf("remove half-made tenant: %w", err)
		}
		os.Remove(signerPath(r.keys(), e.Name()))
		os.Remove(nextSignerPath(r.keys(), e.Name()))
	}
	return nil
}

func (r *Root) halfMade(id string) bool {
	if _, err := os.Stat(r.tenantPath(id)); errors.Is(err, os.ErrNotExist) {
		left, err := os.ReadDir(r.tenantDir(id))
		return err == nil && !slices.ContainsFunc(left, func(e os.DirEntry) bool { return e.Name() != "store.db.new" })
	}
	db, err := openBolt(r.tenantPath(id), r.opts.LockTimeout, false)
	if err != nil {
		return false
	}
	defer closeBolt(db, r.tenantPath(id), true)
	var c SignedCheckpoint
	err = guard(r.tenantPath(id), func() error {
		return db.View(func(tx *boltTx) (err error) {
			c, err = (&View{nil, tx}).checkpoint()
			return err
		})
	})
	return err == nil && c.Size == 1
}

// neverSetUp tells whether the box's own database is of a first start that ended
// before there was a firm: nobody but the box itself has done anything in it, and
// its recovery key was shown to nobody.
func (r *Root) neverSetUp(path string) bool {
	if r.hasTenants() {
		return false
	}
	db, err := openBolt(path, r.opts.LockTimeout, false)
	if err != nil {
		return false
	}
	defer closeBolt(db, path, true)
	alone := true
	err = guard(path, func() error {
		return db.View(func(tx *boltTx) error {
			v := &View{nil, tx}
			all, err := tenants.all(v)
			if err != nil || len(all) > 0 {
				alone = false
				return err
			}
			c := tx.Bucket([]byte("entries")).Cursor()
			for k, b := c.First(); k != nil && alone; k, b = c.Next() {
				e, err := readEntry(bytes.Clone(b))
				alone = err == nil && e.Actor.Kind == "system"
			}
			return nil
		})
	})
	return err == nil && alone
}

// unfinished is where the database of a start without a set-up is put aside until
// another has its name.
func unfinished(boxDB string) string { return boxDB + ".unfinished" }
