package chain

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
)

// Hash is a SHA-256 digest: a chain hash, a tree node or a commitment.
type Hash [sha256.Size]byte

// ErrHash is returned for text that is not 64 lower-case hex digits.
var ErrHash = errors.New("not a hash of 64 lower-case hex digits")

// String returns the hash as 64 lower-case hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; upper-case hex is ErrHash.
func (h *Hash) UnmarshalText(text []byte) error {
	if !decodeHex(h[:], text) {
		return ErrHash
	}
	return nil
}

// ParseHash reads 64 lower-case hex digits, or returns ErrHash.
func ParseHash(s string) (Hash, error) {
	var h Hash
	err := h.UnmarshalText([]byte(s))
	return h, err
}

// Link returns chain_hash[N] = SHA-256(chain_hash[N-1] || canonical(payload[N])).
// payload must already be canonical.
func Link(prev Hash, payload []byte) Hash {
	var small [1024]byte
	if len(prev)+len(payload) <= len(small) {
		n := copy(small[:], prev[:])
		n += copy(small[n:], payload)
		return sha256.Sum256(small[:n])
	}
	return hashTwo(prev[:], payload)
}

// Commit returns the commitment to a private part: SHA-256(salt || P), where P
// is the private part's canonical JSON.
func Commit(private, salt []byte) Hash { return hashTwo(salt, private) }

func hashTwo(a, b []byte) Hash {
	d := sha256.New()
	d.Write(a)
	d.Write(b)
	var h Hash
	d.Sum(h[:0])
	return h
}

// NewNonce returns 128 random bits as 32 hex digits, for Payload.Nonce.
func NewNonce() string {
	var b [nonceBytes]byte
	d := draws.Get().(*draw)
	d.take(b[:])
	draws.Put(d)
	var digits [2 * nonceBytes]byte
	hex.Encode(digits[:], b[:])
	return string(digits[:])
}

// nonceBytes is a nonce's length.
const nonceBytes = 16

// draw is random bytes that the system gave at once: asking it costs ten times
// what copying does. What was taken is overwritten, and given to nobody else.
type draw struct {
	bytes [32 * nonceBytes]byte
	used  int
}

var draws = sync.Pool{New: func() any { return &draw{used: len(draw{}.bytes)} }}

func (d *draw) take(b []byte) {
	if d.used+len(b) > len(d.bytes) {
		rand.Read(d.bytes[:])
		d.used = 0
	}
	from := d.bytes[d.used : d.used+len(b)]
	copy(b, from)
	clear(from)
	d.used += len(b)
}

// NewSalt returns 32 random bytes for Commit.
func NewSalt() []byte {
	b := make([]byte, 32)
	rand.Read(b)
	return b
}

// Base64 returns the hash as checkpoints and proofs write it: standard
// alphabet, padded, 44 characters.
func (h Hash) Base64() string { return base64.StdEncoding.EncodeToString(h[:]) }

// ParseBase64 reads a hash as Base64 writes it, and nothing else.
func ParseBase64(s string) (Hash, error) {
	var h Hash
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != len(h) || len(s) != 44 {
		return h, fmt.Errorf("read hash: not 32 bytes in padded base64")
	}
	copy(h[:], b)
	return h, nil
}

// decodeHex fills dst from exactly 2*len(dst) lower-case hex digits.
func decodeHex(dst, src []byte) bool {
	if len(src) != 2*len(dst) {
		return false
	}
	for i := range dst {
		hi, lo := hexValue[src[2*i]], hexValue[src[2*i+1]]
		if hi|lo > 15 {
			return false
		}
		dst[i] = hi<<4 | lo
	}
	return true
}

func isHex(src []byte) bool {
	var bad byte
	for _, c := range src {
		bad |= hexValue[c]
	}
	return bad <= 15
}

// hexValue maps a lower-case hex digit to its value, everything else to 0xff.
var hexValue = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range byte(10) {
		t['0'+i] = i
	}
	for i := range byte(6) {
		t['a'+i] = 10 + i
	}
	return t
}()
