package vault

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"

	"coffre/vault/paper"
)

// Recovery is the identity that opens a firm's backups from paper alone: age's
// hybrid one (ML-KEM-768 and X25519). Its private key is a seed of 32 bytes, so 24
// words hold all of it.
type Recovery struct {
	seed      []byte
	identity  string // AGE-SECRET-KEY-PQ-1…
	recipient string // age1pq1…
}

const hybridPrefix = "age-secret-key-pq-"

// ErrBadRecovery is what no identity for backups can be made of.
var ErrBadRecovery = errors.New("not an identity that opens backups")

// NewRecovery draws an identity, in memory.
func NewRecovery() (*Recovery, error) {
	seed := make([]byte, paper.Size)
	if _, err := rand.Read(seed); err != nil {
		return nil, fmt.Errorf("generate recovery identity: %w", err)
	}
	return recoveryOf(seed)
}

// RecoveryOfWords reads an identity back from paper. Errors: those of paper.Secret.
func RecoveryOfWords(text string) (*Recovery, error) {
	seed, _, err := paper.Secret(text)
	if err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}
	return recoveryOf(seed)
}

func recoveryOf(seed []byte) (*Recovery, error) {
	text := string(bytes.ToUpper(bech32Encode(hybridPrefix, seed)))
	id, err := age.ParseHybridIdentity(text)
	if err != nil {
		return nil, fmt.Errorf("read recovery identity: %w", ErrBadRecovery)
	}
	return &Recovery{seed, text, id.Recipient().String()}, nil
}

// String hides the identity wherever a Recovery is printed.
func (r *Recovery) String() string { return "***" }

// GoString hides the identity from %#v.
func (r *Recovery) GoString() string { return "***" }

// Words are the identity on paper, 24 of them.
func (r *Recovery) Words(lang paper.Lang) []string { return paper.Words(lang, r.seed) }

// Identity is the identity as age writes it, "AGE-SECRET-KEY-PQ-1…", one line
// without its end.
func (r *Recovery) Identity() string { return r.identity }

// Recipient is what backups are encrypted to, "age1pq1…", about 1960 characters.
func (r *Recovery) Recipient() string { return r.recipient }

// File is the identity as a file that age reads with -i.
func (r *Recovery) File() []byte {
	return []byte("# kit: " + RecipientMark(r.recipient) + "\n# public key: " + r.recipient + "\n" + r.identity + "\n")
}

// RecipientMark is a recipient as people compare it: the first 64 bits of its
// SHA-256 in hex, in groups of four.
func RecipientMark(recipient string) string {
	sum := sha256.Sum256([]byte(strings.TrimSpace(recipient)))
	all := hex.EncodeToString(sum[:8])
	return all[:4] + " " + all[4:8] + " " + all[8:12] + " " + all[12:]
}

// IdentityFile gives the age identity file that text stands for: itself, where it
// holds one or several identities as age writes them, else what the 24 words on the
// emergency kit say. Errors: those of paper.Secret for anything else.
func IdentityFile(text []byte) ([]byte, error) {
	if bytes.Contains(text, []byte("AGE-")) || bytes.HasPrefix(text, []byte("age-encryption.org/")) || bytes.HasPrefix(text, []byte("-----BEGIN AGE")) {
		return bytes.Clone(text), nil
	}
	r, err := RecoveryOfWords(string(text))
	if err != nil {
		return nil, err
	}
	return r.File(), nil
}
