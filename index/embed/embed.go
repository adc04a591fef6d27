package embed

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"coffre/index/embed/weights"
)

//go:embed assets/minilm.bin
var file string

// method names what besides the weights decides on a vector; a change of
// tokenizer, windows or pooling needs another one.
const method = "wordpiece-uncased-nfd windows-256-words mean-of-tokens l2 v1"

// ErrNotFinite is returned instead of a vector that holds NaN or infinity.
var ErrNotFinite = errors.New("embedding is not finite")

// Embedder turns texts into vectors. It is safe for concurrent use.
type Embedder struct {
	*shared
	workers int // passages at a time; 0 is GOMAXPROCS
	nice    int
}

// shared is what every view of one set of weights has in common.
type shared struct {
	load   func() (*weights.Model, error)
	kernel kernels

	once sync.Once
	enc  *encoder
	tok  *tokenizer
	err  error
}

var builtin = sync.OnceValue(func() *Embedder {
	return newEmbedder(func() (*weights.Model, error) { return weights.Parse(file) }, native())
})

// Builtin is the embedder that the binary carries: all-MiniLM-L6-v2, int8. Its
// weights are read at the first use.
func Builtin() *Embedder { return builtin() }

func newEmbedder(load func() (*weights.Model, error), k kernels) *Embedder {
	return &Embedder{shared: &shared{load: load, kernel: k}}
}

// Background is the same embedder (same ID, same weights) for work that can
// wait: its workers leave one of Go's processors to the rest of the program
// where there is more than one, and run at a lower priority where the system
// has one for threads (Linux: nice 10).
func (e *Embedder) Background() *Embedder {
	return &Embedder{shared: e.shared, workers: max(1, runtime.GOMAXPROCS(0)-1), nice: 10}
}

func (s *shared) ready() error {
	s.once.Do(func() {
		m, err := s.load()
		if err != nil {
			s.err = fmt.Errorf("load embedder: %w", err)
			return
		}
		if s.tok, s.err = newTokenizer(m.Vocab); s.err == nil {
			m.Vocab = nil // the tokenizer has it
			s.enc = newEncoder(m, s.kernel)
		}
	})
	return s.err
}

// ID names the weights by their digest, and tokenizer, windows and pooling.
func (e *Embedder) ID() string { return id() }

var id = sync.OnceValue(func() string {
	shape, digest, err := weights.Head(file)
	if err != nil {
		return "builtin/damaged" // Embed says why
	}
	sum := sha256.Sum256([]byte(digest + "\n" + method))
	return "builtin/" + shape.Name + "-int8/" + hex.EncodeToString(sum[:8])
})

// Dim is the number of components of a vector.
func (e *Embedder) Dim() int { return weights.MiniLM.Dim }

// Languages are those whose meaning the model was trained on. Vectors of other
// languages exist, but say little.
func (e *Embedder) Languages() []string { return []string{"en"} }

// EstimateTokens counts the tokens that embedding a text takes, for progress
// and for sizing passages.
func (e *Embedder) EstimateTokens(text string) (int, error) {
	if err := e.ready(); err != nil {
		return 0, err
	}
	n := 0
	for _, w := range e.tok.windows(text, e.enc.Shape.Positions) {
		n += len(w)
	}
	return n, nil
}

// Embed returns one vector of unit length a text. The model has no prefix for
// questions, so query changes nothing. A text longer than 256 tokens is read in
// windows and its vector is the mean over all its tokens: nothing is cut off.
// An error of ctx comes back as it is, wrapped.
func (e *Embedder) Embed(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	if err := e.ready(); err != nil {
		return nil, err
	}
	workers := e.workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	windows, groups := e.plan(texts, workers)
	if err := e.runGroups(ctx, windows, groups, workers); err != nil {
		return nil, fmt.Errorf("embed texts: %w", err)
	}
	out := make([][]float32, len(texts))
	for i := range windows {
		w := &windows[i]
		if out[w.text] == nil {
			out[w.text] = w.sum
			continue
		}
		for j, v := range w.sum {
			out[w.text][j] += v
		}
	}
	for _, v := range out {
		if !normalize(v) {
			return nil, ErrNotFinite
		}
	}
	return out, nil
}

// leastRows is the fewest tokens that make a group of their own where a batch is
// spread over more workers: below it, widening the weights costs too much.
const leastRows = 64

// plan cuts texts into windows and puts windows into groups, at least one a
// worker where that pays; groups holds where each begins, and the end.
func (e *Embedder) plan(texts []string, workers int) (windows []window, groups []int) {
	total := 0
	for i, text := range texts {
		for _, tokens := range e.tok.windows(text, e.enc.Shape.Positions) {
			windows = append(windows, window{text: i, tokens: tokens})
			total += len(tokens)
		}
	}
	most := min(groupRows, max(leastRows, (total+workers-1)/workers))
	rows := most
	for i, w := range windows {
		if rows += len(w.tokens); rows > most {
			groups = append(groups, i)
			rows = len(w.tokens)
		}
	}
	return windows, append(groups, len(windows))
}

func (e *Embedder) runGroups(ctx context.Context, windows []window, groups []int, workers int) error {
	n := len(groups) - 1
	workers = min(workers, n)
	if workers == 1 && e.nice == 0 {
		for g := range n {
			if err := e.enc.run(ctx, windows[groups[g]:groups[g+1]]); err != nil {
				return err
			}
		}
		return nil
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, workers)
	for w := range workers {
		wg.Go(func() {
			if e.nice > 0 {
				lowerPriority(e.nice)
			}
			for errs[w] == nil {
				g := int(next.Add(1)) - 1
				if g >= n {
					return
				}
				errs[w] = e.enc.run(ctx, windows[groups[g]:groups[g+1]])
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// normalize scales v to unit length; false if that can't be done.
func normalize(v []float32) bool {
	var s float64
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	if !(s > 0) || math.IsInf(s, 0) {
		return false
	}
	f := float32(1 / math.Sqrt(s))
	for i := range v {
		v[i] *= f
	}
	return true
}
