package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

var buckets = []string{
	"meta", "entries", "tree", "private", "datakeys", "checkpoints", "changes",
	"open_questions", "users", "users_by_login", "groups", "sessions", "apikeys",
	"collections", "documents", "documents_by_name", "ordinals", "passages", "pages",
	"conversations", "messages", "jobs", "settings", "tenants",
	"handovers", "witnesses", "holds", "erasures", "approvals", "forwards",
	"trials", "watches", "secrets", "ways",
	"identities", "providers", "factors", "elevations", "links", "canaries",
	"backups", "drills", "alerts", "newest",
	"copies", "mail", "exports", "updates",
}

// table is a bucket of JSON records of one type.
type table[T any] string

func (t table[T]) get(v *View, key []byte) (T, error) {
	var rec T
	b := v.tx.Bucket([]byte(t)).Get(key)
	if b == nil {
		return rec, errNotFound
	}
	if err := json.Unmarshal(b, &rec); err != nil {
		return rec, t.damaged(err)
	}
	return rec, nil
}

// damaged says that a stored record is not what put wrote.
func (t table[T]) damaged(err error) error {
	return Fail(Corrupt, "damaged").Because(fmt.Errorf("decode %s record: %w", string(t), err))
}

func (t table[T]) put(tx *Tx, key []byte, rec T) error {
	b, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("encode %s record: %w", string(t), err)
	}
	return tx.putRaw(string(t), key, b)
}

func (t table[T]) delete(tx *Tx, key []byte) error { return tx.deleteRaw(string(t), key) }

// each calls fn for every record whose key starts with prefix, in key order,
// until fn returns false.
func (t table[T]) each(v *View, prefix []byte, fn func(key []byte, rec T) bool) error {
	c := v.tx.Bucket([]byte(t)).Cursor()
	for k, b := c.Seek(prefix); k != nil && len(k) >= len(prefix) && string(k[:len(prefix)]) == string(prefix); k, b = c.Next() {
		var rec T
		if err := json.Unmarshal(b, &rec); err != nil {
			return t.damaged(err)
		}
		if !fn(k, rec) {
			return nil
		}
	}
	return nil
}

func (t table[T]) all(v *View) ([]T, error) {
	var out []T
	err := t.each(v, nil, func(_ []byte, rec T) bool { out = append(out, rec); return true })
	return out, err
}

func u64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
func u32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

func makeBuckets(tx *bolt.Tx) error {
	for _, b := range buckets {
		if _, err := tx.CreateBucketIfNotExists([]byte(b)); err != nil {
			return fmt.Errorf("create bucket: %w", err)
		}
	}
	return nil
}
