package vault

import (
	"crypto/rand"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// DataKey is 32 bytes that seal one subject's private parts.
type DataKey [chacha20poly1305.KeySize]byte

// String hides the key wherever it is printed.
func (DataKey) String() string { return "***" }

// GoString hides the key from %#v.
func (DataKey) GoString() string { return "***" }

// Seal returns nonce (24 bytes) and ciphertext of plain, bound to ad, with
// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha).
func (k DataKey) Seal(ad, plain []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k[:])
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("draw nonce: %w", err)
	}
	return aead.Seal(nonce, nonce, plain, ad), nil
}

// Open is the inverse of Seal; anything else than what was sealed with the
// same ad is ErrWrongKey.
func (k DataKey) Open(ad, sealed []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k[:])
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	if len(sealed) < aead.NonceSize() {
		return nil, fmt.Errorf("open: %w", ErrWrongKey)
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], ad)
	if err != nil {
		return nil, fmt.Errorf("open: %w", ErrWrongKey)
	}
	return plain, nil
}
