package chain

import (
	"errors"
	"fmt"
)

// tileBits is the height of a tile: a row holds up to 256 hashes.
const (
	tileBits  = 8
	tileWidth = 1 << tileBits
)

// Nodes gives access to a stored tree. Its chain hashes are the lowest row, and
// are never pruned; above it lie rows for subtrees of 2^8, 2^16 … leaves. The
// levels between are computed. Implementations return an error rather than
// fewer hashes than were asked for.
type Nodes interface {
	// ChainHashes returns chain_hash[first] to chain_hash[first+n-1]; first is
	// at least 1.
	ChainHashes(first, n uint64) ([]Hash, error)
	// Tile returns the roots of the complete subtrees of 2^(8*level) leaves that
	// stand at index*256 and after, at most 256 of them; level is at least 1.
	Tile(level uint, index uint64) ([]Hash, error)
}

// TileWrite is a row to be stored in place of an earlier, shorter one.
type TileWrite struct {
	Level  uint
	Index  uint64
	Hashes []Hash
}

// ErrNodes is returned where stored nodes are fewer than the size demands.
var ErrNodes = errors.New("stored tree nodes are missing")

// nodeAt returns the root of the perfect subtree number index of 2^height
// leaves.
func nodeAt(n Nodes, height uint, index uint64) (Hash, error) {
	if p, ok := n.(*Prover); ok {
		return p.node(height, index)
	}
	level, up := height/tileBits, height%tileBits
	row, err := rowAt(n, level, index<<up, 1<<up)
	if err != nil {
		return Hash{}, err
	}
	return foldPerfect(row), nil
}

// rowAt returns count hashes of the stored row, from number first on, in a slice
// of its own. They all lie in one tile.
func rowAt(n Nodes, level uint, first, count uint64) ([]Hash, error) {
	if level == 0 {
		hashes, err := n.ChainHashes(first+1, count)
		if err != nil {
			return nil, fmt.Errorf("read chain hashes from %d: %w", first+1, err)
		}
		if uint64(len(hashes)) != count {
			return nil, fmt.Errorf("%w: chain hashes from %d", ErrNodes, first+1)
		}
		leaves := make([]Hash, count)
		for i, h := range hashes {
			leaves[i] = leafHash(h)
		}
		return leaves, nil
	}
	tile, err := n.Tile(level, first/tileWidth)
	if err != nil {
		return nil, fmt.Errorf("read tile %d/%d: %w", level, first/tileWidth, err)
	}
	from := first % tileWidth
	if uint64(len(tile)) < from+count {
		return nil, fmt.Errorf("%w: tile %d/%d", ErrNodes, level, first/tileWidth)
	}
	return append([]Hash(nil), tile[from:from+count]...), nil
}

// RangeOf rebuilds the compact range of the first size leaves.
func RangeOf(n Nodes, size uint64) (Range, error) {
	r := Range{size: size}
	done := uint64(0)
	for _, height := range heights(size) {
		h, err := nodeAt(n, height, done>>height)
		if err != nil {
			return Range{}, err
		}
		r.roots = append(r.roots, h)
		done += 1 << height
	}
	return r, nil
}

// heights lists the heights of size's perfect subtrees, largest first.
func heights(size uint64) []uint {
	var list []uint
	for h := 63; h >= 0; h-- {
		if size>>h&1 == 1 {
			list = append(list, uint(h))
		}
	}
	return list
}

// CompletedTiles returns the rows that change when a tree grows from oldSize to
// newSize leaves, lowest level first. n must answer ChainHashes up to newSize
// and Tile as of oldSize. Most appends of less than 256 entries change none.
func CompletedTiles(n Nodes, oldSize, newSize uint64) ([]TileWrite, error) {
	var writes []TileWrite
	fresh := overlay{Nodes: n, rows: map[rowKey][]Hash{}}
	for level := uint(1); newSize>>(tileBits*level) > 0; level++ {
		had, has := oldSize>>(tileBits*level), newSize>>(tileBits*level)
		for index := had / tileWidth; had < has; index++ {
			upTo := min(has, (index+1)*tileWidth)
			row, err := fresh.extend(level, index, had, upTo)
			if err != nil {
				return nil, err
			}
			fresh.rows[rowKey{level, index}] = row
			writes = append(writes, TileWrite{level, index, row})
			had = upTo
		}
	}
	return writes, nil
}

type rowKey struct {
	level uint
	index uint64
}

// overlay answers with rows that were completed in this batch before the stored
// ones.
type overlay struct {
	Nodes
	rows map[rowKey][]Hash
}

func (o overlay) Tile(level uint, index uint64) ([]Hash, error) {
	if row, ok := o.rows[rowKey{level, index}]; ok {
		return row, nil
	}
	return o.Nodes.Tile(level, index)
}

// extend returns the row level/index with subtrees number had to upTo-1 added.
func (o overlay) extend(level uint, index, had, upTo uint64) ([]Hash, error) {
	row := make([]Hash, 0, upTo-index*tileWidth)
	if kept := had - index*tileWidth; kept > 0 {
		old, err := rowAt(o, level, index*tileWidth, kept)
		if err != nil {
			return nil, err
		}
		row = append(row, old...)
	}
	for i := had; i < upTo; i++ {
		below, err := rowAt(o, level-1, i*tileWidth, tileWidth)
		if err != nil {
			return nil, err
		}
		row = append(row, foldPerfect(below))
	}
	return row, nil
}
