package store

import (
	"strconv"

	"coffre/chain"
)

// Inclusion proves that an entry is in the tree of a checkpoint.
type Inclusion struct {
	Seq        uint64
	ChainHash  chain.Hash
	Size       uint64 // of the checkpoint
	Checkpoint string
	Proof      []chain.Hash
}

// Consistency proves that the tree of a checkpoint continues a smaller one.
type Consistency struct {
	From       uint64
	Size       uint64
	Checkpoint string
	Proof      []chain.Hash
}

// ProveEntry proves an entry against the newest checkpoint. Invalid, code
// "bad-parameter", where the chain has none of that number.
func (v *View) ProveEntry(seq uint64) (Inclusion, error) {
	c, err := v.checkpoint()
	if err != nil {
		return Inclusion{}, err
	}
	if seq < 1 || seq > c.Size {
		return Inclusion{}, Fail(Invalid, "bad-parameter", "name", "seq", "value", strconv.FormatUint(seq, 10))
	}
	n := treeNodes{v.tx}
	hashes, err := n.ChainHashes(seq, 1)
	if err != nil {
		return Inclusion{}, Fail(Corrupt, "damaged").Because(err)
	}
	proof, err := chain.ProveInclusion(n, c.Size, seq-1)
	if err != nil {
		return Inclusion{}, Fail(Corrupt, "damaged").Because(err)
	}
	return Inclusion{seq, hashes[0], c.Size, c.Note, proof}, nil
}

// ProveGrowth proves that the newest checkpoint's tree continues the one of a
// size. Invalid, code "bad-parameter", where it never had that size.
func (v *View) ProveGrowth(from uint64) (Consistency, error) {
	c, err := v.checkpoint()
	if err != nil {
		return Consistency{}, err
	}
	if from < 1 || from > c.Size {
		return Consistency{}, Fail(Invalid, "bad-parameter", "name", "from_size", "value", strconv.FormatUint(from, 10))
	}
	proof, err := chain.ProveConsistency(treeNodes{v.tx}, from, c.Size)
	if err != nil {
		return Consistency{}, Fail(Corrupt, "damaged").Because(err)
	}
	return Consistency{from, c.Size, c.Note, proof}, nil
}
