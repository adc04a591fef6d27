package postings

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/RoaringBitmap/roaring/v2"
	api "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// Plugin makes, opens and merges segments for scorch.
type Plugin struct{ Layout Layout }

// Type and Version name the format in scorch's root.bolt.
func (*Plugin) Type() string    { return "coffre" }
func (*Plugin) Version() uint32 { return 1 }

// New returns the segment that a Carrier brings: scorch's documents are one.
func (p *Plugin) New(docs []api.Document) (segment.Segment, uint64, error) {
	if len(docs) != 1 {
		return nil, 0, fmt.Errorf("%d documents, want the one that carries a segment", len(docs))
	}
	c, ok := docs[0].(*Carrier)
	if !ok {
		return nil, 0, errors.New("a document that carries no segment")
	}
	return c.Segment, uint64(len(c.Segment.data)), nil
}

// NewUsing is New.
func (p *Plugin) NewUsing(docs []api.Document, _ map[string]any) (segment.Segment, uint64, error) {
	return p.New(docs)
}

// Open maps a file. Errors: ErrDamaged, those of the file system.
func (p *Plugin) Open(path string) (segment.Segment, error) { return openFile(path, p.Layout) }

// OpenUsing is Open.
func (p *Plugin) OpenUsing(path string, _ map[string]any) (segment.Segment, error) {
	return p.Open(path)
}

// Merge writes one file that holds what segments do, without the passages to be
// dropped of each. It returns their new numbers, math.MaxUint64 for one that is
// dropped, and the size of the file.
func (p *Plugin) Merge(segments []segment.Segment, drops []*roaring.Bitmap, path string, stop chan struct{}, s segment.StatsReporter) (numbers [][]uint64, size uint64, err error) {
	parts := make([]*Segment, len(segments))
	for i, one := range segments {
		if parts[i] = Of(one); parts[i] == nil {
			return nil, 0, errors.New("merge segments: one is of another format")
		}
	}
	err = writeFile(path, func(f *os.File) error {
		numbers, size, err = merge(f, p.Layout, parts, drops, stop)
		return err
	})
	if errors.Is(err, segment.ErrClosed) {
		return nil, 0, segment.ErrClosed // scorch compares
	}
	if err != nil {
		return nil, 0, fmt.Errorf("merge segments: %w", err)
	}
	if s != nil {
		s.ReportBytesWritten(size)
	}
	return numbers, size, nil
}

// MergeUsing is Merge.
func (p *Plugin) MergeUsing(segments []segment.Segment, drops []*roaring.Bitmap, path string, stop chan struct{}, s segment.StatsReporter, _ map[string]any) ([][]uint64, uint64, error) {
	return p.Merge(segments, drops, path, stop, s)
}

// writeFile writes a file and brings it to the disk, or leaves none.
func writeFile(path string, write func(*os.File) error) error {
	f, err := os.OpenFile(filepath.Clean(path), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("create segment: %w", err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(path)
	}
	return err
}
