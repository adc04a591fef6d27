package factor

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"math/big"
	"strings"
)

// RecoveryCodes is how many codes a sheet has.
const RecoveryCodes = 10

// A code has recoveryGroups groups of recoveryGroup letters: 120 bits, so that a
// plain hash is enough (OWASP ASVS 5.0, 6.5.2, asks for a password's hash below
// 112), and nobody finds one from a stolen database. Codes of recoveryEarlier
// letters were given out before, and still open.
const (
	recoveryGroups  = 6
	recoveryGroup   = 4
	recoveryEarlier = 15
	// recoveryLetters are easy to tell apart in print and to type on any keyboard.
	recoveryLetters = "abcdefghijkmnpqrstuvwxyz23456789"
)

// Sheet is what is kept of a sheet of recovery codes: a salt, and a digest for
// each code that has not been used.
type Sheet struct {
	Salt    []byte   `json:"salt"`
	Digests []string `json:"digests"` // SHA-256 of salt and code, hex
}

// NewSheet draws RecoveryCodes codes, which exist nowhere else, and what is kept
// of them.
func NewSheet() (codes []string, s Sheet) {
	s.Salt = make([]byte, 16)
	rand.Read(s.Salt)
	for range RecoveryCodes {
		c := newCode()
		codes = append(codes, c)
		s.Digests = append(s.Digests, s.digest(c))
	}
	return codes, s
}

func newCode() string {
	var b strings.Builder
	for i := range recoveryGroups * recoveryGroup {
		if i > 0 && i%recoveryGroup == 0 {
			b.WriteByte('-')
		}
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(recoveryLetters))))
		if err != nil {
			panic(err) // crypto/rand never fails (since Go 1.24 it ends the program)
		}
		b.WriteByte(recoveryLetters[n.Int64()])
	}
	return b.String()
}

// fold makes what somebody typed comparable: case, dashes and spaces don't count.
func fold(code string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\u2011' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(code)))
}

func (s Sheet) digest(code string) string {
	sum := sha256.Sum256(append(append([]byte{}, s.Salt...), fold(code)...))
	return hex.EncodeToString(sum[:])
}

// Use looks for a code and returns the sheet without it. All digests are
// compared, in constant time.
func (s Sheet) Use(code string) (left Sheet, ok bool) {
	left.Salt = s.Salt
	if len(code) > 100 {
		return s, false
	}
	want := []byte(s.digest(code))
	for _, d := range s.Digests {
		if subtle.ConstantTimeCompare([]byte(d), want) == 1 {
			ok = true
			continue
		}
		left.Digests = append(left.Digests, d)
	}
	return left, ok
}

// LooksLikeRecovery tells a recovery code from six digits, so that one field
// takes both.
func LooksLikeRecovery(code string) bool {
	n := len(fold(code))
	return n == recoveryGroups*recoveryGroup || n == recoveryEarlier
}
