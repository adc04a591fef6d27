package release

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

const (
	publicPrefix  = "coffre-release-key-"
	privatePrefix = "COFFRE-RELEASE-SECRET-"
)

// Keys are public keys, by their ids.
type Keys map[string]ed25519.PublicKey

// KeyID is how signatures name a key.
func KeyID(k ed25519.PublicKey) string {
	sum := sha256.Sum256(k)
	return hex.EncodeToString(sum[:8])
}

// FormatPublic is a public key as text.
func FormatPublic(k ed25519.PublicKey) string {
	return publicPrefix + base64.RawURLEncoding.EncodeToString(k)
}

// FormatPrivate is a private key as text: its seed.
func FormatPrivate(k ed25519.PrivateKey) string {
	return privatePrefix + base64.RawURLEncoding.EncodeToString(k.Seed())
}

// ParseKeys reads public keys, separated by commas or space; none is no error.
func ParseKeys(text string) (Keys, error) {
	out := Keys{}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' || r == '\r' }) {
		b, err := keyBytes(word, publicPrefix, ed25519.PublicKeySize)
		if err != nil {
			return nil, err
		}
		out[KeyID(b)] = b
	}
	return out, nil
}

// ParsePrivate reads what FormatPrivate writes.
func ParsePrivate(text string) (ed25519.PrivateKey, error) {
	b, err := keyBytes(strings.TrimSpace(text), privatePrefix, ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(b), nil
}

func keyBytes(word, prefix string, size int) ([]byte, error) {
	rest, ok := strings.CutPrefix(word, prefix)
	b, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if !ok || err != nil || len(b) != size {
		return nil, fmt.Errorf("parse release key: %w", errors.Join(errors.New("not a key of this kind"), err))
	}
	return b, nil
}
