package vectors

import (
	"encoding/binary"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// maxID bounds an embedder's id, bytes.
const maxID = 1024

// ErrDim says that an embedder's id is known with vectors of another length.
var ErrDim = errors.New("embedder is known with another number of components")

// Prepare makes room for an embedder's vectors. Errors: ErrDim.
func (f *File) Prepare(id string, dim int) error {
	if id == "" || len(id) > maxID || dim < 1 || dim > MaxDim {
		return fmt.Errorf("prepare vectors: id of %d bytes, %d components", len(id), dim)
	}
	known, err := f.dimOf(id)
	switch {
	case err == nil && known == dim:
		return nil
	case err == nil && known != 0:
		err = ErrDim
	case err == nil:
		err = f.update(func(tx *bolt.Tx) error {
			b, err := tx.Bucket(embeddersBucket).CreateBucketIfNotExists([]byte(id))
			if err != nil {
				return err
			}
			return b.Put(dimKey, binary.BigEndian.AppendUint32(nil, uint32(dim)))
		})
	}
	if err != nil {
		return fmt.Errorf("prepare vectors: %w", err)
	}
	return nil
}

// dimOf is the length of an embedder's vectors, 0 if it has none.
func (f *File) dimOf(id string) (dim int, err error) {
	err = f.view(func(tx *bolt.Tx) error {
		if tx.Bucket(embeddersBucket).Bucket([]byte(id)) != nil {
			_, dim, err = bucketOf(tx, id)
		}
		return err
	})
	return dim, err
}

// Embedders lists the ids that have vectors.
func (f *File) Embedders() (ids []string, err error) {
	err = f.view(func(tx *bolt.Tx) error {
		return tx.Bucket(embeddersBucket).ForEachBucket(func(k []byte) error {
			ids = append(ids, string(k))
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list embedders: %w", err)
	}
	return ids, nil
}

// Drop removes an embedder with all its vectors.
func (f *File) Drop(id string) error {
	err := f.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(embeddersBucket)
		if b.Bucket([]byte(id)) == nil {
			return nil
		}
		return b.DeleteBucket([]byte(id))
	})
	if err == nil {
		err = f.tidyGraphs()
	}
	if err != nil {
		return fmt.Errorf("drop an embedder's vectors: %w", err)
	}
	return nil
}

// bucketOf is an embedder's bucket and the length of its vectors.
func bucketOf(tx *bolt.Tx, id string) (*bolt.Bucket, int, error) {
	b := tx.Bucket(embeddersBucket).Bucket([]byte(id))
	if b == nil {
		return nil, 0, errors.New("embedder is not known")
	}
	v := b.Get(dimKey)
	if len(v) != 4 || binary.BigEndian.Uint32(v)-1 >= MaxDim {
		return nil, 0, fmt.Errorf("an embedder has no dimension: %w", ErrCorrupt)
	}
	return b, int(binary.BigEndian.Uint32(v)), nil
}

// Put keeps vectors of an embedder by the texts that they belong to, and those
// alone that a passage still has; it returns which were kept.
func (f *File) Put(id string, vectors map[Key]Quantized) (kept map[Key]bool, err error) {
	err = f.update(func(tx *bolt.Tx) error {
		kept = make(map[Key]bool, len(vectors))
		b, dim, err := bucketOf(tx, id)
		if err != nil {
			return err
		}
		for k, q := range vectors {
			if q.dim != dim {
				return fmt.Errorf("vector of another embedder: %w", ErrVector)
			}
			if !used(tx, k) {
				continue
			}
			kept[k] = true
			if err := b.Put(k[:], q.encode(k)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("keep vectors: %w", err)
	}
	return kept, nil
}

// Load calls fn for each of the passages whose text an embedder has a vector
// for; an embedder that isn't known has none. Errors: ErrCorrupt, fn's.
func (f *File) Load(id string, texts map[uint32]Text, fn func(ordinal uint32, q Quantized) error) error {
	err := f.viewAll(func(tx *bolt.Tx) error {
		if tx.Bucket(embeddersBucket).Bucket([]byte(id)) == nil {
			return nil
		}
		b, dim, err := bucketOf(tx, id)
		if err != nil {
			return err
		}
		for ordinal, t := range texts {
			v := b.Get(t.Key[:])
			if v == nil {
				continue
			}
			q, err := decodeVector(t.Key, v, dim)
			if err != nil {
				return err
			}
			if err := fn(ordinal, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load vectors: %w", err)
	}
	return nil
}
