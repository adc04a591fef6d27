package wayback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// left are names in a data directory that an update doesn't touch: what belongs
// to updates themselves and to restores, what can be made again, the technical log and the socket.
var left = []string{"updates", "restore", "return", "former", "cache", "logs", "coffre.sock"}

// ErrLink: a part of the data lies elsewhere behind a symbolic link, so that it
// could not be put back.
var ErrLink = errors.New("data behind a symbolic link")

// killPoint is where tests end the process.
var killPoint = func(string) {}

// Names are the names directly in a data directory that go along.
func Names(data string) ([]string, error) {
	all, err := os.ReadDir(data)
	if err != nil {
		return nil, fmt.Errorf("list data directory: %w", err)
	}
	var out []string
	for _, e := range all {
		if !slices.Contains(left, e.Name()) {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// linked tells whether a file is an original: tenants/ID/files/NAME, whole.
func linked(rel string) bool {
	parts := strings.Split(filepath.ToSlash(rel), "/")
	return len(parts) == 4 && parts[0] == "tenants" && parts[2] == "files" && !strings.HasPrefix(parts[3], ".")
}

// Size is how many bytes Take would copy, at most.
func Size(data string) (n int64, err error) {
	err = walk(data, func(rel string, e fs.DirEntry) error {
		if e.Type().IsRegular() && !linked(rel) {
			st, err := e.Info()
			if err != nil {
				return err
			}
			n += st.Size()
		}
		return nil
	})
	return n, err
}

// walk calls fn for everything that goes along, by its path below data.
func walk(data string, fn func(rel string, e fs.DirEntry) error) error {
	names, err := Names(data)
	if err != nil {
		return err
	}
	for _, name := range names {
		err := filepath.WalkDir(filepath.Join(data, name), func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(data, path)
			if err != nil {
				return err
			}
			return fn(rel, e)
		})
		if err != nil {
			return fmt.Errorf("walk data directory: %w", err)
		}
	}
	return nil
}

// Take copies a data directory to dir, which is made anew and lies on the same
// file system, durably.
func Take(ctx context.Context, data, dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove old copy: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create copy: %w", err)
	}
	var dirs []string
	err := walk(data, func(rel string, e fs.DirEntry) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		from, to := filepath.Join(data, rel), filepath.Join(dir, rel)
		switch {
		case e.IsDir():
			dirs = append(dirs, to)
			return os.Mkdir(to, 0o700)
		case e.Type()&fs.ModeSymlink != 0:
			return fmt.Errorf("%w: %s", ErrLink, rel)
		case !e.Type().IsRegular():
			return nil // a socket
		case linked(rel):
			if err := os.Link(from, to); err == nil || !unlinkable(err) {
				return err
			}
		}
		killPoint("copying")
		return copyFile(from, to)
	})
	if err != nil {
		return fmt.Errorf("copy data: %w", err)
	}
	for _, d := range append(dirs, dir, filepath.Dir(dir)) {
		if err := syncDir(d); err != nil {
			return err
		}
	}
	return nil
}

// unlinkable are the answers of file systems without hard links.
func unlinkable(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.EMLINK) || errors.Is(err, syscall.EXDEV)
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	st, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, st.Mode().Perm()|0o200)
	if err != nil {
		return err
	}
	if !clone(in, out) {
		_, err = io.Copy(out, in)
	}
	if err == nil {
		err = out.Chmod(st.Mode().Perm())
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return nil
}
