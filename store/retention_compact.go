package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// bbolt never clears a page that it frees: what was deleted stays readable in
// the file. So whoever destroys something leaves a mark in the same commit, and
// the file is written anew, from its live records alone, before the mark goes. A
// kill at any moment leaves either file whole, and the mark with it.

var keyCompactDue = []byte("compact_due")

// compactStep is how many bytes one transaction of the copy holds.
const compactStep = 16 << 20

// mustCompact marks that the file holds bytes that are to vanish.
func (tx *Tx) mustCompact() error { return tx.putRaw("meta", keyCompactDue, u64(tx.Seq)) }

// compactDue tells whether deleted bytes may still be in the file.
func (v *View) compactDue() bool {
	return v.tx.Bucket([]byte("meta")).Get(keyCompactDue) != nil
}

// compactIfDue rewrites the file where something was destroyed since the last
// time, and enters that in the chain. Commits wait meanwhile; reads don't.
func (t *Tenant) compactIfDue(ctx context.Context) error {
	due := false
	if err := t.View(func(v *View) error { due = v.compactDue(); return nil }); err != nil || !due {
		return err
	}
	var before, after int64
	var head uint64
	err := t.committer.between(ctx, func() error {
		head = t.head.seq
		return guard(t.path, func() (err error) {
			before, after, err = t.compact()
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("compact database: %w", err)
	}
	killPoint("compact-entry")
	ev := chain.Event{Action: chain.SystemCompact, Detail: chain.Detail{"bytes_before": before, "bytes_after": after}}
	_, err = t.Update(ctx, System("retention"), ev, func(tx *Tx) error {
		if err := tx.closeErasures(head); err != nil {
			return err
		}
		if mark := tx.getCopy("meta", keyCompactDue); len(mark) == 8 && binary.BigEndian.Uint64(mark) > head {
			return nil // something more was destroyed meanwhile
		}
		return tx.deleteRaw("meta", keyCompactDue)
	})
	return err
}

// compact runs on the committer's goroutine. Errors before the new file has the
// old one's name leave everything as it was.
func (t *Tenant) compact() (before, after int64, err error) {
	unnamed := t.path + ".compact"
	if err := os.Remove(unnamed); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, 0, fmt.Errorf("remove unfinished copy: %w", err)
	}
	old := t.db()
	if err := copyLive(old, unnamed); err != nil {
		os.Remove(unnamed)
		return 0, 0, err
	}
	if st, err := os.Stat(t.path); err == nil {
		before = st.Size()
	}
	if st, err := os.Stat(unnamed); err == nil {
		after = st.Size()
	}
	killPoint("compact-rename")
	if err := os.Rename(unnamed, t.path); err != nil {
		os.Remove(unnamed)
		return 0, 0, fmt.Errorf("replace database: %w", err)
	}
	killPoint("compact-named")
	// From here on the old file has no name: a commit to it would be lost.
	if err := syncDir(t.dir); err != nil {
		t.stop(err)
		return before, after, err
	}
	db, err := openBolt(t.path, 0, false)
	if err != nil {
		t.stop(err)
		return before, after, err
	}
	t.file.Store(db)
	t.closing.Go(func() {
		// It waits for the readers that began before.
		if err := closeBolt(old, t.path, false); err != nil {
			t.log.Error("closing the file before compaction", "tenant", t.ID, "err", err)
		}
	})
	return before, after, nil
}

// copyLive writes every live record of db to a new file and makes it durable,
// after both have been read side by side.
func copyLive(db *bolt.DB, path string) (err error) {
	dst, err := bolt.Open(path, 0o600, &bolt.Options{
		NoSync: true, FreelistType: bolt.FreelistMapType, PageSize: db.Info().PageSize,
	})
	if err != nil {
		return fmt.Errorf("create copy: %w", err)
	}
	defer func() {
		if cerr := dst.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("close copy: %w", cerr)
		}
	}()
	if err := bolt.Compact(dst, db, compactStep); err != nil {
		return fmt.Errorf("copy records: %w", err)
	}
	killPoint("compact-copied")
	if err := dst.Sync(); err != nil {
		return fmt.Errorf("sync copy: %w", err)
	}
	return db.View(func(a *bolt.Tx) error {
		return dst.View(func(b *bolt.Tx) error { return sameRecords(a, b) })
	})
}

var errOtherRecords = errors.New("the copy holds other records")

func sameRecords(a, b *bolt.Tx) error {
	ca, cb := a.Cursor(), b.Cursor()
	na, _ := ca.First()
	nb, _ := cb.First()
	for ; na != nil; na, _ = ca.Next() {
		if !bytes.Equal(na, nb) {
			return errOtherRecords
		}
		ra, rb := a.Bucket(na).Cursor(), b.Bucket(nb).Cursor()
		ka, va := ra.First()
		kb, vb := rb.First()
		for ; ka != nil; ka, va = ra.Next() {
			if !bytes.Equal(ka, kb) || !bytes.Equal(va, vb) {
				return errOtherRecords
			}
			kb, vb = rb.Next()
		}
		if kb != nil {
			return errOtherRecords
		}
		nb, _ = cb.Next()
	}
	if nb != nil {
		return errOtherRecords
	}
	return nil
}
