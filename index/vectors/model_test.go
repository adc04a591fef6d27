package vectors

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSetModel puts, replaces and removes at random and compares a set, linked
// and rebuilt as it goes, with a map: what there is, every cosine, and what is
// nearest among the permitted.
func TestSetModel(t *testing.T) {
	const dim = 32
	n := brief(2500, 900)
	for seed := range uint64(brief(2, 1)) {
		rnd := rand.New(rand.NewPCG(51, seed))
		all := clustered(rnd, n, dim, 15)
		s, model := small(NewSet(dim)), map[uint32][]float32{}
		permit := permitOf(n, func(o uint32) bool { return o%5 < 3 })
		for round := range 8 {
			for range brief(700, 300) {
				o := 1 + uint32(rnd.IntN(n))
				if rnd.IntN(4) == 0 {
					s.Remove(o)
					delete(model, o)
				} else {
					model[o] = all[rnd.IntN(n)]
					do(t, s.Put(o, quantize(t, model[o])))
				}
			}
			if round%2 == 0 {
				s.Settle()
			}
			compareModel(t, s, model, all[rnd.IntN(n)], permit)
			if round > 2 {
				compareModel(t, s, model, all[rnd.IntN(n)], Everything())
			}
		}
		s.Close()
	}
}

func compareModel(t *testing.T, s *Set, model map[uint32][]float32, query []float32, permit *Permit) {
	t.Helper()
	if s.Len() != len(model) {
		t.Fatalf("%d vectors, want %d", s.Len(), len(model))
	}
	q, tenth, within := quantize(t, query), -1.0, 0
	var cosines []float64
	for o, v := range model {
		c, ok := s.Cosine(o, q)
		if !ok || math.Abs(c-cosine(v, query)) > 5e-5 {
			t.Fatalf("passage %d: cosine %v, want %v", o, c, cosine(v, query))
		}
		if permit.Has(o) {
			cosines = append(cosines, c)
		}
	}
	exact, _ := s.Exact(q, 10, permit)
	for _, c := range cosines {
		if len(exact) > 0 && c > exact[len(exact)-1].Cosine+5e-5 {
			within++
		}
	}
	if len(exact) != min(10, len(cosines)) || within >= 10 {
		t.Fatalf("%d found exactly, %d are nearer than the last", len(exact), within)
	}
	if len(exact) > 0 {
		tenth = exact[len(exact)-1].Cosine
	}
	found, _ := s.Nearest(q, 10, permit)
	missed := 0
	for _, f := range found {
		if _, there := model[f.Ordinal]; !there || !permit.Has(f.Ordinal) {
			t.Fatalf("passage %d isn't there, or isn't permitted", f.Ordinal)
		}
		if f.Cosine < tenth-5e-5 {
			missed++
		}
	}
	if len(found) != len(exact) || missed > 2 {
		t.Fatalf("%d found, %d of them not among the nearest", len(found), missed)
	}
}

// TestGraphRefuses puts what is no vector of a set's into one with a graph.
func TestGraphRefuses(t *testing.T) {
	rnd := rand.New(rand.NewPCG(52, 52))
	s := small(NewSet(16))
	defer s.Close()
	for i, v := range clustered(rnd, 600, 16, 5) {
		do(t, s.Put(uint32(i+1), quantize(t, v)))
	}
	linked(t, s)
	other := quantize(t, make32(17))
	if err := s.Put(700, other); err == nil || s.Has(700) {
		t.Error("a vector of another length was put")
	}
	if found, mean := s.Nearest(other, 10, Everything()); found != nil || mean != 0 {
		t.Errorf("a question of another length found %v", found)
	}
	if found, _ := s.Nearest(quantize(t, make32(16)), 0, Everything()); found != nil {
		t.Errorf("no results wanted, %v found", found)
	}
	if found, mean := s.Nearest(quantize(t, make32(16)), 10, new(Permit)); found != nil || mean != 0 {
		t.Errorf("nothing permitted, %v found, mean %v", found, mean)
	}
}

func make32(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = 1 + float32(i)
	}
	return v
}

// TestPermit compares spans of ordinals with single ones.
func TestPermit(t *testing.T) {
	rnd := rand.New(rand.NewPCG(53, 53))
	for range 200 {
		p, want := new(Permit), map[uint32]bool{}
		for range rnd.IntN(5) {
			first, n := uint32(rnd.IntN(300)), uint32(rnd.IntN(200))
			p.AddSpan(first, n)
			for o := first; o < first+n; o++ {
				want[o] = true
			}
		}
		for o := range uint32(700) {
			if p.Has(o) != want[o] {
				t.Fatalf("passage %d: %v, want %v", o, p.Has(o), want[o])
			}
		}
		if p.Len() != len(want) {
			t.Fatalf("%d permitted, want %d", p.Len(), len(want))
		}
	}
}
