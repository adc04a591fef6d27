package embed

import (
	"context"
	"math"
	"sync"

	"coffre/index/embed/weights"
)

// groupRows is the most tokens that go through the layers together: enough to
// make widening a panel of weights cheap beside its use, few enough for the
// scratch buffers to stay in the processor's cache.
const groupRows = 256

// encoder computes hidden states. It is read-only after newEncoder.
type encoder struct {
	*weights.Model
	k       kernels
	scratch sync.Pool // of *scratch
}

// newEncoder folds the attention's 1/√d into the query's weights, so m belongs
// to the encoder from here on.
func newEncoder(m *weights.Model, k kernels) *encoder {
	e := &encoder{Model: m, k: k}
	f := float32(1 / math.Sqrt(float64(m.Dim/m.Heads)))
	for i := range m.Layers {
		x := &m.Layers[i].QKV
		for o := range m.Dim {
			x.Bias[o] *= f
			if x.Q != nil {
				x.Scale[o] *= f
			}
		}
		if x.F != nil { // the query is the first Dim outputs: the first panels
			for j := range m.Dim * m.Dim {
				x.F[j] *= f
			}
		}
	}
	e.scratch.New = func() any { return newScratch(m.Shape) }
	return e
}

// window is a run of tokens that attend to one another, [CLS] and [SEP]
// included. sum receives the sum of their hidden states.
type window struct {
	text   int // whose
	tokens []uint16
	sum    []float32
}

// scratch is what one worker computes in.
type scratch struct {
	x, y   []float32 // rows × dim: hidden states, a sub-layer's output
	wide   []float32 // rows × inner (feed-forward) or rows × 3 dim (query, key, value)
	mixed  []float32 // rows × dim: attention's output
	panel  []float32 // dim × panel: widened weights
	keys   []float32 // head × positions, in panels
	values []float32 // positions × head, in panels
	scores []float32 // tile × positions
	head   []float32 // tile × head
}

func newScratch(s weights.Shape) *scratch {
	rows, head := up(max(groupRows, s.Positions), tile)+tile, s.Dim/s.Heads
	wide := up(s.Positions, panel)
	return &scratch{
		x: make([]float32, rows*s.Dim), y: make([]float32, rows*s.Dim),
		wide:  make([]float32, rows*max(s.Inner, 3*s.Dim)),
		mixed: make([]float32, rows*s.Dim), panel: make([]float32, s.Dim*panel),
		keys: make([]float32, head*wide), values: make([]float32, head*wide),
		scores: make([]float32, tile*wide), head: make([]float32, tile*head),
	}
}

func up(n, to int) int { return (n + to - 1) / to * to }

// run fills in the sums of some windows, groupRows tokens in all at most (or a
// single window). It looks at ctx once a layer.
func (e *encoder) run(ctx context.Context, windows []window) error {
	s := e.scratch.Get().(*scratch)
	defer e.scratch.Put(s)
	rows := e.embed(s, windows)
	for i := range e.Layers {
		if err := ctx.Err(); err != nil {
			return err
		}
		l := &e.Layers[i]
		e.linear(s, s.wide, s.x, rows, &l.QKV)
		at := 0
		for _, w := range windows {
			e.attend(s, at, len(w.tokens))
			at += len(w.tokens)
		}
		e.linear(s, s.y, s.mixed, rows, &l.Out)
		e.addNorm(s, rows, &l.AfterAttention)
		e.linear(s, s.wide, s.x, rows, &l.Up)
		e.k.gelu(s.wide[:rows*e.Inner])
		e.linear(s, s.y, s.wide, rows, &l.Down)
		e.addNorm(s, rows, &l.AfterFeedForward)
	}
	at := 0
	for i := range windows {
		w := &windows[i]
		w.sum = make([]float32, e.Dim)
		for range w.tokens {
			for j, v := range s.x[at*e.Dim:][:e.Dim] {
				w.sum[j] += v
			}
			at++
		}
	}
	return nil
}

// embed puts the tokens' embeddings, position added and normalized, in s.x.
func (e *encoder) embed(s *scratch, windows []window) (rows int) {
	d := e.Dim
	for _, w := range windows {
		for at, id := range w.tokens {
			x, y := s.x[rows*d:][:d], s.y[:d]
			copy(x, e.Model.Positions[at*d:])
			if q := e.Model.Words.Q; q != nil {
				f := e.Model.Words.Scale[id]
				for j, v := range q[int(id)*d:][:d] {
					y[j] = f * float32(v)
				}
			} else {
				copy(y, e.Model.Words.F[int(id)*d:])
			}
			e.k.addNorm(x, y, e.Embedded.Gain, e.Embedded.Bias)
			rows++
		}
	}
	return rows
}

// linear computes dst = src·Wᵀ + b. Panels are widened once for all rows, a
// block of Dim inputs at a time so that they stay in the first-level cache.
func (e *encoder) linear(s *scratch, dst, src []float32, rows int, m *weights.Matrix) {
	for r := range rows {
		copy(dst[r*m.Out:], m.Bias)
	}
	for o := 0; o < m.Out; o += panel {
		for k := 0; k < m.In; k += e.Dim {
			at := (o/panel*m.In + k) * panel
			w := s.panel
			if m.Q != nil {
				e.k.widen(w, m.Q[at:at+e.Dim*panel], m.Scale[o:o+panel], e.Dim)
			} else {
				w = m.F[at : at+e.Dim*panel]
			}
			for r := 0; r < rows; r += tile {
				e.k.multiply(dst[r*m.Out+o:], m.Out, src[r*m.In+k:], m.In, w, e.Dim)
			}
		}
	}
}

// addNorm puts norm(x + y) in x.
func (e *encoder) addNorm(s *scratch, rows int, n *weights.Norm) {
	for r := range rows {
		e.k.addNorm(s.x[r*e.Dim:][:e.Dim], s.y[r*e.Dim:][:e.Dim], n.Gain, n.Bias)
	}
}
