package postings

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sort"
)

// Segment is an immutable set of passages with their words. Any number of
// goroutines may read it.
type Segment struct {
	data     []byte
	layout   Layout
	passages int
	ordinals []byte
	least    uint32 // ordinal
	most     uint32
	sorted   bool     // by ordinal
	lengths  [][]byte // by field
	fields   []Field
	refs     *references
}

// parse lays a segment out over its bytes. What it doesn't check (it reads
// nothing but the footer and the ordinals) later reads find.
func parse(data []byte, l Layout) (*Segment, error) {
	if len(data) < len(magic)+tailBytes+sumBytes || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("open segment: %w", ErrDamaged)
	}
	tail := data[len(data)-sumBytes-tailBytes:]
	n, fields := int(binary.LittleEndian.Uint32(tail)), int(binary.LittleEndian.Uint32(tail[4:]))
	footer := len(data) - sumBytes - tailBytes - fieldBytes*fields
	begin := len(magic) + 4*n*(1+fields)
	if fields != len(l.Fields) || n > math.MaxInt32 || footer < begin {
		return nil, fmt.Errorf("open segment of %d passages and %d fields: %w", n, fields, ErrDamaged)
	}
	s := &Segment{data: data, layout: l, passages: n, refs: new(references)}
	at := len(magic)
	columns := make([][]byte, 1+fields)
	for i := range columns {
		columns[i], at = data[at:at+4*n], at+4*n
	}
	s.ordinals, s.lengths = columns[0], columns[1:]
	for f := range fields {
		field, err := parseField(data[:footer], data[footer+f*fieldBytes:])
		if err != nil {
			return nil, err
		}
		s.fields = append(s.fields, field)
	}
	s.least, s.most, s.sorted = math.MaxUint32, 0, true
	for i := range n {
		o := s.Ordinal(i)
		s.sorted = s.sorted && (i == 0 || o > s.most)
		s.least, s.most = min(s.least, o), max(s.most, o)
	}
	s.refs.n.Store(1)
	return s, nil
}

func parseField(data, footer []byte) (f Field, err error) {
	place := func(i int) uint64 { return binary.LittleEndian.Uint64(footer[8*i:]) }
	lists, words, blocks, n := place(0), place(1), place(2), place(3)
	end := blocks + 4*((n+blockWords-1)/blockWords)
	if n > math.MaxInt32 || lists > words || words > blocks || blocks > uint64(len(data)) || end > uint64(len(data)) {
		return Field{}, fmt.Errorf("open field: %w", ErrDamaged)
	}
	return Field{lists: data[lists:words], words: data[words:blocks], blocks: data[blocks:end], n: int(n)}, nil
}

// Passages is how many there are.
func (s *Segment) Passages() int { return s.passages }

// Ordinal is that of the nth passage.
func (s *Segment) Ordinal(n int) uint32 { return binary.LittleEndian.Uint32(s.ordinals[4*n:]) }

// Ordinals are those of all passages, in their order.
func (s *Segment) Ordinals() []uint32 {
	all := make([]uint32, s.passages)
	for n := range all {
		all[n] = s.Ordinal(n)
	}
	return all
}

// Length is that of a field of the nth passage, in words.
func (s *Segment) Length(field, n int) uint32 {
	return binary.LittleEndian.Uint32(s.lengths[field][4*n:])
}

// Field returns a field by its number in the layout.
func (s *Segment) Field(n int) *Field { return &s.fields[n] }

// numbersOf lists the passages with some ordinals, which are sorted.
func (s *Segment) numbersOf(ordinals []uint32) (numbers []uint32) {
	from, _ := slices.BinarySearch(ordinals, s.least)
	to := sort.Search(len(ordinals), func(i int) bool { return ordinals[i] > s.most })
	if from >= to {
		return nil
	}
	ordinals = ordinals[from:to]
	if s.sorted {
		for _, o := range ordinals {
			n := sort.Search(s.passages, func(i int) bool { return s.Ordinal(i) >= o })
			if n < s.passages && s.Ordinal(n) == o {
				numbers = append(numbers, uint32(n))
			}
		}
		return numbers
	}
	for n := range s.passages {
		if _, found := slices.BinarySearch(ordinals, s.Ordinal(n)); found {
			numbers = append(numbers, uint32(n))
		}
	}
	return numbers
}
