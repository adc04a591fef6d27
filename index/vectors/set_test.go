package vectors

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// clustered draws vectors around a few centres, as passages of a firm lie
// around its subjects.
func clustered(rnd *rand.Rand, n, dim, clusters int) [][]float32 {
	centres := make([][]float32, clusters)
	for i := range centres {
		centres[i] = make([]float32, dim)
		for j := range centres[i] {
			centres[i][j] = float32(rnd.NormFloat64())
		}
	}
	all := make([][]float32, n)
	for i := range all {
		c := centres[rnd.IntN(clusters)]
		all[i] = make([]float32, dim)
		for j := range all[i] {
			all[i][j] = c[j] + 0.7*float32(rnd.NormFloat64())
		}
	}
	return all
}

func quantize(t testing.TB, v []float32) Quantized {
	t.Helper()
	q, err := Quantize(v, len(v))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

// exact ranks by the true cosine.
func exact(all [][]float32, q []float32, k int, permit func(uint32) bool) []Near {
	var out []Near
	for i, v := range all {
		if o := uint32(i + 1); permit(o) {
			out = append(out, Near{o, cosine(v, q)})
		}
	}
	slices.SortFunc(out, Near.before)
	return out[:min(k, len(out))]
}

func anything(uint32) bool { return true }

// permitOf permits those of the first n ordinals that fn does.
func permitOf(n int, fn func(uint32) bool) *Permit {
	p := new(Permit)
	for o := uint32(1); o <= uint32(n); o++ {
		if fn(o) {
			p.Add(o)
		}
	}
	return p
}

func TestQuantizeRefuses(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, v := range map[string][]float32{
		"short": {1, 2}, "long": {1, 2, 3, 4}, "none": nil, "zero": {0, 0, 0},
		"NaN": {1, nan, 0}, "infinite": {inf, 0, 0},
	} {
		if _, err := Quantize(v, 3); !errors.Is(err, ErrVector) {
			t.Errorf("%s: %v, want ErrVector", name, err)
		}
	}
	if _, err := Quantize(nil, 0); !errors.Is(err, ErrVector) {
		t.Errorf("no components: %v, want ErrVector", err)
	}
}

func TestCosineIsExact(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 2))
	for _, dim := range []int{1, 3, 32, 100, 384, 1024} {
		vs := clustered(rnd, 30, dim, 3)
		vs = append(vs, make([]float32, dim), make([]float32, dim))
		vs[30][0], vs[31][0] = 1e-30, -1e30
		for _, a := range vs {
			for _, b := range vs {
				got, want := quantize(t, a).Cosine(quantize(t, b)), cosine(a, b)
				if math.Abs(got-want) > 5e-5 {
					t.Fatalf("%d components: cosine %v, want %v", dim, got, want)
				}
			}
		}
	}
}

func TestRecall(t *testing.T) {
	n := 10_000
	if testing.Short() {
		n = 2000
	}
	rnd := rand.New(rand.NewPCG(3, 3))
	all := clustered(rnd, n, 384, 200)
	s := NewSet(384)
	for i, v := range all {
		do(t, s.Put(uint32(i+1), quantize(t, v)))
	}
	hits, rounds := 0, 40
	for range rounds {
		q := all[rnd.IntN(n)]
		want := exact(all, q, 10, anything)
		found, _ := s.Exact(quantize(t, q), 10, Everything())
		for _, g := range found {
			if slices.ContainsFunc(want, func(w Near) bool { return w.Ordinal == g.Ordinal }) {
				hits++
			}
		}
	}
	recall := float64(hits) / float64(10*rounds)
	t.Logf("recall@10 %.4f at %d × 384", recall, n)
	if recall < 0.999 {
		t.Errorf("recall@10 is %.4f", recall)
	}
}

// TestNearest compares random changes and filters with the true order.
func TestNearest(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	const n, dim = 3000, 40
	all := clustered(rnd, n, dim, 10)
	s, there := NewSet(dim), map[uint32]bool{}
	for round := range 30 {
		for range 300 {
			o := 1 + uint32(rnd.IntN(n))
			if rnd.IntN(3) == 0 {
				s.Remove(o)
				delete(there, o)
			} else {
				do(t, s.Put(o, quantize(t, all[o-1])))
				there[o] = true
			}
		}
		if s.Len() != len(there) {
			t.Fatalf("%d vectors, want %d", s.Len(), len(there))
		}
		share := rnd.IntN(4)
		permit := permitOf(n, func(o uint32) bool { return int(o)%4 >= share })
		q, k := all[rnd.IntN(n)], 1+rnd.IntN(50)
		got, mean := s.Nearest(quantize(t, q), k, permit)
		want := exact(all, q, n, func(o uint32) bool { return there[o] && int(o)%4 >= share })
		sum := 0.0
		for _, w := range want {
			sum += w.Cosine
		}
		if wantMean := sum / max(1, float64(len(want))); math.Abs(mean-wantMean) > 0.005 {
			t.Fatalf("round %d: mean %v, want %v", round, mean, wantMean)
		}
		want = want[:min(k, len(want))]
		if len(got) != len(want) {
			t.Fatalf("round %d: %d results, want %d", round, len(got), len(want))
		}
		for i := range want {
			if got[i].Ordinal != want[i].Ordinal && math.Abs(got[i].Cosine-want[i].Cosine) > 1e-4 {
				t.Fatalf("round %d: place %d is %+v, want %+v", round, i, got[i], want[i])
			}
		}
	}
}

func BenchmarkNearest(b *testing.B) {
	rnd := rand.New(rand.NewPCG(5, 5))
	for _, c := range []struct {
		name string
		n    int
		mod  uint32
	}{{"10k", 10_000, 1}, {"50k", 50_000, 1}, {"50k, a fiftieth permitted", 50_000, 50}} {
		s := NewSet(384)
		for i, v := range clustered(rnd, c.n, 384, 100) {
			do(b, s.Put(uint32(i+1), quantize(b, v)))
		}
		q := quantize(b, clustered(rnd, 1, 384, 1)[0])
		permit := permitOf(c.n, func(o uint32) bool { return o%c.mod == 0 })
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				s.Exact(q, 10, permit)
			}
		})
	}
}
