// Package weights holds the parameters of a BERT encoder in the shape that
// package embed computes with, and their file.
//
// The package's rule: it knows numbers and layouts, never text; a damaged file
// is an error, never a panic or an allocation larger than the file.
//
// A weight matrix lies in panels of Panel output rows: for panel p, input k and
// lane j the value of output p*Panel+j stands at (p*In+k)*Panel+j. So a kernel
// reads it from front to back, int8 or f32 alike.
package weights

import (
	"errors"
	"fmt"
	"math"
)

// Panel is the number of outputs that lie side by side in a Matrix.
const Panel = 16

// ErrFormat is wrapped by every error about a file that isn't what it should be.
var ErrFormat = errors.New("not a file of weights")

// Matrix is a linear layer, y = W·x + b. Either Q and Scale (quantized) or F
// (f32, for reference) hold W.
type Matrix struct {
	In, Out int
	Q       []int8    // Out*In, in panels
	Scale   []float32 // Out: the real weight of row o is Q*Scale[o]
	F       []float32 // Out*In, in panels
	Bias    []float32 // Out
}

// Norm is the gain and the bias of a layer normalization.
type Norm struct{ Gain, Bias []float32 }

// Layer is one block of the encoder. QKV holds the rows of the query, key and
// value projections one after the other.
type Layer struct {
	QKV, Out, Up, Down Matrix
	AfterAttention     Norm
	AfterFeedForward   Norm
}

// Rows is a table of embeddings, row by row; quantized (Q, Scale) or not (F).
type Rows struct {
	Q     []int8
	Scale []float32 // one a row
	F     []float32
}

// Shape is what the numbers mean. Positions is the longest window in tokens.
type Shape struct {
	Name      string `json:"name"`
	Dim       int    `json:"dim"`
	Heads     int    `json:"heads"`
	Inner     int    `json:"inner"` // width of the feed-forward layer
	Layers    int    `json:"layers"`
	Positions int    `json:"positions"`
	Words     int    `json:"words"`
}

// Model is a whole encoder. Positions holds Shape.Positions rows of Dim, with
// the embedding of the only token type added in.
type Model struct {
	Shape
	Digest    string   // lower hex SHA-256 of the file's payload; "" if it was not read from one
	Vocab     []string // by token id
	Words     Rows
	Positions []float32
	Embedded  Norm
	Layers    []Layer
}

func (s Shape) check() error {
	if s.Dim <= 0 || s.Heads <= 0 || s.Inner <= 0 || s.Layers <= 0 || s.Positions <= 0 || s.Words <= 0 {
		return fmt.Errorf("%w: a size is not positive", ErrFormat)
	}
	if s.Dim > 1<<12 || s.Inner > 1<<14 || s.Layers > 64 || s.Positions > 1<<12 || s.Words > math.MaxUint16 {
		return fmt.Errorf("%w: a size is out of range", ErrFormat)
	}
	if s.Dim%(s.Heads*Panel) != 0 || s.Inner%Panel != 0 || s.Inner%s.Dim != 0 {
		return fmt.Errorf("%w: sizes don't fit panels of %d", ErrFormat, Panel)
	}
	return nil
}

// Quantize replaces every f32 matrix and the word table by int8 with a scale a
// row (symmetric, the largest magnitude becomes 127).
func (m *Model) Quantize() {
	m.Words.Q = make([]int8, len(m.Words.F))
	m.Words.Scale = make([]float32, m.Shape.Words)
	for r := range m.Words.Scale {
		at := func(k int) int { return r*m.Dim + k }
		m.Words.Scale[r] = quantize(m.Words.Q, m.Words.F, m.Dim, at)
	}
	m.Words.F = nil
	for i := range m.Layers {
		l := &m.Layers[i]
		for _, x := range []*Matrix{&l.QKV, &l.Out, &l.Up, &l.Down} {
			x.quantize()
		}
	}
}

func (x *Matrix) quantize() {
	x.Q = make([]int8, len(x.F))
	x.Scale = make([]float32, x.Out)
	for o := range x.Scale {
		at := func(k int) int { return place(x.In, o, k) }
		x.Scale[o] = quantize(x.Q, x.F, x.In, at)
	}
	x.F = nil
}

func quantize(dst []int8, src []float32, n int, at func(int) int) float32 {
	var most float64
	for k := range n {
		most = max(most, math.Abs(float64(src[at(k)])))
	}
	if most == 0 {
		return 0
	}
	for k := range n {
		dst[at(k)] = int8(math.RoundToEven(float64(src[at(k)]) * 127 / most))
	}
	return float32(most / 127)
}

// place is where the weight of output o for input k lies in its panels.
func place(in, o, k int) int { return (o/Panel*in+k)*Panel + o%Panel }
