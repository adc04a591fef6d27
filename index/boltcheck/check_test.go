package boltcheck

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// write makes a file with nested buckets, large values and free pages.
func write(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 4 {
		err := db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("outer"))
			if err != nil {
				return err
			}
			for i := range 600 {
				if err := b.Put(fmt.Appendf(nil, "key %d", i*round), make([]byte, 40*round)); err != nil {
					return err
				}
			}
			small, err := b.CreateBucketIfNotExists(fmt.Appendf(nil, "inner %d", round))
			if err != nil {
				return err
			}
			if err := small.Put([]byte("k"), []byte("v")); err != nil {
				return err
			}
			return b.Put([]byte("large"), make([]byte, 20_000))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSoundFile(t *testing.T) {
	if err := Bytes(write(t)); err != nil {
		t.Error(err)
	}
}

func TestDamagedFiles(t *testing.T) {
	data := write(t)
	for name, b := range map[string][]byte{
		"empty": nil, "short": data[:100], "half": data[:len(data)/2], "zeros": make([]byte, len(data)),
	} {
		if err := Bytes(b); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
	}
	if err := File(filepath.Join(t.TempDir(), "none"), 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// TestFlipsInHeaders flips bits of page headers, which is where bbolt trusts
// what it reads most.
func TestFlipsInHeaders(t *testing.T) {
	data := write(t)
	m, err := newestMeta(data)
	if err != nil {
		t.Fatal(err)
	}
	c := newChecker(data, m)
	if err := c.tree(m.root, nil); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for id := uint64(2); id < m.high; id++ {
		at := int(id * m.pageSize)
		if !c.isUsed(id) || !isHead(newChecker(data, m), id) {
			continue
		}
		for _, offset := range []int{0, 8} { // id, flags
			flipped := append([]byte(nil), data...)
			flipped[at+offset] ^= 1 << rnd.IntN(8)
			if err := Bytes(flipped); !errors.Is(err, ErrDamaged) {
				t.Errorf("page %d, byte %d flipped: %v", id, offset, err)
			}
		}
	}
}

// isHead tells a page that isn't another's overflow.
func isHead(c *checker, id uint64) bool {
	_, err := c.page(id)
	return err == nil
}

func FuzzBytes(f *testing.F) {
	data := write(f)
	f.Add(data[:3*4096], uint32(4096+20), byte(1))
	f.Add(data, uint32(8*4096+12), byte(0xff))
	f.Fuzz(func(t *testing.T, b []byte, at uint32, x byte) {
		if len(b) > 0 {
			b = append([]byte(nil), b...)
			b[int(at)%len(b)] ^= x
		}
		whole, part := Bytes(b), Part(b, alongKey)
		if whole != nil && !errors.Is(whole, ErrDamaged) || part != nil && !errors.Is(part, ErrDamaged) {
			t.Fatal(whole, part)
		}
		if whole == nil && part != nil {
			t.Fatalf("a part of a sound file: %v", part)
		}
	})
}

// TestSoundAfterAnyCommit: what bbolt writes is sound after every commit,
// however keys came and went: the check must never refuse a good file.
func TestSoundAfterAnyCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for commit := range 300 {
		err := db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(fmt.Appendf(nil, "bucket %d", random.IntN(3)))
			if err != nil {
				return err
			}
			return change(b, random)
		})
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := Bytes(data); err != nil {
			t.Fatalf("commit %d: %v", commit, err)
		}
	}
}

// change puts or deletes some keys, often the least ones.
func change(b *bbolt.Bucket, random *rand.Rand) error {
	switch random.IntN(5) {
	case 0: // a range from the beginning
		c := b.Cursor()
		n := random.IntN(400)
		for k, _ := c.First(); k != nil && n > 0; k, _ = c.First() {
			if err := b.Delete(k); err != nil {
				return err
			}
			n--
		}
		return nil
	case 1: // scattered
		for range random.IntN(200) {
			if err := b.Delete(fmt.Appendf(nil, "%06d", random.IntN(100_000))); err != nil {
				return err
			}
		}
		return nil
	}
	from := random.IntN(100_000)
	for i := range random.IntN(300) {
		if err := b.Put(fmt.Appendf(nil, "%06d", max(0, from-i)), make([]byte, random.IntN(300))); err != nil {
			return err
		}
	}
	return nil
}

// TestWrongKeyOfAPage: a branch that leads to a page by another key than its
// first is damage, though the order of keys holds.
func TestWrongKeyOfAPage(t *testing.T) {
	data := write(t)
	size, seen := os.Getpagesize(), 0
	for at := 2 * size; at < len(data); at += size {
		if binary.NativeEndian.Uint16(data[at+8:]) != branchPage {
			continue
		}
		bad := append([]byte{}, data...)
		key := at + headerSize + int(binary.NativeEndian.Uint32(bad[at+headerSize:]))
		bad[key]-- // the first key is still less than the second
		if Bytes(bad) != nil {
			seen++
		}
	}
	if seen == 0 {
		t.Error("no branch page with another key was refused")
	}
}
