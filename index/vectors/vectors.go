// Package vectors keeps the vectors of passages and finds the nearest ones to
// a question's.
//
// The package's rule: it compares numbers. It knows ordinals, sums of texts
// and names of embedders, nothing of words, classes or languages; who may find
// a passage its caller says (Permit), before anything is scored.
//
// Disk layout: one bbolt file (File) with four buckets, which is the truth,
//
//	state      "format" 4 bytes, "name" 12 random bytes, "applied" 8 bytes,
//	           "serving" an embedder's id, "sweep" present while vectors
//	           without a passage are kept
//	texts      passage ordinal → SHA-256 of the text, language, CRC-32
//	uses       SHA-256, passage ordinal → nothing
//	embedders  embedder id → bucket: "dim" 4 bytes, and by SHA-256 of the text
//	           scale (float32), 2·dim int8, CRC-32
//
// and beside it, for each embedder with a graph, vectors-<16 hex digits of the
// SHA-256 of its id>.graph: a snapshot of the Set, for a quick start (form:
// snapshot.go). A snapshot that is missing, behind, damaged or of another form
// is made anew from the file; whoever deletes it loses minutes. One that was left
// with the file as it is has its stamp (stamp.go): then a start reads no vectors
// from the file and leaves checking them for later (sound.go). A name with more
// behind .graph is what a killed writer left, and goes.
//
// In the file numbers are big-endian; sums are CRC-32 (IEEE) of key and value. A vector
// belongs to a text, not to a passage, so that a text that comes back (a new
// version, a rebuilt index, a second copy) isn't embedded again.
package vectors

import (
	"errors"
	"fmt"
	"math"
)

// ErrCorrupt says that a file can't be used and is to be removed.
var ErrCorrupt = errors.New("vectors are damaged or of another version")

// ErrVector says that an embedder's vector can't be used: it has the wrong
// length, holds something that is no number, or is all zero.
var ErrVector = errors.New("not a usable vector")

// MaxDim bounds the components of a vector.
const MaxDim = 8192

// Quantized is a vector of unit length in two int8 digits a component,
//
//	x[i] ≈ scale · (256·hi[i] + lo[i])
//
// so that the first digits alone are the int8 vector that a scan reads, and
// both together are exact enough (2⁻¹⁶ of the largest component) to rank what
// it found. All arithmetic on digits is in integers: a score has the same bits
// on every machine. Both slices are padded with zeros to a multiple of 32.
type Quantized struct {
	dim    int
	tag    tag // of its text, all zero if unknown
	scale  float32
	hi, lo []int8
}

// Of says which text a vector is of, by which a set knows it again after a
// restart.
func (q Quantized) Of(k Key) Quantized {
	q.tag = tagOf(k)
	return q
}

// Dim is the number of components.
func (q Quantized) Dim() int { return q.dim }

// digits is the largest value of 256·hi + lo.
const digits = 127*256 + 127

// stride is the padded length of a vector.
func stride(dim int) int { return (dim + 31) &^ 31 }

// Quantize brings a vector to unit length and quantizes it. Errors: ErrVector.
func Quantize(v []float32, dim int) (Quantized, error) {
	if len(v) != dim || dim < 1 || dim > MaxDim {
		return Quantized{}, fmt.Errorf("%d components instead of %d: %w", len(v), dim, ErrVector)
	}
	var sum, largest float64
	for _, x := range v {
		f := float64(x)
		sum += f * f
		largest = max(largest, math.Abs(f))
	}
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return Quantized{}, fmt.Errorf("a component is not a number: %w", ErrVector)
	}
	if sum == 0 {
		return Quantized{}, fmt.Errorf("all components are zero: %w", ErrVector)
	}
	n := stride(dim)
	both := make([]int8, 2*n)
	q := Quantized{dim: dim, scale: float32(largest / math.Sqrt(sum) / digits), hi: both[:n:n], lo: both[n:]}
	for i, x := range v {
		d := int(math.Round(float64(x) / largest * digits))
		q.hi[i] = int8((d + 128) >> 8)
		q.lo[i] = int8(d - int(q.hi[i])<<8)
	}
	return q, nil
}

// Cosine is the cosine of the angle between two vectors of equal length.
func (q Quantized) Cosine(o Quantized) float64 {
	var out [1]int32
	dot := func(a, b []int8) int64 {
		dotRows(a, b, out[:])
		return int64(out[0])
	}
	sum := dot(q.hi, o.hi)<<16 + (dot(q.hi, o.lo)+dot(q.lo, o.hi))<<8 + dot(q.lo, o.lo)
	return float64(q.scale) * float64(o.scale) * float64(sum)
}
