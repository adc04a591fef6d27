package store

import (
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

const (
	// aheadActs is from how many acts in one commit on zeros are written ahead:
	// only who writes much gains by it, and it writes those bytes twice.
	aheadActs = 8
	// aheadStep is how many bytes of zeros are written at a time, once less than
	// half as many are left.
	aheadStep = 1 << 20
)

var zeros [aheadStep]byte

// ahead writes zeros behind the last page in use, where bbolt's next commits
// will put theirs. A file system like ext4 or XFS has to enter in its own
// journal that a block came into use, and an fsync waits for that; where the
// block has been in use before, it waits for the bytes alone.
//
// Only the committer's goroutine calls it, between commits: nobody writes to the
// file then, and no page behind the last one in use means anything. What a power
// cut leaves of the zeros doesn't matter.
type ahead struct {
	db   *bolt.DB // whose file is open
	file *os.File
	upTo int64 // what lies before it, from the last page in use, is in use on disk
	off  bool  // it failed once, and is only an economy
}

// after follows a commit of so many acts.
func (a *ahead) after(db *bolt.DB, path string, acts int) error {
	if acts < aheadActs || a.off {
		return nil
	}
	if err := a.write(db, path); err != nil {
		a.off = true
		a.close()
		return fmt.Errorf("write ahead of the database's end: %w", err)
	}
	return nil
}

func (a *ahead) write(db *bolt.DB, path string) error {
	if a.db != db { // the first time, or compaction has replaced it
		a.close()
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		a.db, a.file, a.upTo = db, f, 0
	}
	var used int64
	if err := db.View(func(tx *bolt.Tx) error { used = tx.Size(); return nil }); err != nil {
		return err
	}
	from := max(used, a.upTo)
	if from-used >= aheadStep/2 {
		return nil
	}
	st, err := a.file.Stat()
	if err != nil {
		return err
	}
	// Making the file longer is bbolt's own.
	n := min(aheadStep, st.Size()-from)
	if n <= 0 {
		return nil
	}
	if _, err := a.file.WriteAt(zeros[:n], from); err != nil {
		return err
	}
	a.upTo = from + n
	return nil
}

func (a *ahead) close() {
	if a.file != nil {
		a.file.Close()
	}
	a.db, a.file = nil, nil
}
