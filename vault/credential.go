package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// A credential is sealed under a data key of its own, and only that key under
// the master identity, by age. So a new master identity means wrapping 32 bytes
// a credential anew, as for every other data key, and no value is opened for it;
// revoking destroys the key, and with it every copy of the value.

// ErrCredential: the bytes are no sealed credential.
var ErrCredential = errors.New("not a sealed credential")

// CredentialScope is what a sealed credential is bound to. Under any other scope
// it doesn't open.
type CredentialScope struct {
	Tenant, ID, Purpose string
	// Address is the only place that the value may be sent to; "" where the
	// purpose has none.
	Address string
	// Trust is by which authorities whoever answers there is believed; "" for
	// those of the system.
	Trust string
	// Version rises with each rotation, from 1 on.
	Version uint64
}

// Subject names the data key of a credential among the tenant's.
func (s CredentialScope) Subject() string { return "credential:" + s.ID + ":" + s.Purpose }

// credentialMagic begins a sealed credential. Behind it: nonce (24 bytes) and
// ciphertext of XChaCha20-Poly1305, with context as additional data. Plain are the
// value's length (4 bytes, big endian), the value, and zeros up to the next
// multiple of padTo, so that a stolen database doesn't tell a password's length.
const (
	credentialMagic = "ccr1"
	padTo           = 64
)

// context is the scope, injectively: each part with its length before it.
func (s CredentialScope) context() []byte {
	b := []byte("coffre/credential/v1\x00")
	parts := []string{s.Tenant, s.ID, s.Purpose, s.Address}
	if s.Trust != "" { // left out, it is as before there was one
		parts = append(parts, s.Trust)
	}
	for _, part := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return binary.BigEndian.AppendUint64(b, s.Version)
}

// SealCredential seals a value for a scope under a new data key, and returns that
// key wrapped (see NewDataKey, subject s.Subject()). ErrSecretText for a value
// that is empty or longer than MaxSecret; ErrWiped.
func (m *Master) SealCredential(s CredentialScope, value Secret) (wrapped, sealed []byte, err error) {
	key, wrapped, err := m.NewDataKey(s.Tenant, s.Subject())
	defer clear(key[:])
	if err != nil {
		return nil, nil, err
	}
	err = value.Use(func(b []byte) (err error) {
		sealed, err = sealValue(key, s, b)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("seal credential: %w", err)
	}
	return wrapped, sealed, nil
}

func sealValue(key DataKey, s CredentialScope, value []byte) ([]byte, error) {
	if len(value) == 0 || len(value) > MaxSecret {
		return nil, ErrSecretText
	}
	plain := make([]byte, (4+len(value)+padTo-1)/padTo*padTo)
	defer clear(plain)
	binary.BigEndian.PutUint32(plain, uint32(len(value)))
	copy(plain[4:], value)
	sealed, err := key.Seal(s.context(), plain)
	return append([]byte(credentialMagic), sealed...), err
}

// OpenCredential opens what SealCredential returned. The caller wipes the Secret.
// ErrCredential where sealed is no such record; ErrWrongKey where it is one of
// another master identity, tenant, id, purpose, address, trust or version, or damaged.
func (m *Master) OpenCredential(s CredentialScope, wrapped, sealed []byte) (Secret, error) {
	rest, ok := bytes.CutPrefix(sealed, []byte(credentialMagic))
	if !ok {
		return Secret{}, fmt.Errorf("open credential: %w", ErrCredential)
	}
	key, err := m.UnwrapDataKey(s.Tenant, s.Subject(), wrapped)
	defer clear(key[:])
	if err != nil {
		return Secret{}, err
	}
	plain, err := key.Open(s.context(), rest)
	if err != nil {
		return Secret{}, fmt.Errorf("open credential: %w", err)
	}
	value, err := unpad(plain)
	if err != nil {
		clear(plain)
		return Secret{}, fmt.Errorf("open credential: %w", err)
	}
	return NewSecret(value), nil
}

// unpad returns the value inside of plain, without copying it.
func unpad(plain []byte) ([]byte, error) {
	if len(plain) < padTo || len(plain)%padTo != 0 {
		return nil, ErrCredential
	}
	n := int64(binary.BigEndian.Uint32(plain))
	if n == 0 || n > MaxSecret || n > int64(len(plain)-4) || len(plain)-4-int(n) >= padTo {
		return nil, ErrCredential
	}
	for _, b := range plain[4+n:] {
		if b != 0 {
			return nil, ErrCredential
		}
	}
	return plain[4 : 4+n], nil
}

// CredentialDigest is a keyed digest of a value (HMAC-SHA-256, RFC 2104), by
// which the same value is recognized at a rotation. k is a key for nothing else.
// It is bound to tenant and id: the same value in two credentials looks like two.
func (k DataKey) CredentialDigest(tenant, id string, value Secret) (sum []byte, err error) {
	h := hmac.New(sha256.New, k[:])
	scope := CredentialScope{Tenant: tenant, ID: id}
	h.Write(append([]byte("digest\x00"), scope.context()...))
	err = value.Use(func(b []byte) error { h.Write(b); return nil })
	if err != nil {
		return nil, fmt.Errorf("digest credential: %w", err)
	}
	return h.Sum(nil), nil
}

// SameDigest compares two digests in constant time.
func SameDigest(a, b []byte) bool { return len(a) == sha256.Size && hmac.Equal(a, b) }
