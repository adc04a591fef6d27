package chain

import "fmt"

// Prover is a stored tree of which it keeps what it has computed of the tiles
// that were asked for last. Proofs of neighbouring leaves share nearly all their
// nodes: with it, a run of them costs a few microseconds each instead of
// hundreds. It is for one goroutine and one size, and its memory is bounded.
type Prover struct {
	Nodes
	size uint64
	kept map[uint][]*pyramid // by stored level: the tiles asked for last, the newest first
}

// keptTiles of a level: a leaf's own, the one at the tree's end, and what a run
// of leaves moves between.
const keptTiles = 4

// pyramid is one tile with every level of nodes up to its own root.
type pyramid struct {
	index uint64
	rows  [tileBits + 1][]Hash
}

// NewProver returns a prover over the first size leaves of n.
func NewProver(n Nodes, size uint64) *Prover {
	return &Prover{Nodes: n, size: size, kept: map[uint][]*pyramid{}}
}

// node is nodeAt from what is kept.
func (p *Prover) node(height uint, index uint64) (Hash, error) {
	level, up := height/tileBits, height%tileBits
	tile := index << up / tileWidth
	kept, err := p.pyramid(level, tile)
	if err != nil {
		return Hash{}, err
	}
	at := index - tile*tileWidth>>up
	if at >= uint64(len(kept.rows[up])) {
		return Hash{}, fmt.Errorf("%w: node %d/%d", ErrNodes, height, index)
	}
	return kept.rows[up][at], nil
}

func (p *Prover) pyramid(level uint, tile uint64) (*pyramid, error) {
	list := p.kept[level]
	for i, k := range list {
		if k.index == tile {
			copy(list[1:i+1], list[:i])
			list[0] = k
			return k, nil
		}
	}
	k, err := p.build(level, tile)
	if err != nil {
		return nil, err
	}
	if len(list) < keptTiles {
		list = append(list, nil)
	}
	copy(list[1:], list)
	list[0], p.kept[level] = k, list
	return k, nil
}

func (p *Prover) build(level uint, tile uint64) (*pyramid, error) {
	first := tile * tileWidth
	has := p.size >> (tileBits * level)
	if first >= has {
		return nil, fmt.Errorf("%w: tile %d/%d", ErrNodes, level, tile)
	}
	k := &pyramid{index: tile}
	var err error
	if k.rows[0], err = rowAt(p.Nodes, level, first, min(tileWidth, has-first)); err != nil {
		return nil, err
	}
	for up := range tileBits {
		below := k.rows[up]
		row := make([]Hash, len(below)/2)
		for i := range row {
			row[i] = nodeHash(below[2*i], below[2*i+1])
		}
		k.rows[up+1] = row
	}
	return k, nil
}
