package vectors

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// topical draws vectors like clustered, and says which centre each is of.
func topical(rnd *rand.Rand, n, dim, clusters int) (all [][]float32, topics []int) {
	centres := make([][]float32, clusters)
	for i := range centres {
		centres[i] = make([]float32, dim)
		for j := range centres[i] {
			centres[i][j] = float32(rnd.NormFloat64())
		}
	}
	all, topics = make([][]float32, n), make([]int, n)
	for i := range all {
		topics[i] = rnd.IntN(clusters)
		all[i] = make([]float32, dim)
		for j := range all[i] {
			all[i][j] = centres[topics[i]][j] + 0.7*float32(rnd.NormFloat64())
		}
	}
	return all, topics
}

// small are knobs with which a graph pays for few vectors.
func small(s *Set) *Set {
	s.knobs = knobs{graphFrom: 500, exactWithin: 50, tailMost: 100, deadLeast: 100, width: 64}
	return s
}

// recallOf is the share of the true k nearest that Nearest finds.
func recallOf(t testing.TB, s *Set, queries []Quantized, k int, permit *Permit) float64 {
	t.Helper()
	hits, all := 0, 0
	for _, q := range queries {
		want, _ := s.Exact(q, k, permit)
		got, _ := s.Nearest(q, k, permit)
		if len(got) != len(want) {
			t.Fatalf("%d results of %d", len(got), len(want))
		}
		there := map[uint32]bool{}
		for _, n := range got {
			there[n.Ordinal] = true
		}
		for _, n := range want {
			if all++; there[n.Ordinal] {
				hits++
			}
		}
	}
	return float64(hits) / float64(max(1, all))
}

// brief is how much a test does: less where the race detector watches.
func brief(usual, short int) int {
	if testing.Short() {
		return short
	}
	return usual
}

// linked fails unless a set answers by its graph.
func linked(t testing.TB, s *Set) {
	t.Helper()
	s.Settle()
	if b := s.cur.Load(); b.linked.Load() == 0 || b.linked.Load() != b.n.Load() {
		t.Fatalf("%d of %d slots are linked", b.linked.Load(), b.n.Load())
	}
}

// TestGraphRecall compares the graph with exact search: unfiltered, and filtered
// at random and by topic.
func TestGraphRecall(t *testing.T) {
	rnd := rand.New(rand.NewPCG(21, 21))
	const dim = 64
	n := brief(4000, 1200)
	all, topics := topical(rnd, n+100, dim, 40)
	s := small(NewSet(dim))
	defer s.Close()
	for i, v := range all[:n] {
		do(t, s.Put(uint32(i+1), quantize(t, v)))
	}
	linked(t, s)
	var queries []Quantized
	for _, v := range all[n:] {
		queries = append(queries, quantize(t, v))
	}
	r := recallOf(t, s, queries, 10, Everything())
	t.Logf("recall@10 %.4f at %d × %d", r, n, dim)
	if r < 0.99 {
		t.Errorf("recall@10 is %.4f", r)
	}
	for _, share := range []int{50, 10, 2} {
		for name, fn := range map[string]func(o uint32) bool{
			"at random": func(o uint32) bool { return int(mixed(o)%100) < share },
			"by topic":  func(o uint32) bool { return topics[o-1]*100 < share*40 },
		} {
			if r := recallOf(t, s, queries, 10, permitOf(n, fn)); r < 0.99 {
				t.Errorf("%d%% permitted %s: recall@10 is %.4f", share, name, r)
			}
		}
	}
}

// TestDeletesKeepRecall removes 30% and puts them back, before and after the
// rebuild that this brings about.
func TestDeletesKeepRecall(t *testing.T) {
	rnd := rand.New(rand.NewPCG(22, 22))
	const dim = 48
	n := brief(3000, 1000)
	all := clustered(rnd, n+100, dim, 30)
	s := small(NewSet(dim))
	defer s.Close()
	for i, v := range all[:n] {
		do(t, s.Put(uint32(i+1), quantize(t, v)))
	}
	linked(t, s)
	var queries []Quantized
	for _, v := range all[n:] {
		queries = append(queries, quantize(t, v))
	}
	before, body := recallOf(t, s, queries, 10, Everything()), s.cur.Load()
	for i := 0; i < n; i += 10 {
		for o := i + 1; o <= i+3; o++ {
			s.Remove(uint32(o))
		}
	}
	if r := recallOf(t, s, queries, 10, Everything()); r < before-0.01 {
		t.Errorf("recall@10 is %.4f after deletes, %.4f before", r, before)
	}
	s.Settle() // three in ten are dead: rebuilt
	for i := 0; i < n; i += 10 {
		for o := i + 1; o <= i+3; o++ {
			do(t, s.Put(uint32(o), quantize(t, all[o-1])))
		}
	}
	linked(t, s)
	if s.cur.Load() == body {
		t.Error("nothing was rebuilt")
	}
	if r := recallOf(t, s, queries, 10, Everything()); r < before-0.01 {
		t.Errorf("recall@10 is %.4f after they came back, %.4f before", r, before)
	}
}

