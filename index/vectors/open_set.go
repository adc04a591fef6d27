package vectors

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// OpenSet returns the vectors that an embedder has for passages with texts, as
// Load would give them. What a snapshot of the graph holds is taken from there,
// if the file has it too: the file says what there is, and a snapshot that is
// damaged, of another form or behind only costs time, in which searches compare
// with everything. From then on the set keeps its snapshot, unless the file is
// read-only. An embedder that isn't known has no vectors.
//
// Errors: ErrCorrupt, of the file; ErrDim.
func (f *File) OpenSet(id string, dim int, texts map[uint32]Text) (*Set, error) {
	s := NewSet(dim)
	if known, err := f.dimOf(id); err != nil || known != 0 && known != dim {
		return nil, fmt.Errorf("open vectors of an embedder: %w", cmp.Or(err, ErrDim))
	}
	sum := sha256.Sum256([]byte(id))
	stale, err := 0, error(nil)
	b, of, unread := readSnapshot(f.graphPath(id), sum, dim)
	s.keep.there = unread == nil
	if unread != nil {
		b = newBody(dim)
	}
	now, err := f.stampNow()
	if err == nil && unread == nil && now.valid() && of == now {
		stale = b.hold(texts)
		f.soundSoon()
	} else if err == nil {
		stale, err = f.fill(id, b, texts)
	}
	if err != nil {
		return nil, fmt.Errorf("open vectors of an embedder: %w", err)
	}
	if !f.db.IsReadOnly() {
		s.keep.path, s.keep.id, s.keep.stamp = f.graphPath(id), sum, f.stampNow
		if err := f.tidyGraphs(); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("open vectors of an embedder: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep.changes = stale
	s.cur.Store(b)
	s.wake()
	return s, nil
}

// fill brings a body that was read from a snapshot, or is empty, to what the
// file has, and returns how many slots were stale or missing.
func (f *File) fill(id string, b *body, texts map[uint32]Text) (stale int, err error) {
	stale = b.hold(texts)
	confirmed, before := make(bitmap, (b.n.Load()+63)/64), b.live
	found := 0
	err = f.inOrder(id, texts, func(ordinal uint32, k Key, value []byte) error {
		if slot, ok := b.slots.get(ordinal); ok {
			confirmed.add(slot)
			found++
			return nil
		}
		q, err := decodeVector(k, value, b.dim)
		if err != nil {
			return err
		}
		b.add(ordinal, q)
		stale++
		return nil
	})
	if err != nil {
		return 0, err
	}
	if found < before {
		stale += b.drop(confirmed)
	}
	return stale, nil
}

// hold gives the slots of a snapshot to the passages that still have the same
// texts, and gives up all others; it returns how many those are.
func (b *body) hold(texts map[uint32]Text) (dropped int) {
	chunks := b.chunks()
	for slot := range b.n.Load() {
		c, i := chunks[slot>>chunkBits], slot%chunkSize
		o := c.ordinals[i]
		t, ok := texts[o]
		if _, twice := b.slots.get(o); !ok || twice || o == 0 || c.tags[i] != tagOf(t.Key) {
			c.ordinals[i] = 0
			if o != 0 {
				dropped++
			}
			continue
		}
		b.slots.set(o, slot+1)
		b.live++
	}
	return dropped
}

// drop gives up the slots of a snapshot that the file hasn't confirmed.
func (b *body) drop(confirmed bitmap) (dropped int) {
	chunks := b.chunks()
	for slot := range uint32(len(confirmed) * 64) {
		if slot >= b.linked.Load() {
			break
		}
		if o := chunks[slot>>chunkBits].ordinals[slot%chunkSize]; o != 0 && !confirmed.has(slot) {
			b.remove(o)
			dropped++
		}
	}
	return dropped
}

// While a large file is read, its pages are let go of every so many vectors:
// reading them again takes a while, but memory is short where files are large.
const (
	unmapEvery = 1 << 16
	largeFile  = 1 << 30 // bytes
)

func tagOf(k Key) tag { return tag(k[:16]) }

// inOrder calls fn for each of the passages whose text an embedder has a vector
// for, in the order in which the vectors lie in the file: reading goes forward.
func (f *File) inOrder(id string, texts map[uint32]Text, fn func(ordinal uint32, k Key, value []byte) error) error {
	type use struct {
		begin   uint64 // of the key, to compare quickly
		key     Key
		ordinal uint32
	}
	uses := make([]use, 0, len(texts))
	for o, t := range texts {
		uses = append(uses, use{binary.BigEndian.Uint64(t.Key[:]), t.Key, o})
	}
	slices.SortFunc(uses, func(a, b use) int {
		switch {
		case a.begin < b.begin:
			return -1
		case a.begin > b.begin:
			return 1
		}
		if c := bytes.Compare(a.key[:], b.key[:]); c != 0 {
			return c
		}
		return int(int64(a.ordinal) - int64(b.ordinal))
	})
	return f.viewAll(func(tx *bolt.Tx) error {
		if len(uses) == 0 || tx.Bucket(embeddersBucket).Bucket([]byte(id)) == nil {
			return nil
		}
		b, _, err := bucketOf(tx, id)
		if err != nil {
			return err
		}
		defer f.unmapped(tx, 0)
		c := b.Cursor()
		k, v := c.First()
		for i, u := range uses {
			if i%unmapEvery == unmapEvery-1 {
				f.unmapped(tx, largeFile)
			}
			for k != nil && bytes.Compare(k, u.key[:]) < 0 {
				k, v = c.Next()
			}
			if !bytes.Equal(k, u.key[:]) {
				continue
			}
			if err := fn(u.ordinal, u.key, v); err != nil {
				return err
			}
		}
		return nil
	})
}
