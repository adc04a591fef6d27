package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"coffre/vault/backupfile"
)

// Copies lie in a folder like this; all of it is named by the box that writes there:
//
//	<folder>/coffre-<16 digits of the box's genesis>/
//	    OWNER                                  which data directory writes here
//	    runs/<date>T<time>Z-<id>.age           a copy: databases and the list of its originals
//	    runs/<date>T<time>Z-<id>.sha256        its checksum and its originals', as sha256sum prints them
//	    objects/<set>/<2 digits>/<name>.age    an original each, for all copies
//
// A restore needs an identity, the .age file and the objects that it lists. It
// believes nothing of names, dates and checksums outside of what is encrypted.

const (
	copyHomePrefix = "coffre-"
	copyRuns       = "runs"
	copyEnding     = ".age"
	copySums       = ".sha256"
	copyStamp      = "20060102T150405Z"
)

var copyRunName = regexp.MustCompile(`^(\d{8}T\d{6}Z)-([A-Za-z0-9_-]{8,64})$`)

// CopyFile is a copy in a folder, as its name tells.
type CopyFile struct {
	Home  string    `json:"home"`
	Path  string    `json:"path"`
	ID    string    `json:"id"` // of the backup
	Made  time.Time `json:"made"`
	Bytes int64     `json:"bytes"` // without originals
}

func (c CopyFile) name() string { return strings.TrimSuffix(filepath.Base(c.Path), copyEnding) }

// ListCopies lists the copies in a folder, newest first; path is the folder or the
// directory of one box in it. Errors: NotFound "copy-none", Conflict "copy-many"
// where several boxes write there, those of reading.
func ListCopies(path string) ([]CopyFile, error) {
	home, err := copyHome(path)
	if err != nil {
		return nil, err
	}
	return copiesIn(home)
}

func copyHome(path string) (string, error) {
	if st, err := os.Stat(filepath.Join(path, copyRuns)); err == nil && st.IsDir() {
		return path, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", fmt.Errorf("list copies: %w", err)
	}
	var found []string
	for _, e := range entries {
		st, err := os.Stat(filepath.Join(path, e.Name(), copyRuns))
		if err == nil && st.IsDir() && strings.HasPrefix(e.Name(), copyHomePrefix) {
			found = append(found, e.Name())
		}
	}
	switch len(found) {
	case 0:
		return "", Fail(NotFound, "copy-none", "path", path)
	case 1:
		return filepath.Join(path, found[0]), nil
	}
	return "", Fail(Conflict, "copy-many", "path", path, "names", strings.Join(found, ", "))
}

func copiesIn(home string) (out []CopyFile, err error) {
	entries, err := os.ReadDir(filepath.Join(home, copyRuns))
	if err != nil {
		return nil, fmt.Errorf("list copies: %w", err)
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), copyEnding)
		m := copyRunName.FindStringSubmatch(name)
		if !ok || m == nil || !e.Type().IsRegular() {
			continue
		}
		c := CopyFile{Home: home, Path: filepath.Join(home, copyRuns, e.Name()), ID: m[2]}
		if c.Made, err = time.Parse(copyStamp, m[1]); err != nil {
			continue
		}
		if info, err := e.Info(); err == nil {
			c.Bytes = info.Size()
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b CopyFile) int { return strings.Compare(b.name(), a.name()) })
	return out, nil
}

// FindCopy says which file a restore reads: of a folder its newest copy, of a file
// itself. Errors: those of ListCopies.
func FindCopy(path string) (string, error) {
	st, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("open backup: %w", err)
	}
	if !st.IsDir() {
		return path, nil
	}
	all, err := ListCopies(path)
	if err == nil && len(all) == 0 {
		err = Fail(NotFound, "copy-none", "path", path)
	}
	if err != nil {
		return "", err
	}
	return all[0].Path, nil
}

// maxObjectList bounds the list of originals beside a copy, bytes: about a million.
const maxObjectList = 512 << 20

