package postings

import (
	"bytes"
	"cmp"
	"io"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// part is a segment that is merged, without some of its passages.
type part struct {
	*Segment
	at    int      // among the segments given
	base  uint32   // number of its first passage in the merged segment
	moved []uint64 // new numbers, by old ones
	whole bool     // no passage is left out
}

// partsOf puts segments in the order of their ordinals, in which they are joined,
// and numbers their passages anew.
func partsOf(segments []*Segment, drops []*roaring.Bitmap) (parts []*part, passages int) {
	for i, s := range segments {
		parts = append(parts, &part{Segment: s, at: i})
	}
	slices.SortStableFunc(parts, func(a, b *part) int { return cmp.Compare(a.least, b.least) })
	for _, p := range parts {
		p.base, p.moved, p.whole = uint32(passages), make([]uint64, p.passages), true
		var drop *roaring.Bitmap
		if p.at < len(drops) {
			drop = drops[p.at]
		}
		for n := range p.moved {
			if drop != nil && drop.Contains(uint32(n)) {
				p.moved[n], p.whole = dropped, false
				continue
			}
			p.moved[n] = uint64(passages)
			passages++
		}
	}
	return parts, passages
}

// stopEvery is after how many words a merge looks whether it is to end.
const stopEvery = 4096

// merge writes one segment that holds what others do. The numbers are the new
// ones of each segment's passages.
func merge(to io.Writer, l Layout, segments []*Segment, drops []*roaring.Bitmap, stop <-chan struct{}) (numbers [][]uint64, size uint64, err error) {
	parts, passages := partsOf(segments, drops)
	numbers = make([][]uint64, len(segments))
	for _, p := range parts {
		numbers[p.at] = p.moved
	}
	w := newWriter(to)
	w.write([]byte(magic))
	for column := range 1 + len(l.Fields) {
		for _, p := range parts {
			p.writeColumn(w, column-1)
		}
	}
	for f := range l.Fields {
		if err := mergeField(w, f, parts, stop); err != nil {
			return nil, 0, err
		}
	}
	err = w.end(passages)
	return numbers, w.at, err
}

// writeColumn writes the lengths of a field, of -1 the ordinals.
func (p *part) writeColumn(w *writer, field int) {
	column := p.ordinals
	if field >= 0 {
		column = p.lengths[field]
	}
	if p.whole {
		w.write(column)
		return
	}
	for n, to := range p.moved {
		if to != dropped {
			w.write(column[4*n : 4*n+4])
		}
	}
}

// source is a part's words of one field.
type source struct {
	*part
	cursor
	there bool
}

func mergeField(w *writer, field int, parts []*part, stop <-chan struct{}) error {
	all := make([]*source, len(parts))
	for i, p := range parts {
		all[i] = &source{part: p, cursor: p.Field(field).cursor()}
		all[i].there = all[i].next()
	}
	out := newFieldWriter(w)
	var j joined
	for n := 0; ; n++ {
		if n%stopEvery == 0 && stopped(stop) {
			return segment.ErrClosed
		}
		least := leastOf(all)
		if least == nil {
			break
		}
		j.reset(least.word)
		for _, s := range all {
			if s.there && bytes.Equal(s.word, j.word) {
				if err := j.add(s); err != nil {
					return err
				}
				s.there = s.next()
			}
		}
		if j.passages > 0 {
			out.add(j.word, j.passages, j.last, j.list)
		}
	}
	out.end()
	for _, s := range all {
		if s.cursor.err != nil {
			return s.cursor.err
		}
	}
	return w.err
}

func stopped(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// leastOf is the source with the least word.
func leastOf(all []*source) (least *source) {
	for _, s := range all {
		if s.there && (least == nil || bytes.Compare(s.word, least.word) < 0) {
			least = s
		}
	}
	return least
}

// joined is the list of one word over all parts.
type joined struct {
	word     []byte
	list     []byte
	passages int
	last     uint32
}

func (j *joined) reset(word []byte) {
	j.word, j.list, j.passages, j.last = append(j.word[:0], word...), j.list[:0], 0, 0
}

// add appends the list of a part. Of one that is whole only the first posting is
// written anew.
func (j *joined) add(s *source) error {
	l := s.cursor.list()
	if s.whole {
		n, freq, ok := l.Next()
		if !ok {
			return l.Err()
		}
		j.list = appendPosting(j.list, s.base+n-j.last, freq)
		j.list = append(j.list, l.r.b...)
		j.passages, j.last = j.passages+int(s.cursor.passages), s.base+s.last
		return nil
	}
	for {
		n, freq, ok := l.Next()
		if !ok {
			return l.Err()
		}
		if int(n) >= len(s.moved) {
			return ErrDamaged
		}
		if to := s.moved[n]; to != dropped {
			j.list = appendPosting(j.list, uint32(to)-j.last, freq)
			j.passages, j.last = j.passages+1, uint32(to)
		}
	}
}
