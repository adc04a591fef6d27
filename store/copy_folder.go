package store

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// The folder is somebody else's disk: it may be missing, full, slow, another one
// than yesterday under the same name, or written by another box.

// copyOwner lies in keys/ and marks this data directory; no backup holds it. Its
// SHA-256 stands in the folder, so that a box that was restored beside the old one
// doesn't write among its copies before an administrator says so.
const (
	copyOwner = "copies-owner"
	copyMark  = "OWNER"
)

// copyHomeOf is the directory of this box in a folder.
func (r *Root) copyHomeOf(folder string) (string, error) {
	genesis, err := r.Box.Customer.Genesis()
	if err != nil {
		return "", fmt.Errorf("read customer: %w", err)
	}
	return filepath.Join(folder, copyHomePrefix+genesis.String()[:16]), nil
}

// FolderFacts is what is known of a folder besides that it can be used.
type FolderFacts struct {
	// SameDisk: it lies on the disk of the data, which a copy is to outlive.
	SameDisk bool `json:"same_disk"`
	// Small: its file system takes no file beyond 4 GiB.
	Small bool   `json:"small_files"`
	Free  uint64 `json:"free_bytes"`
}

// CheckCopyFolder tells whether a folder can take copies, by writing to it. Errors:
// Invalid "copy-path" (no absolute path), "copy-missing", "copy-link",
// "copy-not-folder", "copy-inside"; Unavailable "copy-denied", "copy-full",
// "copy-failed".
func (r *Root) CheckCopyFolder(folder string) (f FolderFacts, err error) {
	if !filepath.IsAbs(folder) || filepath.Clean(folder) != folder || len(folder) > 1000 || strings.ContainsFunc(folder, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return f, Fail(Invalid, "copy-path", "path", folder)
	}
	st, err := os.Lstat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return f, Fail(Invalid, "copy-missing", "path", folder).Because(err)
	case err != nil:
		return f, copyFault(folder, err)
	case st.Mode()&fs.ModeSymlink != 0:
		return f, Fail(Invalid, "copy-link", "path", folder)
	case !st.IsDir():
		return f, Fail(Invalid, "copy-not-folder", "path", folder)
	}
	if err := r.copyOutside(folder); err != nil {
		return f, err
	}
	if err := tryWriting(folder); err != nil {
		return f, copyFault(folder, err)
	}
	f.Small = smallFiles(folder)
	f.Free, _, _ = DiskSpace(folder)
	if data, err := os.Stat(r.Dir); err == nil {
		a, aok := st.Sys().(*syscall.Stat_t)
		b, bok := data.Sys().(*syscall.Stat_t)
		f.SameDisk = aok && bok && a.Dev == b.Dev
	}
	return f, nil
}

// copyOutside refuses a folder in the data directory.
func (r *Root) copyOutside(folder string) error {
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return copyFault(folder, err)
	}
	data, err := filepath.Abs(r.Dir)
	if err == nil {
		data, err = filepath.EvalSymlinks(data)
	}
	if err != nil {
		return fmt.Errorf("find data directory: %w", err)
	}
	if rel, err := filepath.Rel(data, real); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return Fail(Invalid, "copy-inside", "path", folder)
	}
	return nil
}

// tryWriting writes, syncs and removes a file.
func tryWriting(dir string) error {
	f, err := os.CreateTemp(dir, copyPart+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// claimFolder makes the directory of this box in a folder and marks it as this data
// directory's.
func (r *Root) claimFolder(folder string) error {
	home, err := r.copyHomeOf(folder)
	if err != nil {
		return err
	}
	mark, err := r.copyMarkText(true)
	if err != nil {
		return err
	}
	for _, dir := range []string{home, filepath.Join(home, copyRuns), filepath.Join(home, "objects")} {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return copyFault(folder, err)
		}
		if err := syncShare(filepath.Dir(dir)); err != nil {
			return copyFault(folder, err)
		}
	}
	if err := putShared(filepath.Join(home, copyMark), mark); err != nil {
		return copyFault(folder, err)
	}
	return nil
}

// copyMarkText is what OWNER says; made anew where this data directory has none.
func (r *Root) copyMarkText(draw bool) ([]byte, error) {
	path := filepath.Join(r.keys(), copyOwner)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && draw {
		b = []byte(rand.Text() + "\n")
		err = replaceFile(path, b)
	}
	if err != nil {
		return nil, fmt.Errorf("read mark of copies: %w", err)
	}
	sum := sha256.Sum256(b)
	return []byte(hex.EncodeToString(sum[:]) + "\n"), nil
}

// home is the directory to which this box may write now. Errors: those of
// CheckCopyFolder; Unavailable "copy-gone" where the folder is there and its copies
// aren't (a disk that isn't mounted), Denied "copy-other".
func (r *Root) home(folder string) (string, FolderFacts, error) {
	f, err := r.CheckCopyFolder(folder)
	if err != nil {
		return "", f, err
	}
	home, err := r.copyHomeOf(folder)
	if err != nil {
		return "", f, err
	}
	mark, err := os.ReadFile(filepath.Join(home, copyMark))
	if errors.Is(err, fs.ErrNotExist) {
		return "", f, Fail(Unavailable, "copy-gone", "path", folder).Because(err)
	}
	if err != nil {
		return "", f, copyFault(folder, err)
	}
	own, err := r.copyMarkText(false)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(own, mark) {
		return "", f, Fail(Denied, "copy-other", "path", folder)
	}
	return home, f, err
}

// copyFault says what a failure of the folder means.
func copyFault(folder string, err error) error {
	var known *Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return Fail(Unavailable, "copy-full", "path", folder).Because(err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return Fail(Unavailable, "copy-denied", "path", folder).Because(err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ESTALE), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.EHOSTDOWN), errors.Is(err, syscall.ENOTCONN):
		return Fail(Unavailable, "copy-gone", "path", folder).Because(err)
	}
	return Fail(Unavailable, "copy-failed", "path", folder).Because(err)
}

// copyPart begins the names of files that are being written.
const copyPart = ".part-"

// putShared writes a file under its name whole and durable, or not at all.
func putShared(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), copyPart+"*")
	if err != nil {
		return fmt.Errorf("create file: %w", err)
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write file: %w", err)
	}
	return syncShare(filepath.Dir(path))
}

// syncShare makes names in a directory durable, where its file system can.
func syncShare(dir string) error {
	err := syncDir(dir)
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
