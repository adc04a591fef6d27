package inbox

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"coffre/store"
)

// fault says what a failure of the folder means.
func fault(folder string, err error) error {
	var known *store.Error
	is := func(all ...error) bool {
		for _, e := range all {
			if errors.Is(err, e) {
				return true
			}
		}
		return false
	}
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case is(fs.ErrPermission, syscall.EROFS):
		return store.Fail(store.Unavailable, "inbox-denied", "path", folder).Because(err)
	case is(syscall.ENOSPC, syscall.EDQUOT):
		return store.Fail(store.Unavailable, "inbox-full", "path", folder).Because(err)
	case is(fs.ErrNotExist, syscall.ENOTDIR, syscall.ESTALE, syscall.ENXIO, syscall.ENODEV, syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENOTCONN, syscall.ETIMEDOUT):
		return store.Fail(store.Unavailable, "inbox-gone", "path", folder).Because(err)
	}
	return store.Fail(store.Unavailable, "inbox-failed", "path", folder).Because(err)
}

// checkPath refuses what can be no inbox: Invalid "inbox-path" (not absolute, not
// clean), "inbox-missing", "inbox-link", "inbox-not-folder"; Unavailable as fault.
func checkPath(folder string) error {
	if !filepath.IsAbs(folder) || filepath.Clean(folder) != folder || folder == "/" || len(folder) > 1000 || strings.ContainsFunc(folder, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return store.Fail(store.Invalid, "inbox-path", "path", folder)
	}
	st, err := os.Lstat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return store.Fail(store.Invalid, "inbox-missing", "path", folder).Because(err)
	case err != nil:
		return fault(folder, err)
	case st.Mode()&fs.ModeSymlink != 0:
		return store.Fail(store.Invalid, "inbox-link", "path", folder)
	case !st.IsDir():
		return store.Fail(store.Invalid, "inbox-not-folder", "path", folder)
	}
	return nil
}

// markMost bounds what is read of a Mark, in bytes.
const markMost = 8 << 10

// readMark returns whose the folder is: 32 digits, "" where the file names nobody.
// The error is fs.ErrNotExist where there is no such file.
func readMark(r *os.Root) (string, error) {
	st, err := r.Lstat(Mark)
	if err != nil {
		return "", err
	}
	if !st.Mode().IsRegular() {
		return "", fs.ErrNotExist
	}
	f, err := r.OpenFile(Mark, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, markMost))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(b)) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), markLine); ok {
			return strings.TrimSpace(id), nil
		}
	}
	return "", nil
}

// markLine begins the line of a Mark that names its box and firm.
const markLine = "coffre: "

// enter opens the folder of a plan, if it is still this firm's. Errors: those of
// checkPath and checkPlace; Unavailable "inbox-gone", also where the Mark isn't
// there; Denied "inbox-other".
func (w *watcher) enter(folder string, text func() string) (*os.Root, error) {
	err := checkPath(folder)
	if e := store.AsError(err); err != nil && e.Code == "inbox-missing" {
		return nil, store.Fail(store.Unavailable, "inbox-gone", "path", folder).Because(err)
	}
	if err == nil {
		err = w.checkPlace(folder)
	}
	if err != nil {
		return nil, err
	}
	r, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fault(folder, err)
	}
	id, err := readMark(r)
	if err == nil {
		own, merr := w.k.root.InboxMark(w.tenant)
		switch err = merr; {
		case err == nil && id == "":
			// Somebody has given it back; the first box that comes has it.
			if werr := writeMark(r, text()+"\n\n"+markLine+own+"\n"); werr == nil {
				id = own
			}
		case err == nil && id != own:
			err = store.Fail(store.Denied, "inbox-other", "path", folder)
		}
	}
	if err != nil {
		r.Close()
		if errors.Is(err, fs.ErrNotExist) {
			return nil, store.Fail(store.Unavailable, "inbox-unmarked", "path", folder).Because(err)
		}
		return nil, fault(folder, err)
	}
	return r, nil
}
