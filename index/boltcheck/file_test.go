package boltcheck

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := File(path, time.Millisecond); !errors.Is(err, ErrLocked) {
		t.Errorf("open file: %v, want ErrLocked", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := File(path, time.Second); err != nil {
		t.Error(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if err := File(path, time.Second); !errors.Is(err, ErrDamaged) {
		t.Errorf("empty file: %v, want ErrDamaged", err)
	}
}
