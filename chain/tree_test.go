package chain

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// growing is a stored tree that checks what the store is promised: rows are
// written only as they complete, and nodes are never asked for too early.
type growing struct {
	t      testing.TB
	hashes []Hash
	tiles  map[rowKey][]Hash
	tree   Range
}

func newGrowing(t testing.TB) *growing { return &growing{t: t, tiles: map[rowKey][]Hash{}} }

func numbered(i uint64) Hash {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, i))
}

// grow appends n entries in one commit, one by one and all at once.
func (g *growing) grow(n uint64) {
	g.t.Helper()
	old, at := g.tree.Size(), g.tree.Clone()
	for range n {
		h := numbered(uint64(len(g.hashes)))
		g.hashes = append(g.hashes, h)
		g.tree.Append(h)
	}
	writes, err := CompletedTiles(g, old, g.tree.Size())
	if err != nil {
		g.t.Fatal(err)
	}
	same, err := at.Grow(g, g.hashes[old:])
	if err != nil || !reflect.DeepEqual(same, writes) || at.Size() != g.tree.Size() || !slices.Equal(at.Roots(), g.tree.Roots()) {
		g.t.Fatalf("from %d to %d leaves at once is another tree than one by one: %v", old, g.tree.Size(), err)
	}
	for _, w := range writes {
		had := len(g.tiles[rowKey{w.Level, w.Index}])
		if len(w.Hashes) <= had || len(w.Hashes) > tileWidth || w.Level < 1 {
			g.t.Fatalf("tile %d/%d goes from %d to %d hashes", w.Level, w.Index, had, len(w.Hashes))
		}
		g.tiles[rowKey{w.Level, w.Index}] = w.Hashes
	}
}

func (g *growing) ChainHashes(first, n uint64) ([]Hash, error) {
	if first < 1 || first-1+n > uint64(len(g.hashes)) {
		return nil, errors.New("asked for chain hashes that are not there")
	}
	return g.hashes[first-1 : first-1+n], nil
}

func (g *growing) Tile(level uint, index uint64) ([]Hash, error) {
	return g.tiles[rowKey{level, index}], nil
}

// reference is golang.org/x/mod's tree over the same leaves.
type reference struct{ stored []tlog.Hash }

func (r *reference) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, x := range at {
		out[i] = r.stored[x]
	}
	return out, nil
}

func (r *reference) add(t testing.TB, n int64, h Hash) {
	t.Helper()
	more, err := tlog.StoredHashes(n, h[:], r)
	if err != nil {
		t.Fatal(err)
	}
	r.stored = append(r.stored, more...)
}

func same(a []Hash, b []tlog.Hash) bool {
	return slices.EqualFunc(a, b, func(x Hash, y tlog.Hash) bool { return x == Hash(y) })
}

func TestTreeAgainstTlog(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	g, ref := newGrowing(t), &reference{}
	var empty Range
	equal(t, "empty root", empty.Root(), Hash(sha256.Sum256(nil)))
	for g.tree.Size() < 70_000 {
		old := g.tree.Size()
		g.grow(1 + rng.Uint64N(1+rng.Uint64N(1+old/3+3)))
		for i := old; i < g.tree.Size(); i++ {
			ref.add(t, int64(i), g.hashes[i])
		}
		size := g.tree.Size()
		root, err := tlog.TreeHash(int64(size), ref)
		if err != nil {
			t.Fatal(err)
		}
		if g.tree.Root() != Hash(root) {
			t.Fatalf("root of %d leaves differs from tlog's", size)
		}
		for range 4 {
			checkProofs(t, g, ref, size, 1+rng.Uint64N(size), rng)
		}
		rebuilt, err := RangeOf(g, size)
		if err != nil || rebuilt.Root() != g.tree.Root() || !slices.Equal(rebuilt.Roots(), g.tree.Roots()) {
			t.Fatalf("range of %d leaves is not rebuilt from its nodes: %v", size, err)
		}
	}
}

