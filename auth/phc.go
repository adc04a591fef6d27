package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Params are the costs of Argon2id (RFC 9106). The zero value stands for
// DefaultParams.
type Params struct {
	MemoryKiB uint32 // KiB
	Time      uint32 // passes
	Threads   uint8  // lanes
}

// DefaultParams lie above RFC 9106's second recommendation for t and above
// OWASP's minimum for m: 64 MiB, 3 passes, 2 lanes.
var DefaultParams = Params{MemoryKiB: 64 << 10, Time: 3, Threads: 2}

const (
	saltBytes = 16
	hashBytes = 32
)

// errPHC is wrapped where a stored password hash can't be read.
var errPHC = errors.New("not an Argon2id PHC string")

// phc is a parsed PHC string (github.com/P-H-C/phc-string-format).
type phc struct {
	params     Params
	salt, hash []byte
}

var phcBase64 = base64.RawStdEncoding.Strict()

func (h phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.MemoryKiB, h.params.Time, h.params.Threads,
		phcBase64.EncodeToString(h.salt), phcBase64.EncodeToString(h.hash))
}

// parsePHC accepts exactly what phc.String writes. Costs are bounded (1 GiB, 64
// passes, 16 lanes), so that a damaged record can't stop the box.
func parsePHC(s string) (phc, error) {
	var h phc
	parts := strings.Split(s, "$")
	if len(s) > 512 || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return h, errPHC
	}
	costs := strings.Split(parts[3], ",")
	if len(costs) != 3 {
		return h, errPHC
	}
	m, okM := cost(costs[0], "m=", 1<<20)
	t, okT := cost(costs[1], "t=", 64)
	p, okP := cost(costs[2], "p=", 16)
	if !okM || !okT || !okP || m < 8*p {
		return h, errPHC
	}
	h.params = Params{MemoryKiB: m, Time: t, Threads: uint8(p)}
	var err error
	if h.salt, err = phcBase64.DecodeString(parts[4]); err != nil || len(h.salt) < 8 || len(h.salt) > 64 {
		return h, errPHC
	}
	if h.hash, err = phcBase64.DecodeString(parts[5]); err != nil || len(h.hash) < 16 || len(h.hash) > 64 {
		return h, errPHC
	}
	if h.String() != s {
		return h, errPHC
	}
	return h, nil
}

func cost(s, name string, most uint64) (uint32, bool) {
	digits, ok := strings.CutPrefix(s, name)
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), ok && err == nil && n >= 1 && n <= most
}

// newPHC hashes a password under fresh salt.
func newPHC(password []byte, p Params) phc {
	h := phc{params: p, salt: make([]byte, saltBytes)}
	rand.Read(h.salt)
	h.hash = argon2.IDKey(password, h.salt, p.Time, p.MemoryKiB, p.Threads, hashBytes)
	return h
}

// matches compares in constant time.
func (h phc) matches(password []byte) bool {
	got := argon2.IDKey(password, h.salt, h.params.Time, h.params.MemoryKiB, h.params.Threads, uint32(len(h.hash)))
	return subtle.ConstantTimeCompare(got, h.hash) == 1
}
