package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"coffre/index/boltcheck"
)

// checkRoot looks through root.bolt's pages before bbolt trusts them.
func checkRoot(path string) error {
	err := boltcheck.File(path, lockWait)
	switch {
	case errors.Is(err, boltcheck.ErrLocked):
		return ErrInUse
	case errors.Is(err, boltcheck.ErrDamaged):
		return fmt.Errorf("root.bolt: %w: %w", ErrCorrupt, err)
	case err != nil:
		return fileError(err)
	}
	return nil
}

// verifyFiles checks the sum of every segment that root.bolt names, through a
// read-only opening, in which scorch starts no background work yet that could
// trip over damage where no recover of ours reaches.
func verifyFiles(path string) error {
	ix, err := openWords(path, true)
	if err != nil {
		return err
	}
	err = guard(func() error {
		return ix.withSnapshot(func(s *scorch.IndexSnapshot) error {
			if len(s.Internal()) == 0 {
				return fmt.Errorf("no snapshot can be read: %w", ErrCorrupt)
			}
			for _, seg := range s.Segments() {
				file, ok := seg.Segment().(segment.PersistedSegment)
				if !ok {
					continue
				}
				if err := verifySegment(file.Path()); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if closeErr := ix.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	return err
}

// verifySegment checks the CRC-32 (IEEE) that ends a zap file.
func verifySegment(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fileError(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fileError(err)
	}
	if info.Size() < crc32.Size {
		return fmt.Errorf("segment of %d bytes: %w", info.Size(), ErrCorrupt)
	}
	sum := crc32.NewIEEE()
	if _, err := io.CopyN(sum, f, info.Size()-crc32.Size); err != nil {
		return fmt.Errorf("read segment: %w", err)
	}
	var want [crc32.Size]byte
	if _, err := io.ReadFull(f, want[:]); err != nil {
		return fmt.Errorf("read segment: %w", err)
	}
	if binary.BigEndian.Uint32(want[:]) != sum.Sum32() {
		return fmt.Errorf("sum of a segment does not match: %w", ErrCorrupt)
	}
	return nil
}
