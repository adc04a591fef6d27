package store

import (
	"encoding/json"
	"fmt"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// migrations[n] leads a database of format n to n+1. Each runs with all the
// others in one transaction, so that a database is never between formats. Buckets
// that are new in a format are made after the last step.
var migrations = map[int]func(*bolt.Tx) error{
	// Format 2 has buckets for what an audit chain needs besides its entries.
	1: func(*bolt.Tx) error { return nil },
	// Format 3 has buckets for question lists with their runs, and for the boxes that this one witnesses.
	2: func(*bolt.Tx) error { return nil },
	// Format 4 has buckets for credentials, and for the ways out that people opened or closed.
	3: func(*bolt.Tx) error { return nil },
	// Format 5 has buckets for who somebody is elsewhere, second factors, elevations, one-time links and trials of rights.
	4: func(*bolt.Tx) error { return nil },
	// Format 6 has buckets for backups that were made, trial restores, and alerts that were raised.
	5: func(*bolt.Tx) error { return nil },
	// Format 7 has the newest checkpoint in a bucket of its own.
	6: moveCheckpoint,
	// Format 8 has buckets for scheduled copies, mails that wait, whole exports, and updates.
	7: func(*bolt.Tx) error { return nil },
}

// migrate brings a database to today's Format, and refuses one from a newer
// coffre: code "format-newer".
func migrate(db *bolt.DB) error {
	var f Facts
	err := db.View(func(tx *bolt.Tx) (err error) {
		f, err = readFacts(tx)
		return err
	})
	if err != nil {
		return Fail(Corrupt, "damaged", "path", db.Path()).Because(err)
	}
	if f.Format > Format {
		return Fail(Unavailable, "format-newer", "format", strconv.Itoa(f.Format))
	}
	if f.Format == Format {
		return nil // nothing is written to a database that is only opened
	}
	return db.Update(func(tx *bolt.Tx) error {
		for ; f.Format < Format; f.Format++ {
			step := migrations[f.Format]
			if step == nil {
				return Fail(Corrupt, "damaged", "path", db.Path())
			}
			if err := step(tx); err != nil {
				return fmt.Errorf("migrate from format %d: %w", f.Format, err)
			}
		}
		b, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("encode facts: %w", err)
		}
		if err := tx.Bucket([]byte("meta")).Put(keyFacts, b); err != nil {
			return fmt.Errorf("put facts: %w", err)
		}
		return makeBuckets(tx)
	})
}
