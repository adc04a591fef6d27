package chain

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// algCosignature is the algorithm byte of C2SP tlog-cosignature's Ed25519 keys.
const algCosignature = 4

// Cosigner holds a witness's private key. What it signs says that the witness
// has seen this checkpoint at that time and none that contradicts it. It prints
// as ***; only Secret shows it.
type Cosigner struct {
	name string
	seed []byte
	key  ed25519.PrivateKey
}

// NewCosigner makes a fresh witness key. A name should be a schemaless URL or
// another text that is the witness's own; it holds no white space and no plus.
// Error: ErrKey.
func NewCosigner(name string) (*Cosigner, error) {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	return cosignerOf(name, seed)
}

func cosignerOf(name string, seed []byte) (*Cosigner, error) {
	c := &Cosigner{name: name, seed: seed, key: ed25519.NewKeyFromSeed(seed)}
	if _, err := parseCosignatureKey(c.Verifier()); err != nil {
		return nil, fmt.Errorf("make witness key: %w", err)
	}
	return c, nil
}

// ParseCosigner reads what Secret returned. The error never holds the key.
func ParseCosigner(secret string) (*Cosigner, error) {
	rest, ok := strings.CutPrefix(secret, "PRIVATE+KEY+")
	part := strings.SplitN(rest, "+", 3)
	if !ok || len(part) != 3 {
		return nil, fmt.Errorf("read witness key: %w", ErrKey)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(part[2])
	if err != nil || len(raw) != 1+ed25519.SeedSize || raw[0] != algCosignature {
		return nil, fmt.Errorf("read witness key: %w", ErrKey)
	}
	c, err := cosignerOf(part[0], raw[1:])
	if err != nil || c.Secret() != secret {
		return nil, fmt.Errorf("read witness key: %w", ErrKey)
	}
	return c, nil
}

// Secret returns the private key, spelled as golang.org/x/mod/sumdb/note does.
func (c *Cosigner) Secret() string {
	v := c.verifier()
	return fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", c.name, v.hash, base64.StdEncoding.EncodeToString(append([]byte{algCosignature}, c.seed...)))
}

// Verifier returns the public key: name+hash+base64, of algorithm 4.
func (c *Cosigner) Verifier() string { return c.verifier().String() }

func (c *Cosigner) verifier() cosignatureKey {
	return newCosignatureKey(c.name, c.key.Public().(ed25519.PublicKey))
}

// Name returns the witness's name.
func (c *Cosigner) Name() string { return c.name }

// String hides the key.
func (c Cosigner) String() string { return "***" }

// GoString hides the key from %#v.
func (c Cosigner) GoString() string { return "***" }

// LogValue hides the key from slog.
func (c Cosigner) LogValue() slog.Value { return slog.StringValue("***") }

// MarshalText hides the key from encoding/json and its like.
func (c Cosigner) MarshalText() ([]byte, error) { return []byte("***"), nil }

// Cosign returns the note with this witness's line added, in place of one that
// it added earlier. It doesn't ask whether the checkpoint deserves it: Advance
// does. Error: ErrCheckpoint.
func (c *Cosigner) Cosign(text string, at time.Time) (string, error) {
	n, err := openNote(text)
	if err == nil {
		_, err = parseBody(n.Text)
	}
	if err != nil {
		return "", fmt.Errorf("cosign: %w", err)
	}
	v := c.verifier()
	raw := binary.BigEndian.AppendUint32(nil, v.hash)
	raw = binary.BigEndian.AppendUint64(raw, uint64(at.Unix()))
	raw = append(raw, ed25519.Sign(c.key, cosignedMessage(uint64(at.Unix()), n.Text))...)
	var out strings.Builder
	out.WriteString(n.Text + "\n")
	for _, s := range n.UnverifiedSigs {
		if s.Name != c.name || s.Hash != v.hash {
			fmt.Fprintf(&out, "\u2014 %s %s\n", s.Name, s.Base64)
		}
	}
	fmt.Fprintf(&out, "\u2014 %s %s\n", c.name, base64.StdEncoding.EncodeToString(raw))
	// A note that can't take another line would be of no use.
	if _, ok, err := OpenCosignature(out.String(), c.Verifier()); err != nil || !ok {
		return "", fmt.Errorf("cosign: %w: it has no room for another line", ErrCheckpoint)
	}
	return out.String(), nil
}

// cosignedMessage is what a cosignature signs: C2SP tlog-cosignature, version 1.
func cosignedMessage(seconds uint64, body string) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", seconds, body)
}
