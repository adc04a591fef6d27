package chain

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Checkpoint is the state of a chain that a key vouches for: the root of the
// tree over its first Size entries. Its text is a C2SP tlog-checkpoint.
type Checkpoint struct {
	Origin string // Origin's result
	Size   uint64
	Root   Hash
}

// ErrCheckpoint is wrapped where a text is no checkpoint note.
var ErrCheckpoint = errors.New("not a checkpoint")

// ErrSignature is returned where a signature of a known key does not hold.
var ErrSignature = errors.New("invalid signature")

// maxNote bounds a note's length in bytes; ours take about 300.
const maxNote = 64 << 10

// Sign returns the checkpoint as a signed note, one signature line a signer.
func (c Checkpoint) Sign(signers ...*Signer) (string, error) {
	b := append(make([]byte, 0, 512), c.Origin...)
	b = strconv.AppendUint(append(b, '\n'), c.Size, 10)
	b = append(base64.StdEncoding.AppendEncode(append(b, '\n'), c.Root[:]), '\n')
	body := b[:len(b):len(b)]
	b = append(b, '\n')
	for _, s := range signers {
		sig, err := s.signer.Sign(body)
		if err != nil {
			return "", fmt.Errorf("sign checkpoint of size %d: %w", c.Size, err)
		}
		b = append(append(append(b, "— "...), s.signer.Name()...), ' ')
		b = base64.StdEncoding.AppendEncode(b, append(binary.BigEndian.AppendUint32(nil, s.signer.KeyHash()), sig...))
		b = append(b, '\n')
	}
	return string(b), nil
}

// OpenCheckpoint parses a note and checks its signatures against vkeys. It
// returns those of vkeys that signed, in the order given; none is no error,
// since signatures of unknown keys may stand in any note. Errors:
// ErrCheckpoint, ErrKey for a malformed vkey, and ErrSignature where one of
// vkeys is named but did not sign these bytes.
func OpenCheckpoint(text string, vkeys ...string) (Checkpoint, []string, error) {
	if len(text) > maxNote {
		return Checkpoint{}, nil, fmt.Errorf("%w: longer than %d bytes", ErrCheckpoint, maxNote)
	}
	var c Checkpoint
	var signed []string
	n, err := openNote(text)
	if err == nil {
		c, err = parseBody(n.Text)
	}
	if err != nil {
		return c, nil, err
	}
	for _, k := range vkeys {
		v, err := note.NewVerifier(k)
		if err != nil {
			return c, nil, fmt.Errorf("%w: %w", ErrKey, err)
		}
		ok, err := signedBy(text, v)
		if err != nil {
			return c, nil, err
		}
		if ok {
			signed = append(signed, k)
		}
	}
	return c, signed, nil
}

// openNote parses a note without trusting any signature.
func openNote(text string) (*note.Note, error) {
	n, err := note.Open([]byte(text), note.VerifierList())
	if unverified := (*note.UnverifiedNoteError)(nil); errors.As(err, &unverified) {
		return unverified.Note, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	return n, nil
}

// signedBy reports whether v signed the note; ErrSignature where a line bears
// v's name and hash but does not verify.
func signedBy(text string, v note.Verifier) (bool, error) {
	n, err := note.Open([]byte(text), note.VerifierList(v))
	if unverified := (*note.UnverifiedNoteError)(nil); errors.As(err, &unverified) {
		return false, nil
	}
	if invalid := (*note.InvalidSignatureError)(nil); errors.As(err, &invalid) {
		return false, fmt.Errorf("%w of key %08x", ErrSignature, invalid.Hash)
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	return len(n.Sigs) > 0, nil
}

// parseBody reads the three lines of a checkpoint in their one exact spelling.
func parseBody(body string) (Checkpoint, error) {
	lines := strings.Split(body, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" {
		return Checkpoint{}, fmt.Errorf("%w: not three lines", ErrCheckpoint)
	}
	size, err := strconv.ParseUint(lines[1], 10, 64)
	if err != nil || size > MaxInteger || strconv.FormatUint(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("%w: size", ErrCheckpoint)
	}
	root, err := ParseBase64(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: root", ErrCheckpoint)
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root}, nil
}
