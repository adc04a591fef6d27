package vault

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// Master is the identity under which all data keys are wrapped.
type Master struct {
	identity  *age.X25519Identity
	recipient *age.X25519Recipient
}

// String hides the identity wherever a Master is printed.
func (m *Master) String() string { return "***" }

// GoString hides the identity from %#v.
func (m *Master) GoString() string { return "***" }

// CreateMaster writes a new master identity to path, mode 0600, and fails if
// the file exists: an identity that seals data is never overwritten.
func CreateMaster(path string) (*Master, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("generate master identity: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create key directory: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".master-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("create master identity: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(id.String() + "\n")
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		// A kill leaves all of it or nothing, and a link replaces no file.
		err = os.Link(f.Name(), path)
	}
	if err != nil {
		return nil, fmt.Errorf("write master identity: %w", err)
	}
	return &Master{id, id.Recipient()}, nil
}

// LoadMaster reads the master identity at path. It returns ErrNoMaster where
// there is none and ErrBadMaster where the file holds something else.
func LoadMaster(path string) (*Master, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("load master identity: %w", ErrNoMaster)
	}
	if err != nil {
		return nil, fmt.Errorf("load master identity: %w", err)
	}
	id, err := age.ParseX25519Identity(strings.TrimSpace(string(b)))
	if err != nil {
		return nil, fmt.Errorf("parse master identity: %w", ErrBadMaster)
	}
	return &Master{id, id.Recipient()}, nil
}

// binding is what a wrapped key says about itself, so that a record moved to
// another tenant or person does not open there.
func binding(tenant, subject string) []byte {
	return []byte("coffre/datakey/v1\x00" + tenant + "\x00" + subject + "\x00")
}

// NewDataKey makes the data key of a subject (a person's id, or "" for the
// tenant itself) and returns it with its wrapped form, about 300 bytes.
func (m *Master) NewDataKey(tenant, subject string) (DataKey, []byte, error) {
	var k DataKey
	if _, err := rand.Read(k[:]); err != nil {
		return k, nil, fmt.Errorf("draw data key: %w", err)
	}
	var buf bytes.Buffer
	w, err := age.Encrypt(&buf, m.recipient)
	if err == nil {
		_, err = w.Write(append(binding(tenant, subject), k[:]...))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return k, nil, fmt.Errorf("wrap data key: %w", err)
	}
	return k, buf.Bytes(), nil
}

// UnwrapDataKey opens what NewDataKey returned. It fails with ErrWrongKey
// under another master identity, tenant or subject.
func (m *Master) UnwrapDataKey(tenant, subject string, wrapped []byte) (DataKey, error) {
	var k DataKey
	r, err := age.Decrypt(bytes.NewReader(wrapped), m.identity)
	if err != nil {
		return k, fmt.Errorf("unwrap data key: %w", ErrWrongKey)
	}
	b, err := io.ReadAll(io.LimitReader(r, 4096))
	if err != nil {
		return k, fmt.Errorf("unwrap data key: %w", ErrWrongKey)
	}
	rest, ok := bytes.CutPrefix(b, binding(tenant, subject))
	if !ok || len(rest) != len(k) {
		return k, fmt.Errorf("unwrap data key: %w", ErrWrongKey)
	}
	copy(k[:], rest)
	clear(b)
	return k, nil
}
