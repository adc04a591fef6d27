package vault

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

// unwrapper is an age.Identity over hidden memory: age's own keeps its key on
// Go's heap, where it can't be wiped.
type unwrapper struct{ key *hidden }

const (
	x25519Label = "age-encryption.org/v1/X25519"
	fileKeySize = 16
)

// Unwrap opens the X25519 stanza of a file (age-encryption.org/v1, section
// "X25519 recipient type").
func (u unwrapper) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type != "X25519" {
			continue
		}
		fileKey, err := u.open(s)
		if err == nil {
			return fileKey, nil
		}
	}
	return nil, age.ErrIncorrectIdentity
}

func (u unwrapper) open(s *age.Stanza) (fileKey []byte, err error) {
	if len(s.Args) != 1 || len(s.Body) != fileKeySize+chacha20poly1305.Overhead {
		return nil, ErrWrongKey
	}
	share, err := base64.RawStdEncoding.Strict().DecodeString(s.Args[0])
	if err != nil {
		return nil, ErrWrongKey
	}
	theirs, err := ecdh.X25519().NewPublicKey(share)
	if err != nil {
		return nil, ErrWrongKey
	}
	err = ErrLocked
	u.key.use(func(secret []byte) { fileKey, err = openStanza(secret, theirs, s.Body) })
	return fileKey, err
}

func openStanza(secret []byte, theirs *ecdh.PublicKey, body []byte) ([]byte, error) {
	ours, err := ecdh.X25519().NewPrivateKey(secret)
	if err != nil {
		return nil, fmt.Errorf("read identity: %w", ErrBadMaster)
	}
	shared, err := ours.ECDH(theirs)
	if err != nil {
		return nil, ErrWrongKey
	}
	defer clear(shared)
	salt := append(append([]byte{}, theirs.Bytes()...), ours.PublicKey().Bytes()...)
	wrapping, err := hkdf.Key(sha256.New, shared, salt, x25519Label, chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	defer clear(wrapping)
	aead, err := chacha20poly1305.New(wrapping)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	fileKey, err := aead.Open(nil, make([]byte, chacha20poly1305.NonceSize), body, nil)
	if err != nil {
		return nil, ErrWrongKey
	}
	return fileKey, nil
}
