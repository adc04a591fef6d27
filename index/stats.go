package index

import (
	"os"
	"path/filepath"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// Stats counts what the index holds.
func (ix *Index) Stats() Stats {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	s := Stats{Applied: ix.Applied()}
	if ix.closed {
		return s
	}
	for class, t := range ix.ledger.classes {
		if class == 0 {
			continue
		}
		s.Passages += int(t.passages)
		for _, n := range t.words {
			s.Words += n
		}
	}
	s.Documents = ix.ledger.documents()
	_ = guard(func() error {
		return ix.withSnapshot(func(snap *scorch.IndexSnapshot) error {
			s.Segments = len(snap.Segments())
			return nil
		})
	})
	s.Bytes = sizeOf(filepath.Join(ix.dir, "words"))
	return s
}

// sizeOf sums the files of a directory; one that vanishes meanwhile counts
// nothing.
func sizeOf(dir string) int64 {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	var n int64
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
	}
	return n
}
