package store

import (
	"errors"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// db is the open database. Compaction replaces it between two commits, so it is
// asked for anew each time and kept by nobody.
func (t *Tenant) db() *bolt.DB { return t.file.Load() }

// read calls fn with a read transaction of the database as it is now.
func (t *Tenant) read(fn func(*bolt.Tx) error) error {
	for {
		db := t.db()
		err := db.View(fn)
		if errors.Is(err, bolterrors.ErrDatabaseNotOpen) && t.db() != db {
			continue // replaced between the two lines above
		}
		return err
	}
}

// killPoint is where a test of a kill stops the process; nothing else uses it.
var killPoint = func(string) {}
