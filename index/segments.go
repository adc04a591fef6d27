package index

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// segmentCache holds, for each segment, the ordinals of its passages by
// document number. Numbers mean something within one snapshot only; a
// segment's own are as lasting as the segment.
type segmentCache struct {
	mu       sync.Mutex
	ordinals map[uint64][]uint32 // by scorch's id of the segment
	byOrder  map[uint64][]uint32 // the same segment's numbers, by ascending ordinal
}

// of returns the ordinals of every segment of a snapshot, and its numbers in
// the order of ordinals, reading those that
// are new and forgetting those that are gone.
func (c *segmentCache) of(s *scorch.IndexSnapshot) (all, numbers [][]uint32, err error) {
	segments := s.Segments()
	all, numbers = make([][]uint32, len(segments)), make([][]uint32, len(segments))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ordinals == nil {
		c.ordinals, c.byOrder = make(map[uint64][]uint32), make(map[uint64][]uint32)
	}
	for i, seg := range segments {
		ordinals, ok := c.ordinals[seg.Id()]
		if !ok {
			if ordinals, err = readOrdinals(seg.Segment()); err != nil {
				return nil, nil, err
			}
			c.ordinals[seg.Id()], c.byOrder[seg.Id()] = ordinals, sortedNumbers(ordinals)
		}
		all[i], numbers[i] = ordinals, c.byOrder[seg.Id()]
	}
	if len(c.ordinals) > 2*len(segments) {
		c.keep(segments)
	}
	return all, numbers, nil
}

// sortedNumbers lists the numbers of a segment by the ordinals that they have.
func sortedNumbers(ordinals []uint32) []uint32 {
	numbers := make([]uint32, len(ordinals))
	for n := range numbers {
		numbers[n] = uint32(n)
	}
	slices.SortFunc(numbers, func(a, b uint32) int { return cmp.Compare(ordinals[a], ordinals[b]) })
	return numbers
}

func (c *segmentCache) keep(segments []*scorch.SegmentSnapshot) {
	ordinals, byOrder := make(map[uint64][]uint32, len(segments)), make(map[uint64][]uint32, len(segments))
	for _, seg := range segments {
		ordinals[seg.Id()], byOrder[seg.Id()] = c.ordinals[seg.Id()], c.byOrder[seg.Id()]
	}
	c.ordinals, c.byOrder = ordinals, byOrder
}

// readOrdinals reads the ids of a segment's passages.
func readOrdinals(s segment.Segment) ([]uint32, error) {
	ordinals := make([]uint32, s.Count())
	for n := range ordinals {
		id, err := s.DocID(uint64(n))
		if err != nil {
			return nil, fmt.Errorf("read passage id: %w", err)
		}
		if ordinals[n], err = ordinalOf(id); err != nil {
			return nil, err
		}
	}
	return ordinals, nil
}

// posting is what postings lists of zap give beyond the interface.
type exactNorm interface{ NormUint64() uint64 }

// lengthOf is the length of the field that a posting stands in, in words.
func lengthOf(p segment.Posting) uint32 {
	if exact, ok := p.(exactNorm); ok {
		return uint32(exact.NormUint64())
	}
	n := p.Norm()
	return uint32(1/(n*n) + 0.5)
}

// readLengths calls fn with the ordinal and length of every live passage that
// has words in a field.
func readLengths(seg *scorch.SegmentSnapshot, ordinals []uint32, f field, fn func(ordinal, words uint32)) error {
	dict, err := seg.Segment().Dictionary(fieldNames[f])
	if err != nil {
		return fmt.Errorf("open field %s: %w", fieldNames[f], err)
	}
	list, err := dict.PostingsList([]byte(lengthTerm), seg.Deleted(), nil)
	if err != nil {
		return fmt.Errorf("open lengths of %s: %w", fieldNames[f], err)
	}
	for it := list.Iterator(true, true, false, nil); ; {
		p, err := it.Next()
		if err != nil {
			return fmt.Errorf("read lengths of %s: %w", fieldNames[f], err)
		}
		if p == nil {
			return nil
		}
		if p.Number() >= uint64(len(ordinals)) {
			return fmt.Errorf("read lengths of %s: passage out of range: %w", fieldNames[f], ErrCorrupt)
		}
		fn(ordinals[p.Number()], lengthOf(p))
	}
}