// checkProofs proves a leaf and a prefix of the tree of some size, compares with
// tlog, and changes each part in turn.
func checkProofs(t *testing.T, g *growing, ref *reference, whole, size uint64, rng *rand.Rand) {
	t.Helper()
	leaf := rng.Uint64N(size)
	root, _ := tlog.TreeHash(int64(size), ref)
	incl, err := ProveInclusion(g, size, leaf)
	want, _ := tlog.ProveRecord(int64(size), int64(leaf), ref)
	if err != nil || !same(incl, want) {
		t.Fatalf("inclusion of %d in %d differs from tlog's: %v", leaf, size, err)
	}
	if err := VerifyInclusion(incl, size, leaf, Hash(root), g.hashes[leaf]); err != nil {
		t.Fatalf("inclusion of %d in %d: %v", leaf, size, err)
	}
	if VerifyInclusion(incl, size, leaf, Hash(root), numbered(1<<40)) == nil {
		t.Fatal("an inclusion proof proves another leaf")
	}
	for i := range incl {
		bad := slices.Clone(incl)
		bad[i][rng.IntN(32)] ^= 1 << rng.IntN(8)
		if VerifyInclusion(bad, size, leaf, Hash(root), g.hashes[leaf]) == nil {
			t.Fatal("a changed inclusion proof holds")
		}
	}
	if VerifyInclusion(append(slices.Clone(incl), Hash{}), size, leaf, Hash(root), g.hashes[leaf]) == nil ||
		len(incl) > 0 && VerifyInclusion(incl[1:], size, leaf, Hash(root), g.hashes[leaf]) == nil {
		t.Fatal("an inclusion proof of another length holds")
	}

	last, _ := tlog.TreeHash(int64(whole), ref)
	cons, err := ProveConsistency(g, size, whole)
	wantTree, _ := tlog.ProveTree(int64(whole), int64(size), ref)
	if err != nil || !same(cons, wantTree) {
		t.Fatalf("consistency of %d with %d differs from tlog's: %v", size, whole, err)
	}
	if err := VerifyConsistency(cons, size, Hash(root), whole, Hash(last)); err != nil {
		t.Fatalf("consistency of %d with %d: %v", size, whole, err)
	}
	for i := range cons {
		bad := slices.Clone(cons)
		bad[i][rng.IntN(32)] ^= 1
		if VerifyConsistency(bad, size, Hash(root), whole, Hash(last)) == nil {
			t.Fatal("a changed consistency proof holds")
		}
	}
	if VerifyConsistency(append(slices.Clone(cons), Hash{}), size, Hash(root), whole, Hash(last)) == nil ||
		VerifyConsistency(cons, size, numbered(1<<41), whole, Hash(last)) == nil ||
		VerifyConsistency(cons, size, Hash(root), whole, numbered(1<<41)) == nil {
		t.Fatal("a consistency proof holds for other roots or lengths")
	}
}

func TestEveryPairOfSmallSizes(t *testing.T) {
	g, ref := newGrowing(t), &reference{}
	var roots []Hash
	for size := uint64(1); size <= 64; size++ {
		g.grow(1)
		ref.add(t, int64(size-1), g.hashes[size-1])
		roots = append(roots, g.tree.Root())
		for leaf := range size {
			p, err := ProveInclusion(g, size, leaf)
			if err != nil || VerifyInclusion(p, size, leaf, roots[size-1], g.hashes[leaf]) != nil {
				t.Fatalf("inclusion of %d in %d: %v", leaf, size, err)
			}
		}
		for from := uint64(1); from <= size; from++ {
			p, err := ProveConsistency(g, from, size)
			if err != nil || VerifyConsistency(p, from, roots[from-1], size, roots[size-1]) != nil {
				t.Fatalf("consistency of %d with %d: %v", from, size, err)
			}
		}
	}
}

func TestProofBounds(t *testing.T) {
	g := newGrowing(t)
	g.grow(3)
	for name, err := range map[string]error{
		"leaf beyond the tree": second(ProveInclusion(g, 3, 3)),
		"from nothing":         second(ProveConsistency(g, 0, 3)),
		"backwards":            second(ProveConsistency(g, 3, 2)),
		"verify beyond":        VerifyInclusion(nil, 3, 3, Hash{}, Hash{}),
		"verify from nothing":  VerifyConsistency(nil, 0, Hash{}, 3, Hash{}),
		"verify backwards":     VerifyConsistency(nil, 3, Hash{}, 2, Hash{}),
	} {
		if !errors.Is(err, ErrSize) {
			t.Errorf("%s: %v, want ErrSize", name, err)
		}
	}
	if _, err := NewRange(3, make([]Hash, 1)); !errors.Is(err, ErrRange) {
		t.Errorf("three leaves in one root: %v", err)
	}
	if _, err := ProveInclusion(g, 1<<20, 5); err == nil {
		t.Error("a proof from nodes that are not there")
	}
}

func second[T any](_ T, err error) error { return err }

// TestRangeClone makes sure that a commit that fails can be forgotten.
func TestRangeClone(t *testing.T) {
	g := newGrowing(t)
	g.grow(1000)
	before := g.tree.Root()
	trial := g.tree.Clone()
	for i := range uint64(500) {
		trial.Append(numbered(i))
	}
	equal(t, "root after work on a clone", g.tree.Root(), before)
	back, err := NewRange(g.tree.Size(), g.tree.Roots())
	if err != nil {
		t.Fatal(err)
	}
	g.tree.Append(numbered(7))
	back.Append(numbered(7))
	equal(t, "root of a rebuilt range", back.Root(), g.tree.Root())
}

func TestCheckTiles(t *testing.T) {
	const size = 65_536 + 700
	g := newGrowing(t)
	g.grow(size)
	if err := CheckTiles(g, size); err != nil {
		t.Fatal(err)
	}
	for _, key := range []rowKey{{1, 0}, {1, 1}, {2, 0}} {
		row := g.tiles[key]
		row[len(row)/2][3] ^= 1
		if err := CheckTiles(g, size); !errors.Is(err, ErrTile) {
			t.Errorf("tile %v changed: %v", key, err)
		}
		row[len(row)/2][3] ^= 1
		if key.level > 1 {
			g.tiles[key] = row[:0]
			if err := CheckTiles(g, size); !errors.Is(err, ErrTile) {
				t.Errorf("tile %v gone: %v", key, err)
			}
			g.tiles[key] = row
		}
	}
}