// TestHiddenChangeNoMean draws the mean of many permitted vectors from a sample,
// which others, and the order of coming, don't change.
func TestHiddenChangeNoMean(t *testing.T) {
	rnd := rand.New(rand.NewPCG(23, 23))
	const n, dim = 1200, 32
	all := clustered(rnd, n, dim, 10)
	permit := permitOf(n, func(o uint32) bool { return o%3 != 0 })
	alone, mixed := small(NewSet(dim)), small(NewSet(dim))
	defer alone.Close()
	defer mixed.Close()
	for _, i := range rnd.Perm(n) {
		do(t, mixed.Put(uint32(i+1), quantize(t, all[i])))
	}
	for i, v := range all {
		if permit.Has(uint32(i + 1)) {
			do(t, alone.Put(uint32(i+1), quantize(t, v)))
		}
	}
	linked(t, mixed)
	for range 20 {
		q := quantize(t, all[rnd.IntN(n)])
		got, mean := mixed.Nearest(q, 10, permit)
		_, same := alone.Exact(q, 10, Everything())
		if mean != same {
			t.Fatalf("mean %v beside others, %v alone", mean, same)
		}
		for _, n := range got {
			if n.Ordinal%3 == 0 {
				t.Fatal("a passage was found that isn't permitted")
			}
		}
	}
}

// TestDuplicates finds each of many equal vectors, as boilerplate has.
func TestDuplicates(t *testing.T) {
	rnd := rand.New(rand.NewPCG(24, 24))
	const dim = 32
	n := brief(3000, 900)
	all := clustered(rnd, n, dim, 20)
	for i := range all {
		if i%3 == 0 {
			all[i] = all[i%15]
		}
	}
	s := small(NewSet(dim))
	defer s.Close()
	for i, v := range all {
		do(t, s.Put(uint32(i+1), quantize(t, v)))
	}
	linked(t, s)
	var queries []Quantized
	for range 100 {
		queries = append(queries, quantize(t, all[rnd.IntN(n)]))
	}
	if r := recallNear(t, s, queries, 10); r < 0.98 {
		t.Errorf("recall@10 is %.4f", r)
	}
}

// recallNear counts what is as near as the true k nearest, whichever it is.
func recallNear(t *testing.T, s *Set, queries []Quantized, k int) float64 {
	hits, all := 0, 0
	for _, q := range queries {
		want, _ := s.Exact(q, k, Everything())
		got, _ := s.Nearest(q, k, Everything())
		for i := range got {
			if all++; got[i].Cosine >= want[k-1].Cosine {
				hits++
			}
		}
	}
	return float64(hits) / float64(all)
}

func BenchmarkGraph(b *testing.B) {
	rnd := rand.New(rand.NewPCG(25, 25))
	const n, dim = 50_000, 384
	all := clustered(rnd, n+200, dim, 200)
	s := NewSet(dim)
	defer s.Close()
	for i, v := range all[:n] {
		do(b, s.Put(uint32(i+1), quantize(b, v)))
	}
	linked(b, s)
	var queries []Quantized
	for _, v := range all[n:] {
		queries = append(queries, quantize(b, v))
	}
	for _, width := range []int{32, 64, 128} {
		s.SetWidth(width)
		s.views.kept = nil
		recall := recallOf(b, s, queries, 10, Everything())
		b.Run(fmt.Sprintf("%d × %d, width %d", n, dim, width), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				s.Nearest(queries[i%len(queries)], 10, Everything())
			}
			b.ReportMetric(recall, "recall@10")
		})
	}
}
