package inbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// shelf moves files within the folder. A name that is taken is never written over;
// what was moved is compared with what was read, and goes back where it is another.
type shelf struct {
	root  *os.Root
	names struct{ taken, refused string }
	now   func() time.Time
}

// codeLine begins the last line of the text beside a refused file.
const codeLine = "coffre: "

// put moves a taken file, or removes it. errMoving: another lay there by now.
func (s shelf) put(f find, remove bool) error {
	dir := path.Join(s.names.taken, s.now().Format(time.DateOnly))
	if err := s.makeDir(s.names.taken); err != nil {
		return err
	}
	if remove {
		dir = s.names.taken
	} else if err := s.makeDir(dir); err != nil {
		return err
	}
	name := path.Base(f.path)
	if remove {
		name = going + name
	}
	to, err := s.move(f, dir, name, "")
	if err != nil || !remove {
		return err
	}
	return s.root.Remove(to)
}

// refuse writes why beside where the file will lie, and moves it there.
func (s shelf) refuse(f find, why string) error {
	if err := s.makeDir(s.names.refused); err != nil {
		return err
	}
	_, err := s.move(f, s.names.refused, path.Base(f.path), why)
	return err
}

// move gives a file a free name in a directory, with a text beside it where there is
// one, and returns the path.
func (s shelf) move(f find, dir, name, text string) (string, error) {
	st, err := s.root.Lstat(f.path)
	if err != nil {
		return "", err
	}
	if !f.is(st) {
		return "", errMoving
	}
	to, err := s.free(dir, name)
	if err != nil {
		return "", err
	}
	if text != "" {
		if err := s.write(to+".txt", text); err != nil {
			return "", err
		}
	}
	if err := s.root.Rename(f.path, to); err != nil {
		if text != "" {
			s.root.Remove(to + ".txt")
		}
		return "", err
	}
	killPoint("inbox-renamed")
	if st, err := s.root.Lstat(to); err == nil && !f.is(st) {
		// A writer put another file under the name in that moment: it isn't ours.
		if _, err := s.root.Lstat(f.path); errors.Is(err, fs.ErrNotExist) {
			return "", errors.Join(errMoving, s.root.Rename(to, f.path))
		}
		return "", errMoving
	}
	return to, nil
}

// free is a name in dir that nothing has, nor a text beside it.
func (s shelf) free(dir, name string) (string, error) {
	ext := path.Ext(name)
	base := strings.TrimSuffix(name, ext)
	for n := 1; n < 10_000; n++ {
		to := path.Join(dir, name)
		_, err := s.root.Lstat(to)
		if errors.Is(err, fs.ErrNotExist) && s.mayWrite(to+".txt") {
			return to, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		name = base + " (" + strconv.Itoa(n+1) + ")" + ext
	}
	return "", fmt.Errorf("find a free name: %w", fs.ErrExist)
}

// mayWrite tells whether a text may lie under a name: nothing is there, or a text of
// the box's own.
func (s shelf) mayWrite(name string) bool {
	_, err := s.root.Lstat(name)
	return errors.Is(err, fs.ErrNotExist) || s.codeOf(name) != ""
}

// makeDir makes a directory that those who use the folder may use too. A link under
// its name is refused.
func (s shelf) makeDir(dir string) error {
	err := s.root.Mkdir(dir, 0o770)
	if err == nil {
		share(s.root, dir, true)
		return nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	st, err := s.root.Lstat(dir)
	if err == nil && !st.IsDir() {
		err = fmt.Errorf("make directory: %w", fs.ErrPermission)
	}
	return err
}

// probe tells whether the folder can be written in. A file of that name is a killed
// one's, or somebody's trap: opening a pipe would wait for its other end for good.
func (s shelf) probe() error {
	const name = ".coffre-probe"
	s.root.Remove(name)
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), s.root.Remove(name))
}

// share gives what the box made the group and the rights of the folder, as far as
// the system lets it: the service's own mask would keep people out.
func share(r *os.Root, name string, dir bool) {
	st, err := r.Stat(".")
	if err != nil {
		return
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		r.Lchown(name, -1, int(sys.Gid))
	}
	mode := st.Mode().Perm() | 0o600
	if !dir {
		mode &^= 0o111
	}
	r.Chmod(name, mode)
}

// write writes a text for people of any system. One that a kill left without its
// file is written over.
func (s shelf) write(name, text string) error {
	s.root.Remove(name)
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o660)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, "\ufeff"+strings.ReplaceAll(text, "\n", "\r\n"))
	err = errors.Join(err, f.Close())
	share(s.root, name, false)
	return err
}

// going begins the names of files on their way out.
const going = ".going-"

// recover puts back what a kill left on its way out: it is compared again with what
// was taken.
func (s shelf) recover() error {
	st, err := s.root.Lstat(s.names.taken)
	if err != nil || !st.IsDir() {
		return nil
	}
	d, err := s.root.Open(s.names.taken)
	if err != nil {
		return err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	for _, name := range names {
		was, left := strings.CutPrefix(name, going)
		if !left || was == "" {
			continue
		}
		to, ferr := s.free(".", was)
		if ferr == nil {
			ferr = s.root.Rename(path.Join(s.names.taken, name), to)
		}
		err = errors.Join(err, ferr)
	}
	return err
}

// asideMost bounds how many refused files are counted.
const asideMost = 2000

// readAside lists what was set aside and lies there still.
func (v *visit) readAside() error {
	now := map[string]string{}
	for _, s := range shelves {
		err := v.each(s.refused, func(name string, st fs.FileInfo) error {
			if !st.Mode().IsRegular() || name[0] == '.' || len(now) >= asideMost {
				return nil
			}
			at := path.Join(s.refused, name)
			if what, text := strings.CutSuffix(name, ".txt"); text {
				if _, err := v.root.Lstat(path.Join(s.refused, what)); err == nil {
					return nil // the text beside a file
				}
				if code := v.shelf.codeOf(at); code != "" {
					return nil // and one whose file somebody has taken away
				}
			}
			code, known := v.aside[at]
			if !known {
				code = v.shelf.codeOf(at + ".txt")
			}
			now[at] = code
			v.found.Aside = append(v.found.Aside, Aside{Name: titled(name), Code: code})
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	v.aside = now
	return nil
}

// codeOf reads the reason in the text beside a file; people may have written there
// what they like.
func (s shelf) codeOf(name string) string {
	f, err := s.root.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, markMost))
	code := ""
	for line := range strings.Lines(string(b)) {
		if c, ok := strings.CutPrefix(strings.TrimSpace(line), codeLine); ok && refusals[c] {
			code = c
		}
	}
	return code
}

// refusals are the codes under which files are set aside.
var refusals = map[string]bool{
	"empty": true, "too-large": true, "unsupported": true, "type-mismatch": true, "locked": true, "inbox-unfinished": true,
}
