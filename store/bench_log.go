package store

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// WithLog gives the chain of a database file that nobody writes to fn, as
// verification reads it, for measuring it by itself: in this process, which a
// damaged file can end.
func WithLog(path string, fn func(chain.LogSource) error) error {
	db, err := bolt.Open(path, 0o400, &bolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		return fmt.Errorf("open copy: %w", err)
	}
	defer db.Close()
	return db.View(func(tx *bolt.Tx) error {
		src, err := newLogSource(tx)
		if err != nil {
			return err
		}
		return fn(src)
	})
}
