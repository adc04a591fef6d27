package weights

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"unsafe"
)

// The file: the magic line, one line of JSON (header), then the payload: the
// sections in the order in which sections() names them, little-endian, each
// begun at a multiple of 4 bytes from the payload's start.
const (
	magic     = "coffre weights 1\n"
	longestHd = 1 << 12
)

type header struct {
	Shape
	Vocab  int    `json:"vocab_bytes"`
	SHA256 string `json:"sha256"` // of the payload
}

// sections calls ints or floats once for every array of m, in the file's order.
func (m *Model) sections(ints func(dst *[]int8, n int), floats func(dst *[]float32, n int)) {
	norm := func(n *Norm) {
		floats(&n.Gain, m.Dim)
		floats(&n.Bias, m.Dim)
	}
	matrix := func(x *Matrix, in, out int) {
		x.In, x.Out = in, out
		floats(&x.Scale, out)
		floats(&x.Bias, out)
		ints(&x.Q, in*out)
	}
	ints(&m.Words.Q, m.Shape.Words*m.Dim)
	floats(&m.Words.Scale, m.Shape.Words)
	floats(&m.Positions, m.Shape.Positions*m.Dim)
	norm(&m.Embedded)
	for i := range m.Layers {
		l := &m.Layers[i]
		matrix(&l.QKV, m.Dim, 3*m.Dim)
		matrix(&l.Out, m.Dim, m.Dim)
		norm(&l.AfterAttention)
		matrix(&l.Up, m.Dim, m.Inner)
		matrix(&l.Down, m.Inner, m.Dim)
		norm(&l.AfterFeedForward)
	}
}

// Write writes a quantized model and sets its Digest.
func (m *Model) Write(w io.Writer) error {
	if err := m.check(); err != nil {
		return err
	}
	var payload bytes.Buffer
	vocab := strings.Join(m.Vocab, "\n")
	payload.WriteString(vocab)
	var wrong error
	fit := func(got, want int) {
		if got != want {
			wrong = fmt.Errorf("write weights: an array has %d values, the shape says %d", got, want)
		}
		for payload.Len()%4 != 0 {
			payload.WriteByte(0)
		}
	}
	m.sections(func(q *[]int8, n int) {
		fit(len(*q), n)
		for _, v := range *q {
			payload.WriteByte(byte(v))
		}
	}, func(f *[]float32, n int) {
		fit(len(*f), n)
		for _, v := range *f {
			payload.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
		}
	})
	if wrong != nil {
		return wrong
	}
	sum := sha256.Sum256(payload.Bytes())
	m.Digest = hex.EncodeToString(sum[:])
	head, err := json.Marshal(header{Shape: m.Shape, Vocab: len(vocab), SHA256: m.Digest})
	if err != nil {
		return fmt.Errorf("encode header of weights: %w", err)
	}
	for _, part := range [][]byte{[]byte(magic), head, []byte("\n"), payload.Bytes()} {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("write weights: %w", err)
		}
	}
	return nil
}

// Parse reads a file. The int8 arrays and the vocabulary of the result are views
// of file, which therefore stays where it is (in the executable's read-only
// pages, if it is embedded); scales, biases and positions are copied. The digest
// is taken from the header, not computed: Sum does that.
func Parse(file string) (*Model, error) {
	head, payload, err := split(file)
	if err != nil {
		return nil, err
	}
	m := &Model{Shape: head.Shape, Digest: head.SHA256, Layers: make([]Layer, head.Layers)}
	if head.Vocab < 0 || head.Vocab > len(payload) {
		return nil, fmt.Errorf("%w: cut in the vocabulary", ErrFormat)
	}
	m.Vocab = strings.Split(payload[:head.Vocab], "\n")
	if len(m.Vocab) != m.Shape.Words {
		return nil, fmt.Errorf("%w: %d words, the header says %d", ErrFormat, len(m.Vocab), m.Shape.Words)
	}
	at, cut := head.Vocab, false
	take := func(n int) string {
		at = (at + 3) &^ 3
		if cut = cut || at+n > len(payload); cut {
			return ""
		}
		at += n
		return payload[at-n : at]
	}
	m.sections(func(q *[]int8, n int) {
		if s := take(n); s != "" {
			*q = unsafe.Slice((*int8)(unsafe.Pointer(unsafe.StringData(s))), n)
		}
	}, func(f *[]float32, n int) {
		if s := take(4 * n); s != "" {
			*f = floats(s)
		}
	})
	if cut || at != len(payload) {
		return nil, fmt.Errorf("%w: %d bytes of payload don't fit the header", ErrFormat, len(payload))
	}
	return m, nil
}

// Head reads the header alone: the shape, and the SHA-256 of the payload that
// the file claims.
func Head(file string) (Shape, string, error) {
	head, _, err := split(file)
	return head.Shape, head.SHA256, err
}

// Sum computes the SHA-256 of a file's payload, which its header gives too.
func Sum(file string) (string, error) {
	_, payload, err := split(file)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	if _, err := io.Copy(h, strings.NewReader(payload)); err != nil {
		return "", fmt.Errorf("sum weights: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func split(file string) (header, string, error) {
	var head header
	rest, ok := strings.CutPrefix(file, magic)
	if !ok {
		return head, "", ErrFormat
	}
	line, _, ok := strings.Cut(rest[:min(len(rest), longestHd)], "\n")
	if !ok {
		return head, "", fmt.Errorf("%w: no header", ErrFormat)
	}
	payload := rest[len(line)+1:]
	if err := json.Unmarshal([]byte(line), &head); err != nil {
		return head, "", fmt.Errorf("%w: %v", ErrFormat, err)
	}
	return head, payload, head.check()
}

func floats(s string) []float32 {
	out := make([]float32, len(s)/4)
	for i := range out {
		b := s[4*i : 4*i+4]
		out[i] = math.Float32frombits(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24)
	}
	return out
}
