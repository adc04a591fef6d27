package chain

import (
	"errors"
	"fmt"
	"slices"
)

// ErrTile is returned where a stored row is not what its chain hashes give.
var ErrTile = errors.New("a stored tree row is wrong")

// CheckTiles computes every stored row of the first size leaves again, from the
// chain hashes up, each from the row below it. VerifyLog does not need the rows and so says nothing of them;
// a wrong one would make proofs fail later. Errors: ErrTile, ErrNodes, the
// source's own.
func CheckTiles(n Nodes, size uint64) error {
	stored := overlay{Nodes: n}
	for level := uint(1); size>>(tileBits*level) > 0; level++ {
		has := size >> (tileBits * level)
		for index := uint64(0); index*tileWidth < has; index++ {
			upTo := min(has, (index+1)*tileWidth)
			want, err := stored.extend(level, index, index*tileWidth, upTo)
			if err != nil {
				return err
			}
			got, err := n.Tile(level, index)
			if err != nil {
				return fmt.Errorf("read tile %d/%d: %w", level, index, err)
			}
			if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
				return fmt.Errorf("%w: tile %d/%d", ErrTile, level, index)
			}
		}
	}
	return nil
}
