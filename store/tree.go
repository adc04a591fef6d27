package store

import (
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// treeNodes reads the Merkle tree's parts for proofs: level 0 from the
// entries' own chain hashes, the levels above from rows of up to 256 roots.
type treeNodes struct{ tx *bolt.Tx }

func treeKey(level uint, index uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{byte(level)}, index)
}

func joinHashes(hs []chain.Hash) []byte {
	out := make([]byte, 0, len(hs)*32)
	for _, h := range hs {
		out = append(out, h[:]...)
	}
	return out
}

// ChainHashes implements chain.Nodes.
func (n treeNodes) ChainHashes(first, count uint64) ([]chain.Hash, error) {
	out := make([]chain.Hash, 0, count)
	c := n.tx.Bucket([]byte("entries")).Cursor()
	for k, v := c.Seek(u64(first)); k != nil && uint64(len(out)) < count; k, v = c.Next() {
		if len(v) < 32 || binary.BigEndian.Uint64(k) != first+uint64(len(out)) {
			return nil, fmt.Errorf("read chain hash %d: %w", first+uint64(len(out)), errDamaged)
		}
		out = append(out, chain.Hash(v[:32]))
	}
	if uint64(len(out)) != count {
		return nil, fmt.Errorf("read chain hash %d: %w", first+uint64(len(out)), errDamaged)
	}
	return out, nil
}

// Tile implements chain.Nodes.
func (n treeNodes) Tile(level uint, index uint64) ([]chain.Hash, error) {
	b := n.tx.Bucket([]byte("tree")).Get(treeKey(level, index))
	if len(b)%32 != 0 {
		return nil, fmt.Errorf("read tree row %d/%d: %w", level, index, errDamaged)
	}
	out := make([]chain.Hash, 0, len(b)/32)
	for ; len(b) > 0; b = b[32:] {
		out = append(out, chain.Hash(b[:32]))
	}
	return out, nil
}
