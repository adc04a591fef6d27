package index

import (
	"context"
	"crypto/sha256"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/index/vectors"
)

// bag is an embedder of tests: a text's vector is the sum of its words', and
// words that mean the same have the same.
type bag struct {
	id    string
	dim   int
	langs []string // nil: all

	mu      sync.Mutex
	calls   map[string]int                           // of passages, by text
	queries int                                      // embedded
	hook    func(texts []string) error               // before each batch of passages
	bend    func(text string, v []float32) []float32 // spoils a vector
	down    error                                    // for questions, too
}

func newBag(id string, langs ...string) *bag {
	return &bag{id: id, dim: 40, langs: langs, calls: map[string]int{}}
}

func (b *bag) ID() string { return b.id }
func (b *bag) Dim() int   { return b.dim }

// limited is a bag that knows some languages only.
type limited struct{ *bag }

func (l limited) Languages() []string { return l.langs }

// synonyms are words of tests with one meaning.
var synonyms = map[string]string{"vacances": "congé", "holiday": "leave", "rémunération": "salaire", "pay": "salary"}

func (b *bag) vector(text string) []float32 {
	v := make([]float32, b.dim)
	for _, w := range strings.Fields(strings.ToLower(text)) {
		if s, ok := synonyms[w]; ok {
			w = s
		}
		rnd := rand.New(rand.NewChaCha8(sha256.Sum256([]byte(b.id + w))))
		for i := range v {
			v[i] += float32(rnd.NormFloat64())
		}
	}
	return v
}

func (b *bag) Embed(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	b.mu.Lock()
	hook, bend, down := b.hook, b.bend, b.down
	if query {
		b.queries++
	}
	b.mu.Unlock()
	if hook != nil && !query {
		if err := hook(texts); err != nil {
			return nil, err
		}
	}
	if down != nil {
		return nil, down
	}
	all := make([][]float32, len(texts))
	for i, text := range texts {
		all[i] = b.vector(text)
		if bend != nil {
			all[i] = bend(text, all[i])
		}
		if !query {
			b.mu.Lock()
			b.calls[text]++
			b.mu.Unlock()
		}
	}
	return all, ctx.Err()
}

func (b *bag) set(fn func(*bag)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fn(b)
}

// library is where an index under test reads texts again.
type library struct {
	mu  sync.Mutex
	all map[uint32]Passage
}

func (l *library) put(docs ...Doc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[uint32]Passage{}
	}
	for _, d := range docs {
		for _, p := range d.Passages {
			l.all[p.Ordinal] = p
		}
	}
}

func (l *library) texts(_ context.Context, ordinals []uint32) ([]Passage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []Passage
	for _, o := range ordinals {
		if p, ok := l.all[o]; ok {
			found = append(found, p)
		}
	}
	return found, nil
}

// openMeant opens an index that embeds, with no time to lose.
func openMeant(t testing.TB, dir string, l *library) *Index {
	t.Helper()
	ix, err := Open(dir, Options{Texts: l.texts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ix.Close() })
	ix.meaning.pace = pace{quiet: 0, yield: 0, retry: time.Millisecond, retryMax: 4 * time.Millisecond, ask: time.Second, askAgain: 0}
	return ix
}

func embedBy(t testing.TB, ix *Index, want Embedder, others ...Embedder) {
	t.Helper()
	if err := ix.SetEmbedder(want, others...); err != nil {
		t.Fatal(err)
	}
}

func waitEmbedded(t testing.TB, ix *Index) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := ix.WaitEmbedded(ctx); err != nil {
		t.Fatalf("%v: %+v", err, ix.Stats())
	}
}

// bruteForce ranks passages as the vector leg should.
func bruteForce(t testing.TB, b *bag, query string, passages []Passage) []Hit {
	t.Helper()
	q, err := vectors.Quantize(b.vector(query), b.dim)
	if err != nil {
		t.Fatal(err)
	}
	var hits []Hit
	for _, p := range passages {
		v, err := vectors.Quantize(b.vector(embedded(p)), b.dim)
		if err != nil {
			t.Fatal(err)
		}
		hits = append(hits, Hit{Ordinal: p.Ordinal, Cosine: v.Cosine(q)})
	}
	slices.SortFunc(hits, func(x, y Hit) int {
		if x.Cosine != y.Cosine {
			return int(math.Copysign(1, y.Cosine-x.Cosine))
		}
		return int(x.Ordinal) - int(y.Ordinal)
	})
	return hits
}

func sameOrder(got, want []Hit) bool {
	return slices.EqualFunc(got, want, func(a, b Hit) bool { return a.Ordinal == b.Ordinal && a.Cosine == b.Cosine })
}

var errDown = errors.New("the runtime is down")
