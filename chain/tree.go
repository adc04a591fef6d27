package chain

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"
)

// leafHash is RFC 6962's hash of the leaf whose data is a chain hash.
func leafHash(chainHash Hash) Hash {
	var b [1 + len(chainHash)]byte
	copy(b[1:], chainHash[:])
	return sha256.Sum256(b[:])
}

// nodeHash is RFC 6962's hash of an inner node.
func nodeHash(left, right Hash) Hash {
	var b [1 + 2*len(left)]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+len(left):], right[:])
	return sha256.Sum256(b[:])
}

// Range is the compact range of a tree's leaves from the first on: the roots of
// its perfect subtrees. It is all that appending and computing the root need.
// Leaf i has as its data chain_hash[i+1]. The zero Range is the empty tree.
type Range struct {
	size  uint64
	roots []Hash // largest subtree first
}

// ErrRange is returned for a number of roots that doesn't fit the size.
var ErrRange = errors.New("compact range does not fit its size")

// NewRange rebuilds a range of size leaves from its roots, largest first.
func NewRange(size uint64, roots []Hash) (Range, error) {
	if len(roots) != bits.OnesCount64(size) {
		return Range{}, fmt.Errorf("%w: %d roots for %d leaves", ErrRange, len(roots), size)
	}
	return Range{size, append([]Hash(nil), roots...)}, nil
}

// Append adds the chain hash of the next entry.
func (r *Range) Append(chainHash Hash) { r.push(leafHash(chainHash), 0) }

// push adds the root of a perfect subtree of 2^height leaves; the size must be a
// multiple of that.
func (r *Range) push(h Hash, height uint) {
	for rest := r.size >> height; rest&1 == 1; rest >>= 1 {
		last := len(r.roots) - 1
		h = nodeHash(r.roots[last], h)
		r.roots = r.roots[:last]
	}
	r.roots = append(r.roots, h)
	r.size += 1 << height
}

// Size returns the number of leaves.
func (r *Range) Size() uint64 { return r.size }

// Roots returns a copy of the subtrees' roots, largest first.
func (r *Range) Roots() []Hash { return append([]Hash(nil), r.roots...) }

// Clone returns a copy that can be appended to by itself.
func (r *Range) Clone() Range { return Range{r.size, r.Roots()} }

// Root returns the tree's root; the empty tree's is SHA-256 of nothing.
func (r *Range) Root() Hash {
	if len(r.roots) == 0 {
		return sha256.Sum256(nil)
	}
	last := len(r.roots) - 1
	h := r.roots[last]
	for i := last - 1; i >= 0; i-- {
		h = nodeHash(r.roots[i], h)
	}
	return h
}

// foldPerfect returns the root over hashes, whose number is a power of two. It
// works in place and destroys them.
func foldPerfect(hashes []Hash) Hash {
	for n := len(hashes); n > 1; n /= 2 {
		for i := range n / 2 {
			hashes[i] = nodeHash(hashes[2*i], hashes[2*i+1])
		}
	}
	return hashes[0]
}
