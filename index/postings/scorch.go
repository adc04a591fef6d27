package postings

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	api "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// What follows is what scorch asks of a segment.

// AddRef counts one more who uses the segment.
func (s *Segment) AddRef() { s.refs.n.Add(1) }

// DecRef counts one less; after the last one the file is unmapped.
func (s *Segment) DecRef() error {
	if s.refs.n.Add(-1) > 0 || s.refs.release == nil {
		return nil
	}
	if err := s.refs.release(); err != nil {
		return fmt.Errorf("unmap segment: %w", err)
	}
	return nil
}

// Close is DecRef.
func (s *Segment) Close() error { return s.DecRef() }

// Count is how many passages there are.
func (s *Segment) Count() uint64 { return uint64(s.passages) }

// Fields are their names.
func (s *Segment) Fields() []string { return s.layout.Fields }

// Size is what it takes, bytes.
func (s *Segment) Size() int { return len(s.data) }

// ID is that of a passage in scorch: its ordinal, four bytes big endian.
func ID(ordinal uint32) string {
	return string(binary.BigEndian.AppendUint32(nil, ordinal))
}

// DocID is the id of the nth passage.
func (s *Segment) DocID(n uint64) ([]byte, error) {
	if n >= uint64(s.passages) {
		return nil, fmt.Errorf("passage %d of %d", n, s.passages)
	}
	return []byte(ID(s.Ordinal(int(n)))), nil
}

// DocNumbers are the numbers of the passages with some ids.
func (s *Segment) DocNumbers(ids []string) (*roaring.Bitmap, error) {
	ordinals := make([]uint32, 0, len(ids))
	for _, id := range ids {
		if len(id) == 4 {
			if o := binary.BigEndian.Uint32([]byte(id)); o >= s.least && o <= s.most {
				ordinals = append(ordinals, o)
			}
		}
	}
	slices.Sort(ordinals)
	return roaring.BitmapOf(s.numbersOf(ordinals)...), nil
}

// errOwn is what scorch's own way of searching gets: index reads Field.
var errOwn = errors.New("the words of this segment are read by package index alone")

// Dictionary, which scorch's own search asks for, is refused.
func (s *Segment) Dictionary(string) (segment.TermDictionary, error) { return nil, errOwn }

// VisitStoredFields visits none: the store has the texts.
func (s *Segment) VisitStoredFields(uint64, segment.StoredFieldValueVisitor) error { return nil }

// BytesRead, ResetBytesRead and BytesWritten are scorch's statistics, which
// nobody reads.
func (s *Segment) BytesRead() uint64     { return 0 }
func (s *Segment) ResetBytesRead(uint64) {}
func (s *Segment) BytesWritten() uint64  { return 0 }

// Carrier is the document by which a segment goes through scorch's batches. ID
// is that of one of its passages; the batch must name the others, too (Delete),
// so that earlier states of them go.
type Carrier struct {
	Name    string
	Segment *Memory
}

// ID is the name.
func (c *Carrier) ID() string { return c.Name }

// Size is what the segment takes, bytes.
func (c *Carrier) Size() int { return c.Segment.Size() }

// A carrier has no fields of its own.
func (c *Carrier) VisitFields(api.FieldVisitor)             {}
func (c *Carrier) VisitComposite(api.CompositeFieldVisitor) {}
func (c *Carrier) HasComposite() bool                       { return false }
func (c *Carrier) NumPlainTextBytes() uint64                { return 0 }
func (c *Carrier) AddIDField()                              {}
func (c *Carrier) StoredFieldsBytes() uint64                { return 0 }
func (c *Carrier) Indexed() bool                            { return true }
