package chain

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// OpenCosignature returns when the witness cosigned the note; ok is false where
// no line is its. Errors: ErrKey, ErrCheckpoint, and ErrSignature where a line
// in its name does not hold.
func OpenCosignature(text, vkey string) (at time.Time, ok bool, err error) {
	v, err := parseCosignatureKey(vkey)
	if err != nil {
		return time.Time{}, false, err
	}
	if len(text) > maxNote {
		return time.Time{}, false, fmt.Errorf("%w: longer than %d bytes", ErrCheckpoint, maxNote)
	}
	if ok, err = signedBy(text, v); err != nil || !ok {
		return time.Time{}, false, err
	}
	n, err := openNote(text)
	if err != nil {
		return time.Time{}, false, err
	}
	for _, s := range n.UnverifiedSigs {
		raw, err := base64.StdEncoding.DecodeString(s.Base64)
		if err == nil && s.Name == v.name && s.Hash == v.hash && v.Verify([]byte(n.Text), raw[4:]) {
			return time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC(), true, nil
		}
	}
	return time.Time{}, false, nil
}

// lastSecond is the end of the year 9999, counted from 1970: a later time has no
// RFC 3339 text, and a report that names it could not be written.
const lastSecond = 253402300799

// cosignatureKey is a witness's public key; it implements note.Verifier.
type cosignatureKey struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

var _ note.Verifier = cosignatureKey{}

func newCosignatureKey(name string, key ed25519.PublicKey) cosignatureKey {
	sum := sha256.Sum256(append([]byte(name+"\n"+string(rune(algCosignature))), key...))
	return cosignatureKey{name, binary.BigEndian.Uint32(sum[:]), key}
}

// CheckCosigner returns ErrKey unless vkey is a witness's verifier key in its
// one exact spelling.
func CheckCosigner(vkey string) error {
	_, err := parseCosignatureKey(vkey)
	return err
}

func parseCosignatureKey(vkey string) (cosignatureKey, error) {
	part := strings.SplitN(vkey, "+", 3)
	if len(part) != 3 || part[0] == "" || len(vkey) > 1000 || strings.ContainsFunc(part[0], isSpaceOrControl) {
		return cosignatureKey{}, fmt.Errorf("%w: not a witness key", ErrKey)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(part[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != algCosignature {
		return cosignatureKey{}, fmt.Errorf("%w: not a witness key", ErrKey)
	}
	k := newCosignatureKey(part[0], raw[1:])
	if k.String() != vkey {
		return cosignatureKey{}, fmt.Errorf("%w: bad encoding", ErrKey)
	}
	return k, nil
}

func isSpaceOrControl(r rune) bool { return r <= 0x20 || r > 0x7e }

// String returns the key as CheckCosigner wants it.
func (k cosignatureKey) String() string {
	var hash [4]byte
	binary.BigEndian.PutUint32(hash[:], k.hash)
	return k.name + "+" + hex.EncodeToString(hash[:]) + "+" + base64.StdEncoding.EncodeToString(append([]byte{algCosignature}, k.key...))
}

// Name implements note.Verifier.
func (k cosignatureKey) Name() string { return k.name }

// KeyHash implements note.Verifier.
func (k cosignatureKey) KeyHash() uint32 { return k.hash }

// Verify implements note.Verifier: sig is a time and a signature over it and msg.
func (k cosignatureKey) Verify(msg, sig []byte) bool {
	return len(sig) == 8+ed25519.SignatureSize && binary.BigEndian.Uint64(sig) <= lastSecond &&
		ed25519.Verify(k.key, cosignedMessage(binary.BigEndian.Uint64(sig), string(msg)), sig[8:])
}
