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
	ix.countMeaning(&s)
	_ = guard(func() error {
		return ix.withSnapshot(func(snap *scorch.IndexSnapshot) error {
			s.Segments = len(snap.Segments())
			return nil
		})
	})
	s.Bytes = sizeOf(filepath.Join(ix.dir, "words"))
	if f := ix.meaning.file; f != nil {
		s.Bytes += f.Size()
	}
	return s
}

// countMeaning fills in how far embedding is. The caller holds mu.
func (ix *Index) countMeaning(s *Stats) {
	m := &ix.meaning
	if m.serving != nil {
		s.Embedder = m.serving.id
		s.Languages = LanguagesOf(m.serving.embedder)
	}
	if m.next != nil {
		s.Next = m.next.id
	}
	if l := m.target(); l != nil {
		s.Embedded, s.Failed = l.set.Len(), len(l.failed)
		s.Pending = len(l.waiting) + len(m.unread)
	}
	s.Failure = m.failure
}

func (ix *Index) meaningStats() (s Stats) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	ix.countMeaning(&s)
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
