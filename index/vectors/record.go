package vectors

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// Key is the SHA-256 of a text as it is embedded.
type Key [32]byte

// Text is what the file keeps of a passage: the key of its text, and its
// language ("fr", "en", "" or any other short tag).
type Text struct {
	Key  Key
	Lang string
}

// maxLang bounds a language tag, bytes.
const maxLang = 16

func sum(key, value []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(key), crc32.IEEETable, value)
}

// sealed appends the sum of key and value to the value.
func sealed(key, value []byte) []byte {
	return binary.BigEndian.AppendUint32(value, sum(key, value))
}

// unsealed checks the sum and takes it away.
func unsealed(key, value []byte) ([]byte, error) {
	n := len(value) - crc32.Size
	if n < 0 || binary.BigEndian.Uint32(value[n:]) != sum(key, value[:n]) {
		return nil, fmt.Errorf("sum of a record does not match: %w", ErrCorrupt)
	}
	return value[:n], nil
}

func ordinalKey(ordinal uint32) []byte { return binary.BigEndian.AppendUint32(nil, ordinal) }

func encodeText(ordinal uint32, t Text) []byte {
	return sealed(ordinalKey(ordinal), append(append([]byte{}, t.Key[:]...), t.Lang[:min(len(t.Lang), maxLang)]...))
}

func decodeText(key, value []byte) (uint32, Text, error) {
	body, err := unsealed(key, value)
	if err != nil {
		return 0, Text{}, err
	}
	if len(key) != 4 || len(body) < len(Key{}) {
		return 0, Text{}, fmt.Errorf("text of %d bytes: %w", len(body), ErrCorrupt)
	}
	return binary.BigEndian.Uint32(key), Text{Key: Key(body[:32]), Lang: language(body[32:])}, nil
}

// language is a tag without memory of its own for the common ones.
func language(b []byte) string {
	switch string(b) {
	case "fr":
		return "fr"
	case "en":
		return "en"
	}
	return string(b)
}

func (q Quantized) encode(k Key) []byte {
	dim := q.dim
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 4+2*dim+crc32.Size), math.Float32bits(q.scale))
	for _, digits := range [][]int8{q.hi[:dim], q.lo[:dim]} {
		for _, d := range digits {
			b = append(b, byte(d))
		}
	}
	return sealed(k[:], b)
}

// checkVector tells whether a record is sound.
func checkVector(k Key, value []byte, dim int) error {
	b, err := unsealed(k[:], value)
	if err != nil {
		return err
	}
	if len(b) != 4+2*dim {
		return fmt.Errorf("vector of %d bytes: %w", len(b), ErrCorrupt)
	}
	if scale := math.Float32frombits(binary.BigEndian.Uint32(b)); !(scale > 0 && scale < 1) {
		return fmt.Errorf("scale of a vector: %w", ErrCorrupt)
	}
	return nil
}

func decodeVector(k Key, b []byte, dim int) (Quantized, error) {
	if err := checkVector(k, b, dim); err != nil {
		return Quantized{}, err
	}
	q := Quantized{dim: dim, tag: tagOf(k), scale: math.Float32frombits(binary.BigEndian.Uint32(b))}
	n := stride(dim)
	both := make([]int8, 2*n)
	q.hi, q.lo = both[:n:n], both[n:]
	copy(bytesOf(q.hi), b[4:4+dim])
	copy(bytesOf(q.lo), b[4+dim:4+2*dim])
	return q, nil
}
