package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// scratch.db, beside a tenant's store.db, holds what may be lost: counters and
// times that people like to see and that prove nothing. It has no entries, is
// opened for each call, and is begun anew where it can't be read.

func (t *Tenant) scratchPath() string { return filepath.Join(t.dir, "scratch.db") }

// scratchWait is how long a call waits for another one.
const scratchWait = 5 * time.Second

// scratch calls fn with the tenant's scratch database; a missing one is made if
// create says so, else fn isn't called.
func (t *Tenant) scratch(create bool, fn func(*bolt.DB) error) error {
	path := t.scratchPath()
	_, err := os.Stat(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if missing && !create {
		return nil
	}
	db, err := openBolt(path, scratchWait, missing)
	if e := (*Error)(nil); errors.As(err, &e) && e.Kind == Corrupt {
		t.log.Warn("scratch database is begun anew", "tenant", t.ID, "err", err)
		if err = os.Remove(path); err != nil {
			return fmt.Errorf("remove damaged scratch database: %w", err)
		}
		db, err = openBolt(path, scratchWait, true)
	}
	if err != nil {
		return err
	}
	err = guard(path, func() error { return fn(db) })
	closeBolt(db, path, err == nil)
	if errors.Is(err, errUnreadable) {
		os.Remove(path) // the next call begins anew
	}
	return err
}

// PutScratch replaces all that the scratch database has under a kind by values,
// which become JSON. Nobody may count on finding it again.
func (t *Tenant) PutScratch(kind string, values map[string]any) error {
	return t.scratch(true, func(db *bolt.DB) error {
		return db.Update(func(tx *bolt.Tx) error {
			name := []byte(kind)
			if tx.Bucket(name) != nil {
				if err := tx.DeleteBucket(name); err != nil {
					return fmt.Errorf("empty scratch: %w", err)
				}
			}
			b, err := tx.CreateBucket(name)
			if err != nil {
				return fmt.Errorf("make scratch: %w", err)
			}
			for key, v := range values {
				text, err := json.Marshal(v)
				if err == nil {
					err = b.Put([]byte(key), text)
				}
				if err != nil {
					return fmt.Errorf("write scratch: %w", err)
				}
			}
			return nil
		})
	})
}

// EachScratch calls fn with what the scratch database has under a kind, in order
// of keys; text is JSON.
func (t *Tenant) EachScratch(kind string, fn func(key string, text []byte)) error {
	return t.scratch(false, func(db *bolt.DB) error {
		return db.View(func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte(kind))
			if b == nil {
				return nil
			}
			return b.ForEach(func(k, v []byte) error {
				fn(string(k), bytes.Clone(v))
				return nil
			})
		})
	})
}
