package chain

import (
	"fmt"
	"sync"
)

// hashers keep block hashers for growing trees, which need one for a moment.
var hashers = sync.Pool{New: func() any { return newBlockHasher() }}

// Grow appends the chain hashes of a batch's entries and returns the rows that
// change, lowest level first: what Append and CompletedTiles do, with each node
// hashed once and two of them side by side. n must answer Tile as of the size
// before; its ChainHashes isn't asked. After an error the range is of no use.
func (r *Range) Grow(n Nodes, hashes []Hash) ([]TileWrite, error) {
	h := hashers.Get().(*blockHasher)
	defer hashers.Put(h)
	var writes []TileWrite
	var room [128]Hash
	fresh := h.appendLeaves(room[:0:len(room)-1], hashes)
	var odd []Hash // new roots, smallest first
	for height := uint(0); len(fresh) > 0; height++ {
		had := r.size >> height
		if level := height / tileBits; height > 0 && height%tileBits == 0 {
			more, err := extended(n, level, had, fresh)
			if err != nil {
				return nil, err
			}
			writes = append(writes, more...)
		}
		if had&1 == 1 {
			last := len(r.roots) - 1
			fresh = append(fresh, Hash{})
			copy(fresh[1:], fresh)
			fresh[0], r.roots = r.roots[last], r.roots[:last]
		}
		if whole := len(fresh) &^ 1; whole < len(fresh) {
			odd, fresh = append(odd, fresh[whole]), fresh[:whole]
		}
		h.halve(fresh)
		fresh = fresh[:len(fresh)/2]
	}
	for i := len(odd) - 1; i >= 0; i-- {
		r.roots = append(r.roots, odd[i])
	}
	r.size += uint64(len(hashes))
	return writes, nil
}

// extended returns the rows of a level that hold its subtrees from number had
// on, which are fresh.
func extended(n Nodes, level uint, had uint64, fresh []Hash) (writes []TileWrite, err error) {
	for len(fresh) > 0 {
		index, kept := had/tileWidth, had%tileWidth
		more := min(tileWidth-kept, uint64(len(fresh)))
		row := make([]Hash, 0, kept+more)
		if kept > 0 {
			old, err := rowAt(n, level, index*tileWidth, kept)
			if err != nil {
				return nil, fmt.Errorf("grow tree: %w", err)
			}
			row = append(row, old...)
		}
		writes = append(writes, TileWrite{level, index, append(row, fresh[:more]...)})
		had, fresh = had+more, fresh[more:]
	}
	return writes, nil
}
