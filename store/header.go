package store

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// bbolt keeps two header pages and commits by writing them in turn. Where one
// of them is damaged it silently uses the other, which may be the one before
// the newest commit: then acts that were acknowledged are gone, and only the
// damaged page tells.

// Layout of a header page, bbolt's file format 2, in the machine's byte order:
// page header (16 bytes), magic, version, page size, flags (4 each), root
// (16), free list, high-water mark, transaction (8 each), FNV-1a of all this.
const (
	metaAt       = 16
	metaSize     = 56
	metaMagic    = 0xED0CDAED
	metaVersion  = 2
	metaChecksum = metaAt + metaSize
)

// soundHeaders tells whether both header pages of a database are whole.
func soundHeaders(path string, pageSize int) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("open database: %w", err)
	}
	defer f.Close()
	page := make([]byte, metaChecksum+8)
	for i := range 2 {
		if _, err := io.ReadFull(io.NewSectionReader(f, int64(i*pageSize), int64(len(page))), page); err != nil {
			return false, fmt.Errorf("read header page: %w", err)
		}
		if !soundHeader(page) {
			return false, nil
		}
	}
	return true, nil
}

func soundHeader(page []byte) bool {
	sum := fnv.New64a()
	sum.Write(page[metaAt:metaChecksum])
	return binary.NativeEndian.Uint32(page[metaAt:]) == metaMagic &&
		binary.NativeEndian.Uint32(page[metaAt+4:]) == metaVersion &&
		binary.NativeEndian.Uint64(page[metaChecksum:]) == sum.Sum64()
}
