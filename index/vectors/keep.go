package vectors

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// keeping is what a set knows of its snapshot. Guarded by Set.mu.
type keeping struct {
	path    string // "" for none
	id      [32]byte
	there   bool // one is on disk
	changes int  // of the set, since the last one
	last    time.Time
	stamp   func() (stamp, error) // of the file as it is
	failed  error                 // of the last attempt, which the next one follows after keepPause too
}

// How often a snapshot is written: a twentieth of the set must have changed,
// and some time have passed. What it lacks is replayed from the file and linked
// again when the set is opened.
const (
	keepShare = 20
	keepPause = 10 * time.Minute
)

// due tells whether a snapshot is to be written beside other work.
func (k *keeping) due(b *body) bool {
	n := b.n.Load()
	if k.path == "" || n == 0 || b.linked.Load() != n {
		return false
	}
	if !k.there && k.failed == nil {
		return true
	}
	return k.changes >= max(linkStep, int(n)/keepShare) && time.Since(k.last) >= keepPause
}

// dueAtEnd tells whether the next start is worth a snapshot now.
func (k *keeping) dueAtEnd(b *body) bool {
	linked := b.linked.Load()
	return k.path != "" && linked > 0 && (!k.there || k.changes > 0)
}

// seal stamps the snapshot of a set that is closed, if it holds everything.
func (s *Set) seal() {
	s.mu.Lock()
	b, k := s.cur.Load(), s.keep
	s.mu.Unlock()
	n := b.n.Load()
	if k.path == "" || k.stamp == nil || !k.there || k.changes > 0 || k.failed != nil || b.linked.Load() != n {
		return
	}
	if now, err := k.stamp(); err == nil && now.valid() {
		_ = stampSnapshot(k.path, k.id, n, now) // without a stamp the next start takes longer
	}
}

// save writes a snapshot of the graph. A failure loses nothing but time at the
// next start.
func (s *Set) save() {
	s.mu.Lock()
	b, k := s.cur.Load(), s.keep
	s.keep.changes = 0
	s.mu.Unlock()
	err := b.writeSnapshot(k.path, k.id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep.last, s.keep.failed = time.Now(), err
	if err == nil {
		s.keep.there = true
	} else {
		s.keep.changes += k.changes
	}
}

// graphSuffix ends the names of snapshots, which begin as the file's does.
const graphSuffix = ".graph"

// graphPath is where the snapshot of an embedder's graph lies: beside the file,
// named by the embedder.
func (f *File) graphPath(id string) string {
	sum := sha256.Sum256([]byte(id))
	return f.graphStem() + hex.EncodeToString(sum[:8]) + graphSuffix
}

// graphGlob matches all of them.
func (f *File) graphGlob() string { return f.graphStem() + "*" + graphSuffix }

func (f *File) graphStem() string {
	return strings.TrimSuffix(f.db.Path(), filepath.Ext(f.db.Path())) + "-"
}

// tidyGraphs removes snapshots of embedders that the file doesn't know, and
// what a killed writer has left.
func (f *File) tidyGraphs() error {
	ids, err := f.Embedders()
	if err != nil {
		return err
	}
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[f.graphPath(id)] = true
	}
	entries, err := os.ReadDir(filepath.Dir(f.db.Path()))
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(filepath.Dir(f.db.Path()), e.Name())
		ours := strings.HasPrefix(path, f.graphStem()) && strings.Contains(e.Name(), graphSuffix)
		if ours && !wanted[path] {
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
