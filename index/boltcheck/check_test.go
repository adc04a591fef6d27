package boltcheck

import (
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
	c := checker{data: data, meta: m, used: map[uint64]bool{}}
	if err := c.tree(m.root); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for id := range c.used {
		at := int(id * m.pageSize)
		if head := (&checker{data: data, meta: m, used: map[uint64]bool{}}); !isHead(head, id) {
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
		if err := Bytes(b); err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
	})
}
