package vectors

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Change is what Apply brings about.
type Change struct {
	Seq     uint64          // becomes the file's number if it is larger
	Texts   map[uint32]Text // passages that are there, with their texts
	Removed []uint32        // passages that are gone
}

// Apply records which passages have which texts. A text that loses its last
// passage loses its vectors, of every embedder. It may be repeated.
func (f *File) Apply(c Change) error {
	err := f.update(func(tx *bolt.Tx) error {
		state := tx.Bucket(stateBucket)
		if v := state.Get(appliedKey); len(v) != 8 || binary.BigEndian.Uint64(v) < c.Seq {
			if err := state.Put(appliedKey, binary.BigEndian.AppendUint64(nil, c.Seq)); err != nil {
				return err
			}
		}
		var orphans []Key
		for o, t := range c.Texts { // first, so that a text which moves to another passage keeps its vector
			old, err := link(tx, o, t)
			if err != nil {
				return err
			}
			orphans = append(orphans, old...)
		}
		for _, o := range c.Removed {
			old, err := unlink(tx, o)
			if err != nil {
				return err
			}
			orphans = append(orphans, old...)
		}
		for _, k := range orphans {
			if err := forget(tx, k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record texts: %w", err)
	}
	return nil
}

func useKey(k Key, ordinal uint32) []byte {
	return binary.BigEndian.AppendUint32(append(make([]byte, 0, 36), k[:]...), ordinal)
}

// link says that a passage has a text, and returns the one that it had before,
// if that is another.
func link(tx *bolt.Tx, ordinal uint32, t Text) (old []Key, err error) {
	texts, key, value := tx.Bucket(textsBucket), ordinalKey(ordinal), encodeText(ordinal, t)
	before := texts.Get(key)
	if bytes.Equal(before, value) {
		return nil, nil
	}
	if before != nil {
		if old, err = unlink(tx, ordinal); err != nil {
			return nil, err
		}
	}
	if err := texts.Put(key, value); err != nil {
		return nil, err
	}
	return old, tx.Bucket(usesBucket).Put(useKey(t.Key, ordinal), nil)
}

// unlink forgets a passage and returns the text that it had.
func unlink(tx *bolt.Tx, ordinal uint32) ([]Key, error) {
	texts, key := tx.Bucket(textsBucket), ordinalKey(ordinal)
	value := texts.Get(key)
	if value == nil {
		return nil, nil
	}
	_, t, err := decodeText(key, value)
	if err != nil {
		return nil, err
	}
	if err := texts.Delete(key); err != nil {
		return nil, err
	}
	return []Key{t.Key}, tx.Bucket(usesBucket).Delete(useKey(t.Key, ordinal))
}

// used tells whether a passage has a text.
func used(tx *bolt.Tx, k Key) bool {
	found, _ := tx.Bucket(usesBucket).Cursor().Seek(k[:])
	return bytes.HasPrefix(found, k[:])
}

// forget removes a text's vectors, unless a passage has it.
func forget(tx *bolt.Tx, k Key) error {
	if used(tx, k) {
		return nil
	}
	all := tx.Bucket(embeddersBucket)
	return all.ForEachBucket(func(id []byte) error { return all.Bucket(id).Delete(k[:]) })
}

// Texts reads which passage has which text. Errors: ErrCorrupt.
func (f *File) Texts() (map[uint32]Text, error) {
	var all map[uint32]Text
	err := f.view(func(tx *bolt.Tx) error {
		b, room := tx.Bucket(textsBucket), int64(0)
		if last, _ := b.Cursor().Last(); len(last) == 4 { // ordinals have few gaps
			room = min(int64(binary.BigEndian.Uint32(last)), tx.Size()/int64(len(Key{})))
		}
		all = make(map[uint32]Text, room)
		return b.ForEach(func(k, v []byte) error {
			ordinal, t, err := decodeText(k, v)
			all[ordinal] = t
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	return all, nil
}

// Detach forgets which passages have which texts and keeps the vectors for
// when the texts come back: what is done before an index is rebuilt.
func (f *File) Detach() error {
	err := f.update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{textsBucket, usesBucket} {
			if err := tx.DeleteBucket(name); err != nil {
				return err
			}
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return tx.Bucket(stateBucket).Put(sweepKey, []byte{1})
	})
	if err != nil {
		return fmt.Errorf("detach vectors: %w", err)
	}
	return nil
}

// sweepStep bounds what one transaction of Sweep removes.
const sweepStep = 2000

// Sweep ends what Detach began: it removes vectors that no passage has.
func (f *File) Sweep() error {
	for {
		removed := 0
		err := f.update(func(tx *bolt.Tx) error {
			all := tx.Bucket(embeddersBucket)
			err := all.ForEachBucket(func(id []byte) error {
				n, err := sweep(tx, all.Bucket(id), sweepStep-removed)
				removed += n
				return err
			})
			if err != nil || removed == sweepStep {
				return err
			}
			return tx.Bucket(stateBucket).Delete(sweepKey)
		})
		if err != nil {
			return fmt.Errorf("sweep vectors: %w", err)
		}
		if removed < sweepStep {
			return nil
		}
	}
}

// sweep removes at most limit unused vectors of one embedder.
func sweep(tx *bolt.Tx, b *bolt.Bucket, limit int) (int, error) {
	var gone [][]byte
	c := b.Cursor()
	for k, _ := c.First(); k != nil && len(gone) < limit; k, _ = c.Next() {
		if len(k) == len(Key{}) && !used(tx, Key(k)) {
			gone = append(gone, bytes.Clone(k))
		}
	}
	for _, k := range gone {
		if err := b.Delete(k); err != nil {
			return 0, err
		}
	}
	return len(gone), nil
}
