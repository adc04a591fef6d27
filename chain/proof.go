package chain

import (
	"errors"
	"fmt"
	"math/bits"
)

// ErrProof is returned where a proof does not lead to the root.
var ErrProof = errors.New("proof does not hold")

// ErrSize is returned for a leaf or a size outside the tree.
var ErrSize = errors.New("outside the tree")

// ProveInclusion returns RFC 6962's audit path of leaf number leaf (the entry
// seq leaf+1) in the tree of the first size leaves, lowest node first.
func ProveInclusion(n Nodes, size, leaf uint64) ([]Hash, error) {
	if leaf >= size {
		return nil, fmt.Errorf("prove inclusion of leaf %d in %d: %w", leaf, size, ErrSize)
	}
	return pathIn(n, 0, size, leaf)
}

// pathIn is RFC 6962's PATH for leaf in the subtree of the leaves lo to hi-1.
func pathIn(n Nodes, lo, hi, leaf uint64) ([]Hash, error) {
	if hi-lo == 1 {
		return nil, nil
	}
	k := lo + split(hi-lo)
	var path []Hash
	var sibling Hash
	var err error
	if leaf < k {
		if path, err = pathIn(n, lo, k, leaf); err == nil {
			sibling, err = subtree(n, k, hi)
		}
	} else {
		if path, err = pathIn(n, k, hi, leaf); err == nil {
			sibling, err = subtree(n, lo, k)
		}
	}
	if err != nil {
		return nil, err
	}
	return append(path, sibling), nil
}

// ProveConsistency returns RFC 6962's proof that the tree of the first from
// leaves is a prefix of that of the first to leaves; from is at least 1.
func ProveConsistency(n Nodes, from, to uint64) ([]Hash, error) {
	if from < 1 || from > to {
		return nil, fmt.Errorf("prove consistency of %d with %d: %w", from, to, ErrSize)
	}
	return subproof(n, 0, to, from, true)
}

// subproof is RFC 6962's SUBPROOF over the leaves lo to hi-1, of which those
// before from belong to the older tree; whole says that the older root is known.
func subproof(n Nodes, lo, hi, from uint64, whole bool) ([]Hash, error) {
	if from == hi {
		if whole {
			return nil, nil
		}
		h, err := subtree(n, lo, hi)
		return []Hash{h}, err
	}
	k := lo + split(hi-lo)
	var path []Hash
	var sibling Hash
	var err error
	if from <= k {
		if path, err = subproof(n, lo, k, from, whole); err == nil {
			sibling, err = subtree(n, k, hi)
		}
	} else {
		if path, err = subproof(n, k, hi, from, false); err == nil {
			sibling, err = subtree(n, lo, k)
		}
	}
	if err != nil {
		return nil, err
	}
	return append(path, sibling), nil
}

// split is the largest power of two smaller than n, for n of at least 2.
func split(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }

// subtree returns the root over the leaves lo to hi-1, where lo is a multiple of
// the power of two that covers hi-lo.
func subtree(n Nodes, lo, hi uint64) (Hash, error) {
	var part Range
	for done := lo; done < hi; {
		height := uint(bits.Len64(hi-done) - 1)
		h, err := nodeAt(n, height, done>>height)
		if err != nil {
			return Hash{}, err
		}
		part.roots = append(part.roots, h)
		done += 1 << height
	}
	return part.Root(), nil
}

// VerifyInclusion checks that chainHash is leaf number leaf in the tree of size
// leaves with that root. Errors: ErrSize, ErrProof.
func VerifyInclusion(proof []Hash, size, leaf uint64, root, chainHash Hash) error {
	if leaf >= size {
		return fmt.Errorf("verify inclusion of leaf %d in %d: %w", leaf, size, ErrSize)
	}
	h, last := leafHash(chainHash), size-1
	for _, p := range proof {
		if last == 0 {
			return ErrProof
		}
		if leaf&1 == 1 || leaf == last {
			h = nodeHash(p, h)
			for leaf&1 == 0 && leaf != 0 {
				leaf, last = leaf>>1, last>>1
			}
		} else {
			h = nodeHash(h, p)
		}
		leaf, last = leaf>>1, last>>1
	}
	if last != 0 || h != root {
		return ErrProof
	}
	return nil
}

// VerifyConsistency checks that the tree of from leaves with fromRoot is a prefix
// of that of to leaves with toRoot. Errors: ErrSize, ErrProof.
func VerifyConsistency(proof []Hash, from uint64, fromRoot Hash, to uint64, toRoot Hash) error {
	if from < 1 || from > to {
		return fmt.Errorf("verify consistency of %d with %d: %w", from, to, ErrSize)
	}
	if from == to {
		if len(proof) != 0 || fromRoot != toRoot {
			return ErrProof
		}
		return nil
	}
	node, last := from-1, to-1
	for node&1 == 1 {
		node, last = node>>1, last>>1
	}
	older, newer := fromRoot, fromRoot
	if node != 0 {
		if len(proof) == 0 {
			return ErrProof
		}
		older, newer, proof = proof[0], proof[0], proof[1:]
	}
	for _, p := range proof {
		if last == 0 {
			return ErrProof
		}
		if node&1 == 1 || node == last {
			older, newer = nodeHash(p, older), nodeHash(p, newer)
			for node&1 == 0 && node != 0 {
				node, last = node>>1, last>>1
			}
		} else {
			newer = nodeHash(newer, p)
		}
		node, last = node>>1, last>>1
	}
	if last != 0 || older != fromRoot || newer != toRoot {
		return ErrProof
	}
	return nil
}
