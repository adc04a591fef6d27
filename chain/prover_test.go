package chain

import (
	"errors"
	"slices"
	"testing"
)

// TestProver: the same proofs as without, in whatever order they are asked for.
func TestProver(t *testing.T) {
	s := newSample(t, 61).some(70_000)
	for _, size := range []uint64{1, 2, 255, 256, 257, 1000, 65535, 65536, 65537, s.tree.Size()} {
		p := NewProver(s, size)
		for range 60 {
			leaf := s.rng.Uint64N(size)
			got, err := ProveInclusion(p, size, leaf)
			want, werr := ProveInclusion(s, size, leaf)
			if err != nil || werr != nil || !slices.Equal(got, want) {
				t.Fatalf("leaf %d of %d: %v, %v", leaf, size, err, werr)
			}
			got, err = ProveConsistency(p, leaf+1, size)
			want, werr = ProveConsistency(s, leaf+1, size)
			if err != nil || werr != nil || !slices.Equal(got, want) {
				t.Fatalf("consistency of %d with %d: %v, %v", leaf+1, size, err, werr)
			}
		}
	}
	if _, err := ProveInclusion(NewProver(s, 100), 5000, 4000); !errors.Is(err, ErrNodes) {
		t.Errorf("beyond the prover's size: %v", err)
	}
}
