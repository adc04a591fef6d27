package certs

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
)

func (m *Manager) accountFile(directory string) string {
	sum := sha256.Sum256([]byte(directory))
	return m.path("acme-" + hex.EncodeToString(sum[:8]) + ".key")
}

// AccountKey is the key of the box's account at an ACME authority, by the address
// of its directory; the first call for it makes one. A key that can't be read is
// an error, and never replaced by itself: the authority knows the box by it.
func (m *Manager) AccountKey(directory string) (crypto.Signer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path := m.accountFile(directory)
	text, err := os.ReadFile(path)
	if err == nil {
		key, err := ReadPrivateKey(text)
		return key, in(path, err)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, in(path, fault(ErrFile, "tls-unreadable"))
	}
	key, err := newKey(KeyECDSA)
	if err != nil {
		return nil, err
	}
	if text, err = privateKeyPEM(key); err != nil {
		return nil, err
	}
	return key, writeFile(path, text, 0o600)
}

// ForgetAccount destroys that key, so that the next order begins with an account
// of its own.
func (m *Manager) ForgetAccount(directory string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return removeFile(m.accountFile(directory))
}

// Pair is what an authority issued for a key, as it is handed in.
func Pair(chain [][]byte, key crypto.Signer) (Handed, error) {
	text, err := privateKeyPEM(key)
	if err != nil {
		return Handed{}, err
	}
	var all bytes.Buffer
	for _, der := range chain {
		all.Write(certificatePEM(der))
	}
	return Handed{Chain: all.Bytes(), Key: text, Anyway: true}, nil
}
