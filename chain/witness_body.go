package chain

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The body of C2SP tlog-witness's add-checkpoint: `old N`, the lines of a
// consistency proof, an empty line, the checkpoint.

// maxAddCheckpoint bounds such a body in bytes: 63 proof lines and a note.
const maxAddCheckpoint = maxNote + 4096

// mostProofLines is the protocol's bound.
const mostProofLines = 63

// ErrAddCheckpoint is wrapped where a text is no body of add-checkpoint.
var ErrAddCheckpoint = errors.New("not a body of add-checkpoint")

// ParseAddCheckpoint reads a body. Whether checkpoint and proof hold is
// Advance's to say. Errors: ErrAddCheckpoint, also where old is larger than the
// checkpoint.
func ParseAddCheckpoint(body []byte) (WitnessUpdate, error) {
	var u WitnessUpdate
	bad := func(what string) (WitnessUpdate, error) {
		return WitnessUpdate{}, fmt.Errorf("%w: %s", ErrAddCheckpoint, what)
	}
	if len(body) > maxAddCheckpoint {
		return bad("too long")
	}
	head, note, ok := bytes.Cut(body, []byte("\n\n"))
	if !ok {
		return bad("no empty line")
	}
	lines := strings.Split(string(head), "\n")
	old, ok := strings.CutPrefix(lines[0], "old ")
	if u.From, ok = decimal(old, ok); !ok {
		return bad("old size")
	}
	if len(lines)-1 > mostProofLines {
		return bad("too many proof lines")
	}
	for _, l := range lines[1:] {
		h, err := ParseBase64(l)
		if err != nil {
			return bad("proof line")
		}
		u.Consistency = append(u.Consistency, h)
	}
	cp, _, err := OpenCheckpoint(string(note))
	if err != nil {
		return bad("checkpoint")
	}
	if u.From > cp.Size {
		return bad("old is larger than the checkpoint")
	}
	u.Checkpoint = string(note)
	return u, nil
}

// decimal reads a size without leading zeroes.
func decimal(s string, ok bool) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, 64)
	return n, ok && err == nil && n <= MaxInteger && strconv.FormatUint(n, 10) == s
}

// AddCheckpoint returns the update as a body of add-checkpoint; hand-overs have
// no place in it, so a witness must know the key already.
func (u WitnessUpdate) AddCheckpoint() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", u.From)
	for _, h := range u.Consistency {
		b.WriteString(h.Base64() + "\n")
	}
	b.WriteString("\n" + u.Checkpoint)
	return b.Bytes()
}

// CosignatureLines returns the lines of a note that are not in the one it was
// made from: what add-checkpoint answers.
func CosignatureLines(cosigned, before string) string {
	var out strings.Builder
	for line := range strings.Lines(cosigned) {
		if strings.HasPrefix(line, "\u2014 ") && !strings.Contains("\n"+before, "\n"+line) {
			out.WriteString(line)
		}
	}
	return out.String()
}

// JoinCosignature adds the line of the witness with that key, out of lines that
// it answered, to the note; the others are ignored. Errors: those of
// OpenCosignature, and ErrSignature where none is the witness's.
func JoinCosignature(note, lines, vkey string) (string, error) {
	if len(lines) > maxNote {
		return "", fmt.Errorf("%w: longer than %d bytes", ErrCheckpoint, maxNote)
	}
	k, err := parseCosignatureKey(vkey)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(lines) {
		if !strings.HasPrefix(line, "\u2014 "+k.name+" ") || !strings.HasSuffix(line, "\n") {
			continue
		}
		joined := note + line
		if _, ok, err := OpenCosignature(joined, vkey); err == nil && ok {
			return joined, nil
		}
	}
	return "", fmt.Errorf("join cosignature: %w", ErrSignature)
}

// Life returns how many restores an origin tells of; ok is false for another
// log's.
func (s WitnessState) Life(origin string) (restores int, ok bool) { return restoresIn(origin, s.Log) }

// Signed tells whether the key that the witness knows has signed the note.
func (s WitnessState) Signed(note string) bool { return holds(note, s.Key) }

// LogName returns a log's name, which its keys bear, out of an origin or a
// verifier key: what stands before the restores and before the first plus.
func LogName(text string) string {
	name, _, _ := strings.Cut(text, "+")
	if i := strings.LastIndexByte(name, '/'); i > 0 {
		if _, ours := restoresIn(name, name[:i]); ours {
			return name[:i]
		}
	}
	return name
}

// Lives returns how many restores an origin tells of.
func Lives(origin string) int {
	n, _ := restoresIn(origin, LogName(origin))
	return n
}
