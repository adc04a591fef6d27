package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// What is read of a backup lies in clear beside the data: its databases, its originals
// and the master identity of then.

// scratchPrefix names the directories beside the data that hold copies for a
// backup or what is read of one; an opening removes what a kill left of them.
const scratchPrefix = ".scratch-"

// asideDir is a directory for what is read of a backup. Each takes room for a copy of
// everything: so there is one reader at a time.
type asideDir struct {
	dir string
	// next lets others read a backup; end does, too, and removes the directory.
	next, end func()
}

// newAsideDir makes one. Error: Conflict "drill-running".
func (r *Root) newAsideDir() (s asideDir, err error) {
	if !r.drilling.TryLock() {
		return s, Fail(Conflict, "drill-running")
	}
	s.next = sync.OnceFunc(r.drilling.Unlock)
	if s.dir, err = os.MkdirTemp(r.Dir, scratchPrefix+"*"); err != nil {
		s.next()
		return s, fmt.Errorf("create directory: %w", err)
	}
	s.end = func() { r.dropAsideDir(s.dir); s.next() }
	return s, nil
}

// dropAsideDir removes such a directory, its keys under zeros first.
func (r *Root) dropAsideDir(dir string) {
	err := errors.Join(destroyIn(filepath.Join(dir, "keys"), "*"), destroyIn(filepath.Join(dir, "data", "keys"), "*"), os.RemoveAll(dir))
	if err != nil {
		r.opts.Log.Error("what was read of a backup can't be removed", "path", dir, "err", err)
	}
}

func (r *Root) removeAside() {
	left, _ := filepath.Glob(filepath.Join(globSafe(r.Dir), scratchPrefix+"*"))
	for _, dir := range left {
		r.dropAsideDir(dir)
	}
}

// spared is how many bytes of the disk what is read of a backup leaves free, 0 where
// nobody knows its size.
func (r *Root) spared() int64 {
	_, total, err := r.disk()
	if err != nil {
		return 0
	}
	return int64(spare(total))
}
