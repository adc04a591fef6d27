package boltcheck

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// alongKey looks up one key in the bucket "outer".
func alongKey(path [][]byte) ([]byte, bool) {
	return []byte("key 77"), len(path) == 1 && string(path[0]) == "outer"
}

// TestPart breaks one page at a time: what is found sound in part can be read
// where it was said to be, and is what it was.
func TestPart(t *testing.T) {
	data := write(t)
	m, err := newestMeta(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := Part(data, alongKey); err != nil {
		t.Fatal(err)
	}
	want := lookUp(t, data)
	if len(want) == 0 {
		t.Fatal("there is no such key")
	}
	passed, refused := 0, 0
	for id := uint64(2); id < m.high; id++ {
		broken := bytes.Clone(data)
		for i := range 8 {
			broken[id*m.pageSize+8+uint64(i)] ^= 0xff // flags, count, overflow
		}
		if err := Bytes(broken); err == nil {
			continue // a free page
		}
		if err := Part(broken, alongKey); err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			refused++
			continue
		}
		passed++
		if got := lookUp(t, broken); !bytes.Equal(got, want) {
			t.Errorf("page %d is broken, and the key has %d bytes instead of %d", id, len(got), len(want))
		}
	}
	if passed == 0 || refused == 0 {
		t.Errorf("%d pages weren't looked at, %d were", passed, refused)
	}
}

func lookUp(t *testing.T, data []byte) (value []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), fmt.Sprint(len(data)))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		value = bytes.Clone(tx.Bucket([]byte("outer")).Get([]byte("key 77")))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestOwnFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	data := write(t)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := OwnFile(path, func() error { return nil }); err != nil {
		t.Errorf("a file that is open here: %v", err)
	}
	if err := os.WriteFile(path, data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := OwnFile(path, func() error { return nil }); !errors.Is(err, ErrDamaged) {
		t.Errorf("half a file: %v", err)
	}
}
