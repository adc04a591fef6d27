package chain

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Signer holds the private half of a checkpoint key. It prints as ***; only
// Secret shows it.
type Signer struct {
	secret, public string
	signer         note.Signer
}

// ErrKey is wrapped by every refusal of a checkpoint key.
var ErrKey = errors.New("invalid checkpoint key")

// NewSigner makes a fresh Ed25519 key under that name (KeyName's result).
func NewSigner(name string) (*Signer, error) {
	secret, _, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, fmt.Errorf("make checkpoint key: %w", err)
	}
	return ParseSigner(secret)
}

// ParseSigner reads what Secret returned. The error never holds the key.
func ParseSigner(secret string) (*Signer, error) {
	s, err := note.NewSigner(secret)
	if err != nil {
		return nil, fmt.Errorf("read private key: %w", ErrKey)
	}
	_, seed64, _ := strings.Cut(strings.TrimPrefix(secret, "PRIVATE+KEY+"+s.Name()+"+"), "+")
	seed, err := base64.StdEncoding.DecodeString(seed64)
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return nil, fmt.Errorf("read private key: %w", ErrKey)
	}
	public := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(s.Name(), public)
	if err != nil {
		return nil, fmt.Errorf("read private key: %w", ErrKey)
	}
	return &Signer{secret: secret, public: vkey, signer: s}, nil
}

// Secret returns the private key in the form of golang.org/x/mod/sumdb/note.
func (s *Signer) Secret() string { return s.secret }

// Verifier returns the public key as a note verifier key: name+hash+base64.
func (s *Signer) Verifier() string { return s.public }

// Name returns the key's name.
func (s *Signer) Name() string { return s.signer.Name() }

// String hides the key.
func (s Signer) String() string { return "***" }

// GoString hides the key from %#v.
func (s Signer) GoString() string { return "***" }

// LogValue hides the key from slog.
func (s Signer) LogValue() slog.Value { return slog.StringValue("***") }

// MarshalText hides the key from encoding/json and its like.
func (s Signer) MarshalText() ([]byte, error) { return []byte("***"), nil }

// CheckVerifier returns ErrKey unless vkey is an Ed25519 verifier key of that
// name in its one exact spelling, so that keys can be compared as strings.
func CheckVerifier(vkey, name string) error {
	_, err := verifierOf(vkey, name)
	return err
}

func verifierOf(vkey, name string) (note.Verifier, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if v.Name() != name {
		return nil, fmt.Errorf("%w: it belongs to %.100q", ErrKey, v.Name())
	}
	key, err := base64.StdEncoding.DecodeString(strings.SplitN(vkey, "+", 3)[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize {
		return nil, fmt.Errorf("%w: bad encoding", ErrKey)
	}
	if exact, err := note.NewEd25519VerifierKey(name, key[1:]); err != nil || exact != vkey {
		return nil, fmt.Errorf("%w: bad encoding", ErrKey)
	}
	return v, nil
}

// nameOf returns the name in a verifier key.
func nameOf(vkey string) string {
	name, _, _ := strings.Cut(vkey, "+")
	return name
}