// apart takes the list of originals that lie beside a copy.
type apart struct {
	text bytes.Buffer
}

// Write implements io.Writer.
func (a *apart) Write(b []byte) (int, error) { return a.text.Write(b) }

// Close implements io.Closer.
func (a *apart) Close() error { return nil }

// fetch brings the originals that a copy lists into dir, each held against its
// SHA-256. Errors: Invalid "copy-alone"; Corrupt "copy-name", "copy-missing-object",
// "copy-object", "backup-damaged", those of Open.
func (q backupReading) fetch(ctx context.Context, dir string, facts backupfile.Facts, a *apart) (n int, err error) {
	if !facts.Beside() && (a.text.Len() == 0 || facts.Format < backupfile.FormatApart) {
		if a.text.Len() > 0 {
			return 0, Fail(Corrupt, "backup-unsafe").Because(errors.New("a list of objects in a whole backup"))
		}
		return 0, nil
	}
	if q.in != nil {
		return 0, Fail(Invalid, "copy-alone")
	}
	list, err := a.listed(facts)
	if err != nil {
		return 0, err
	}
	name := strings.TrimSuffix(filepath.Base(q.file), copyEnding)
	if m := copyRunName.FindStringSubmatch(name); m != nil && (m[2] != facts.ID || m[1] != facts.Made.UTC().Format(copyStamp)) {
		// Otherwise an old copy under a new name would pass for the newest.
		return 0, Fail(Corrupt, "copy-name", "path", q.file)
	}
	home := filepath.Dir(filepath.Dir(q.file))
	done := int64(0)
	for _, o := range list.Objects {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		if !q.wants(o.Member()) {
			continue
		}
		if q.only != "" {
			if err := roomFor(dir, o.Size+q.spare); err != nil {
				return n, err
			}
		}
		if err := q.fetchOne(dir, filepath.Join(home, filepath.FromSlash(backupfile.ObjectPath(list.Set, o.Name))), o); err != nil {
			return n, err
		}
		n, done = n+1, done+o.Size
		q.tell(StageRead, done, facts.ApartBytes)
	}
	return n, nil
}

// listed reads the list and holds it against what the file says of it.
func (a *apart) listed(facts backupfile.Facts) (backupfile.Objects, error) {
	list, err := backupfile.ParseObjects(a.text.Bytes())
	if err != nil {
		return list, backupFault(err)
	}
	var total int64
	for _, o := range list.Objects {
		total += o.Size
	}
	if len(list.Objects) != facts.Apart || total != facts.ApartBytes {
		return list, Fail(Corrupt, "backup-damaged").Because(errors.New("another list of objects than its facts say"))
	}
	return list, nil
}

func (q backupReading) fetchOne(dir, path string, o backupfile.Object) (err error) {
	f, err := openRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Fail(Corrupt, "copy-missing-object", "name", filepath.Base(path)).Because(err)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := createMember(filepath.Join(dir, filepath.FromSlash(o.Member())))
	if err != nil {
		return err
	}
	ids := q.identity.Identities
	if q.set != nil {
		ids = []backupfile.Identity{q.set.Identity(o.Name)}
	}
	n, err := backupfile.ReadObject(w, f, ids, o.SHA256)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err == nil && n != o.Size {
		err = backupfile.ErrDamaged
	}
	for _, bad := range []error{backupfile.ErrDamaged, backupfile.ErrCut, backupfile.ErrNotBackup, backupfile.ErrIdentity} {
		if errors.Is(err, bad) {
			return Fail(Corrupt, "copy-object", "name", filepath.Base(path)).Because(err)
		}
	}
	return err
}

// openRegular opens a file that is one: a link in a folder that others write to
// would lead elsewhere.
func openRegular(path string) (*os.File, error) {
	st, err := os.Lstat(path)
	if err == nil && !st.Mode().IsRegular() {
		err = Fail(Corrupt, "copy-object", "name", filepath.Base(path)).Because(errors.New("not a regular file"))
	}
	if err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	return f, nil
}
