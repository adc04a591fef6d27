package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Original is a file received whole: durable under files/ by its SHA-256.
type Original struct {
	SHA256 string
	Bytes  int64
	Path   string
}

// ReceiveFile writes an original durably before anything refers to it. It
// fails with TooLarge beyond limit bytes, Unavailable "quota-bytes" beyond what
// the firm may still keep, and Invalid, code "empty", for nothing at all; then it
// leaves no file behind.
func (t *Tenant) ReceiveFile(r io.Reader, limit int64) (o Original, err error) {
	over := error(Fail(TooLarge, "too-large", "limit", fmt.Sprint(limit)))
	left, err := t.RoomLeft()
	if err != nil {
		return o, err
	}
	if left >= 0 && left < limit {
		limit, over = left, quotaBytes(t.Quota())
	}
	dir := filepath.Join(t.dir, "files")
	if err := t.makeFilesDir(dir); err != nil {
		return o, err
	}
	f, err := os.CreateTemp(dir, ".incoming-*")
	if err != nil {
		return o, fmt.Errorf("create file: %w", err)
	}
	defer func() {
		f.Close()
		os.Remove(f.Name())
	}()
	h := sha256.New()
	o.Bytes, err = io.Copy(io.MultiWriter(f, h), io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return o, fmt.Errorf("receive file: %w", err)
	case o.Bytes > limit:
		return o, over
	case o.Bytes == 0:
		return o, Fail(Invalid, "empty")
	}
	if err := f.Sync(); err != nil {
		return o, fmt.Errorf("sync file: %w", err)
	}
	o.SHA256 = hex.EncodeToString(h.Sum(nil))
	o.Path = t.FilePath(o.SHA256)
	if _, err := os.Stat(o.Path); err == nil {
		// Its name may be as new as a moment, from somebody beside us.
		return o, syncDir(dir)
	}
	if err := os.Chmod(f.Name(), 0o400); err != nil {
		return o, fmt.Errorf("protect file: %w", err)
	}
	if err := os.Rename(f.Name(), o.Path); err != nil && !errors.Is(err, os.ErrExist) {
		return o, fmt.Errorf("keep file: %w", err)
	}
	return o, syncDir(dir)
}

func (t *Tenant) makeFilesDir(dir string) error {
	err := os.Mkdir(dir, 0o700)
	switch {
	case errors.Is(err, os.ErrExist):
		return nil
	case err != nil:
		return fmt.Errorf("create files directory: %w", err)
	}
	return syncDir(t.dir)
}

// FilePath is where the original with this SHA-256 lies.
func (t *Tenant) FilePath(sha string) string { return filepath.Join(t.dir, "files", sha) }

// removeUnfinished deletes what a kill left of files that were being received,
// and of copies that were being made: an export may hold private parts.
func (t *Tenant) removeUnfinished() {
	for dir, prefixes := range map[string][]string{
		t.dir:                         {".verify-", ".export-", "store.db.compact", "box.db.compact", ".ledger-"},
		filepath.Join(t.dir, "files"): {".incoming-"},
	} {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(e.Name(), p) }) {
				os.RemoveAll(filepath.Join(dir, e.Name()))
			}
		}
	}
}
