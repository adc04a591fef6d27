package store

import (
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// View is a consistent read of a tenant. Nothing read through it is valid as a
// shared slice after it ends; the methods return copies.
type View struct {
	t  *Tenant
	tx *bolt.Tx
}

// Tenant is the id of the tenant that is read.
func (v *View) Tenant() string { return v.t.ID }

// View calls fn with a read snapshot. fn must not wait for the network, a
// model or another Update: an open reader pins pages of the file.
func (t *Tenant) View(fn func(*View) error) error {
	if err := t.usable(); err != nil {
		return err
	}
	err := guard(t.path, func() error {
		return t.read(func(tx *bolt.Tx) error { return fn(&View{t, tx}) })
	})
	if errors.Is(err, errUnreadable) {
		t.stop(err)
	}
	return err
}

// Tx is a View that can write. Only Update makes one, and it is valid only
// inside its fn, on the committer's goroutine.
type Tx struct {
	View
	// Event is the entry to be; fn may complete its detail, object and private part.
	Event *chain.Event
	// Seq is the number that the entry will have.
	Seq uint64

	by      chain.Actor // whose act it is
	bytes   int
	docs    []uint32
	classes []classChange
	after   []func()
	keep    string // KeepCheckpoint's reason
	kept    bool   // KeepEarlierCheckpoint was called
	unkept  bool   // Unkept was called
}

type classChange struct{ doc, class uint32 }

// inOrder are the buckets whose keys only rise: what is in the middle of them
// needs no room to grow, and half-full pages would be twice the file.
var inOrder = map[string]bool{"entries": true, "private": true, "changes": true}

func (tx *Tx) putRaw(bucket string, key, val []byte) error {
	tx.bytes += len(key) + len(val) + 16
	b := tx.tx.Bucket([]byte(bucket))
	if inOrder[bucket] {
		b.FillPercent = 1
	}
	if err := b.Put(key, val); err != nil {
		return fmt.Errorf("put %s record: %w", bucket, err)
	}
	return nil
}

func (tx *Tx) deleteRaw(bucket string, key []byte) error {
	if err := tx.tx.Bucket([]byte(bucket)).Delete(key); err != nil {
		return fmt.Errorf("delete %s record: %w", bucket, err)
	}
	return nil
}

// changed notes that the index must look at a document again.
func (tx *Tx) changed(doc uint32) {
	for _, d := range tx.docs {
		if d == doc {
			return
		}
	}
	tx.docs = append(tx.docs, doc)
}

// AfterCommit runs fn on the committer's goroutine once the commit is durable,
// before Update returns. fn must not block.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// getCopy returns a copy of a raw value, nil if there is none.
func (v *View) getCopy(bucket string, key []byte) []byte {
	b := v.tx.Bucket([]byte(bucket)).Get(key)
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}

// boltTx keeps bbolt's name out of the other files.
type boltTx = bolt.Tx
