package index

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"coffre/index/postings"
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
	if slices.IsSorted(ordinals) {
		return numbers
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

// readOrdinals reads those of a segment's passages.
func readOrdinals(s segment.Segment) ([]uint32, error) {
	own := postings.Of(s)
	if own == nil {
		return nil, fmt.Errorf("segment of another format: %w", ErrCorrupt)
	}
	return own.Ordinals(), nil
}

// segmentError says what an error in a segment means.
func segmentError(err error) error {
	if errors.Is(err, postings.ErrDamaged) {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}
