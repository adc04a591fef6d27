package vault

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func loadAt(path string) (*Master, error) {
	m, _, err := LoadMaster(path, nil)
	return m, err
}

func TestMasterFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "master.age")
	if _, err := loadAt(path); !errors.Is(err, ErrNoMaster) {
		t.Fatalf("no file: %v", err)
	}
	m, err := CreateMaster(path)
	if err != nil {
		t.Fatal(err)
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	if _, err := CreateMaster(path); err == nil {
		t.Error("overwrote an identity")
	}
	k, wrapped, err := m.NewDataKey("acme", "u1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := loadAt(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := again.UnwrapDataKey("acme", "u1", wrapped)
	if err != nil || got != k {
		t.Fatalf("unwrap: %v", err)
	}
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadAt(path); !errors.Is(err, ErrBadMaster) {
		t.Errorf("nonsense: %v", err)
	}
}

func TestBindingsFailClosed(t *testing.T) {
	m, _ := CreateMaster(filepath.Join(t.TempDir(), "a"))
	other, _ := CreateMaster(filepath.Join(t.TempDir(), "b"))
	k, wrapped, err := m.NewDataKey("acme", "u1")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() error{
		"tenant":    func() error { _, err := m.UnwrapDataKey("acmf", "u1", wrapped); return err },
		"subject":   func() error { _, err := m.UnwrapDataKey("acme", "u2", wrapped); return err },
		"master":    func() error { _, err := other.UnwrapDataKey("acme", "u1", wrapped); return err },
		"truncated": func() error { _, err := m.UnwrapDataKey("acme", "u1", wrapped[:len(wrapped)-1]); return err },
		"empty":     func() error { _, err := m.UnwrapDataKey("acme", "u1", nil); return err },
	} {
		if err := f(); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	sealed, err := k.Seal([]byte("acme/7"), []byte("préavis"))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := k.Open([]byte("acme/7"), sealed); err != nil || string(p) != "préavis" {
		t.Fatalf("open: %q %v", p, err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := k.Open([]byte("acme/7"), bad); !errors.Is(err, ErrWrongKey) {
			t.Fatalf("flip at %d opened", i)
		}
	}
	if _, err := k.Open([]byte("acme/8"), sealed); !errors.Is(err, ErrWrongKey) {
		t.Error("moved record opened")
	}
}

func TestSecretsPrintAsStars(t *testing.T) {
	m, _ := CreateMaster(filepath.Join(t.TempDir(), "a"))
	for _, format := range []string{"%v", "%+v", "%s", "%#v"} {
		if got := fmt.Sprintf(format, m); got != "***" {
			t.Errorf("master %s: %s", format, got)
		}
		if got := fmt.Sprintf(format, DataKey{1}); got != "***" {
			t.Errorf("data key %s: %s", format, got)
		}
	}
}
