package embed

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"

	"coffre/index"
	"coffre/index/embed/weights"
)

var _ index.Embedder = (*Embedder)(nil)

func embedOne(t testing.TB, e *Embedder, text string) []float32 {
	t.Helper()
	v, err := e.Embed(context.Background(), []string{text}, false)
	if err != nil {
		t.Fatal(err)
	}
	return v[0]
}

func TestDigestIsTheFile(t *testing.T) {
	m, err := weights.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := weights.Sum(file)
	if err != nil || sum != m.Digest {
		t.Fatalf("payload %s, header %s, %v", sum, m.Digest, err)
	}
	if m.Shape != weights.MiniLM {
		t.Fatalf("shape %+v", m.Shape)
	}
	if id := Builtin().ID(); !strings.HasPrefix(id, "builtin/all-minilm-l6-v2-int8/") || Builtin().Background().ID() != id {
		t.Fatalf("id %q", id)
	}
}

// TestEmbedManyWays: alone, in a batch, in the background and side by side, a
// text has the same vector.
func TestEmbedManyWays(t *testing.T) {
	texts := append([]string{""}, goldenTexts...)
	texts = append(texts, strings.Repeat(goldenTexts[4]+" ", 60), strings.Repeat("é", 4000), "\xff\xfe not UTF-8")
	if testing.Short() {
		texts = texts[:6]
	}
	batch, err := Builtin().Embed(context.Background(), texts, true)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range batch {
		var length float64
		for _, x := range v {
			length += float64(x) * float64(x)
		}
		if len(v) != Builtin().Dim() || math.Abs(length-1) > 1e-5 {
			t.Fatalf("text %d: %d components of length² %v", i, len(v), length)
		}
	}
	var wg sync.WaitGroup
	for i, text := range texts {
		e := Builtin()
		if i%2 == 0 {
			e = e.Background()
		}
		wg.Go(func() {
			v, err := e.Embed(context.Background(), []string{text}, false)
			if err != nil || cosine(v[0], batch[i]) < 0.999999 {
				t.Errorf("text %d: %v, another vector alone than in a batch", i, err)
			}
		})
	}
	wg.Wait()
}

// TestLongTextCounts: what stands far behind the first window moves the vector.
func TestLongTextCounts(t *testing.T) {
	long := strings.Repeat("The works council met in March and approved the minutes. ", 60)
	plain := embedOne(t, Builtin(), long)
	about := embedOne(t, Builtin(), long+strings.Repeat("Volcanoes erupt lava and ash. ", 40))
	volcano := embedOne(t, Builtin(), "volcanic eruption")
	if a, b := cosine(about, volcano), cosine(plain, volcano); a < b+0.1 {
		t.Fatalf("cosine %.3f with the end about volcanoes, %.3f without", a, b)
	}
}

func TestMeaning(t *testing.T) {
	near := cosine(embedOne(t, Builtin(), "How much holiday do staff get?"), embedOne(t, Builtin(), "Employees are entitled to 25 days of annual leave."))
	far := cosine(embedOne(t, Builtin(), "How much holiday do staff get?"), embedOne(t, Builtin(), "The pump must be primed before it is switched on."))
	if near < far+0.2 {
		t.Fatalf("cosine %.3f to the answer, %.3f to something else", near, far)
	}
}

func TestCancel(t *testing.T) {
	for _, e := range []*Embedder{Builtin(), Builtin().Background()} {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := e.Embed(ctx, goldenTexts, false); !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v", err)
		}
		if v, err := e.Embed(context.Background(), nil, false); err != nil || len(v) != 0 {
			t.Fatalf("no texts: %v, %v", v, err)
		}
	}
}

func TestNotFinite(t *testing.T) {
	e := newEmbedder(func() (*weights.Model, error) {
		m, err := weights.Parse(file)
		m.Embedded.Bias[5] = float32(math.NaN())
		return m, err
	}, native())
	if _, err := e.Embed(context.Background(), []string{"a"}, false); !errors.Is(err, ErrNotFinite) {
		t.Fatalf("error %v", err)
	}
}

func TestDamagedWeights(t *testing.T) {
	e := newEmbedder(func() (*weights.Model, error) { return weights.Parse(file[:len(file)/2]) }, portable)
	for range 2 {
		if _, err := e.Embed(context.Background(), []string{"a"}, false); !errors.Is(err, weights.ErrFormat) {
			t.Fatalf("error %v", err)
		}
	}
}

func TestEstimateTokens(t *testing.T) {
	for text, want := range map[string]int{"": 2, "hello world": 4, strings.Repeat("hello ", 254): 256, strings.Repeat("hello ", 255): 259} {
		if n, err := Builtin().EstimateTokens(text); err != nil || n != want {
			t.Errorf("%.20q…: %d tokens, %v; want %d", text, n, err, want)
		}
	}
}

// TestPlan: groups hold every window once, stay within a worker's scratch, and
// are as many as there are workers where the texts suffice.
func TestPlan(t *testing.T) {
	long := strings.Repeat(goldenTexts[4]+" ", 60)
	for _, workers := range []int{1, 2, 8} {
		for n := range 7 {
			windows, groups := Builtin().plan(append([]string{long}, goldenTexts...)[:n*n], workers)
			for g := range len(groups) - 1 {
				rows := 0
				for _, w := range windows[groups[g]:groups[g+1]] {
					rows += len(w.tokens)
				}
				if rows == 0 || rows > groupRows {
					t.Fatalf("%d tokens in a group", rows)
				}
			}
			if n == 0 && len(groups) != 1 || n > 0 && (groups[0] != 0 || groups[len(groups)-1] != len(windows)) {
				t.Fatalf("%d texts: groups %v of %d windows", n*n, groups, len(windows))
			}
			if n == 6 && len(groups)-1 < workers {
				t.Fatalf("%d groups for %d workers", len(groups)-1, workers)
			}
		}
	}
}
