package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"coffre/vault/backupfile"
)

// copyWriters is how many objects are written at once: a share answers each sync
// with a round trip.
const copyWriters = 3

// putObjects writes the originals that the folder doesn't have yet.
func (c *copyRun) putObjects(ctx context.Context) error {
	there, err := listObjects(filepath.Join(c.home, "objects", c.set))
	if err != nil {
		return err
	}
	if err := c.knownSums(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &objectWork{c: c, there: there, dirs: map[string]bool{}}
	var next sync.Mutex
	i := 0
	var wait sync.WaitGroup
	for range copyWriters {
		wait.Go(func() {
			for {
				next.Lock()
				k := i
				i++
				next.Unlock()
				if k >= len(c.objects.Objects) || ctx.Err() != nil {
					return
				}
				if err := w.one(ctx, c.objects.Objects[k], c.files[k]); err != nil {
					cancel(err)
				}
			}
		})
	}
	wait.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// Names are durable before the copy that needs them has its own.
	for dir := range w.dirs {
		if err := syncShare(dir); err != nil {
			return err
		}
	}
	return nil
}

// listObjects lists the objects of a set with their lengths.
func listObjects(dir string) (map[string]int64, error) {
	out := map[string]int64{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			out[d.Name()] = info.Size()
		} else if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list objects: %w", err)
	}
	return out, nil
}

type objectWork struct {
	c     *copyRun
	there map[string]int64
	mu    sync.Mutex
	dirs  map[string]bool
}

// one writes an object, unless it is there: as long as it must be, and with a
// checksum that an earlier copy wrote down, or read whole.
func (w *objectWork) one(ctx context.Context, o backupfile.Object, file string) error {
	c := w.c
	path := backupfile.ObjectPath(c.set, o.Name)
	w.mu.Lock()
	sum := c.sums[path]
	w.mu.Unlock()
	if n, ok := w.there[o.Name+copyEnding]; ok && n == o.Bytes && !c.suspect[path] {
		if sum != "" {
			return nil
		}
		if sum, err := openWithKey(filepath.Join(c.home, filepath.FromSlash(path)), c.key, o.Name); err == nil {
			w.keep(path, sum, 0)
			return nil
		}
	}
	sum, err := c.putObject(ctx, o, file, filepath.Join(c.home, filepath.FromSlash(path)), w)
	if err == nil {
		w.keep(path, sum, o.Bytes)
	}
	return err
}

func (w *objectWork) keep(path, sum string, written int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.c.sums[path] = sum
	if written > 0 {
		w.c.rec.New++
		w.c.rec.NewBytes += written
		w.c.r.copyProgress(written)
	}
}

// putObject encrypts an original to its object and returns the file's SHA-256.
// Error: Corrupt "original-damaged" where the original isn't what its name says.
func (c *copyRun) putObject(ctx context.Context, o backupfile.Object, file, path string, w *objectWork) (sum string, err error) {
	in, err := os.Open(file)
	if err != nil {
		return "", Fail(Corrupt, "original-missing", "sha256", o.SHA256).Because(err)
	}
	defer in.Close()
	dir := filepath.Dir(path)
	if err := w.makeDir(dir); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, copyPart+"*")
	if err != nil {
		return "", fmt.Errorf("create object: %w", err)
	}
	defer func() {
		if f.Close(); err != nil {
			os.Remove(f.Name())
		}
	}()
	h := sha256.New()
	if err = c.sealTo(shareWriter{ctx, io.MultiWriter(f, h), c.plan.Folder}, in, o); err != nil {
		return "", err
	}
	if err = errors.Join(f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return "", fmt.Errorf("write object: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (c *copyRun) sealTo(w io.Writer, in io.Reader, o backupfile.Object) error {
	seal, err := backupfile.SealObject(c.to, c.key, o.Name)
	if err != nil {
		return err
	}
	inner, err := seal.To(w)
	if err != nil {
		return err
	}
	var plain hash.Hash = sha256.New()
	n, err := io.Copy(io.MultiWriter(inner, plain), in)
	if err == nil {
		err = inner.Close()
	}
	if err != nil {
		return fmt.Errorf("write object: %w", err)
	}
	if n != o.Size || hex.EncodeToString(plain.Sum(nil)) != o.SHA256 {
		return Fail(Corrupt, "original-damaged", "sha256", o.SHA256)
	}
	return nil
}

// makeDir makes the directory of an object, and notes that it has a new name in it.
func (w *objectWork) makeDir(dir string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dirs[dir] {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create directory: %w", err)
	}
	w.dirs[dir], w.dirs[filepath.Dir(dir)], w.dirs[filepath.Dir(filepath.Dir(dir))] = true, true, true
	return nil
}

// openWithKey reads an object to its end with the set's key and returns its file's
// SHA-256. Errors: those of backupfile.ReadObject and of reading.
func openWithKey(path string, key backupfile.ObjectKey, name string) (sum string, err error) {
	f, err := openRegular(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := backupfile.ReadObject(io.Discard, io.TeeReader(f, h), []backupfile.Identity{key.Identity(name)}, ""); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
