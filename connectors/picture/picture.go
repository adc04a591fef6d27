// Package picture keeps the drawn pages of PDFs, and where their characters
// stand, on disk, so that a page is drawn once for all who look at it.
//
// Its rule: it knows files, not people. Whoever asks has checked that the
// reader may see the document, and has traced it. What it keeps is derived and
// may be deleted at any time, while it runs too; nothing is looked up in it to
// decide anything.
//
// On disk, all for the owner alone (0700 and 0600):
//
//	DIR/TENANT/ab/abcd…-PAGE-WIDTH.png   a page of the original with that SHA-256
//	DIR/TENANT/ab/abcd…-PAGE.json        its extract.Layout
//
// These are plain pictures and words of documents, as the originals under
// files/ are: whoever may read the data directory may read them. Forget removes
// those of one original. The least recently used go when there are too many.
package picture

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"

	"coffre/connectors/extract"
)

// Widths that pages are drawn in by themselves: thumbnails many at a time, and
// the width at which a layout is measured.
const (
	ThumbWidth = 200
	PageWidth  = 1000
	thumbs     = 12 // drawn together, from page 1, 13, 25 …
)

// Options of a Store. Zero values take the defaults.
type Options struct {
	MaxBytes int64 // on disk; 512 MiB
	Parallel int   // children at once; 2
	Extract  extract.Options
	Log      *slog.Logger
}

// Store draws pages and keeps them.
type Store struct {
	dir   string
	o     Options
	slots chan struct{}
	keep  keeper

	mu      sync.Mutex
	flights map[string]*flight
	faults  faults
	ended   bool
	wg      sync.WaitGroup
}

// Open makes a Store in a directory that nothing else writes to; it is made
// when it is first needed.
func Open(dir string, o Options) *Store {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 512 << 20
	}
	if o.Parallel <= 0 {
		o.Parallel = 2
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Store{
		dir: dir, o: o, slots: make(chan struct{}, o.Parallel), flights: map[string]*flight{},
		keep: keeper{dir: dir, max: o.MaxBytes, size: -1},
	}
}

// Close ends what is being drawn and waits for it.
func (s *Store) Close() {
	s.mu.Lock()
	s.ended = true
	for _, f := range s.flights {
		f.cancel()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// File is an original: its tenant's id, its SHA-256 in hex, where it lies, and
// how many pages its text was found to have.
type File struct {
	Tenant, SHA256, Path string
	Pages                int
}

var (
	goodTenant = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
	goodSHA    = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// stem is the beginning of the names under which a file's pages are kept.
func (s *Store) stem(f File) (string, error) {
	if !goodTenant.MatchString(f.Tenant) || !goodSHA.MatchString(f.SHA256) {
		return "", errors.New("picture of no file")
	}
	return filepath.Join(s.dir, f.Tenant, f.SHA256[:2], f.SHA256), nil
}

// PNG is page n of a file, width pixels wide (see extract.Render for how it is
// bounded). Errors are extract's, and os.ErrNotExist for a page that there isn't.
func (s *Store) PNG(ctx context.Context, f File, n, width int) ([]byte, error) {
	stem, err := s.stem(f)
	if err != nil {
		return nil, err
	}
	if n < 1 || n > f.Pages {
		return nil, fmt.Errorf("draw page: %w", os.ErrNotExist)
	}
	return s.get(ctx, f, stem+"-"+strconv.Itoa(n)+"-"+strconv.Itoa(width)+".png", n, width)
}

// Layout says where the characters of page n stand. Errors are as PNG's.
func (s *Store) Layout(ctx context.Context, f File, n int) (l extract.Layout, err error) {
	stem, err := s.stem(f)
	if err != nil {
		return l, err
	}
	if n < 1 || n > f.Pages {
		return l, fmt.Errorf("measure page: %w", os.ErrNotExist)
	}
	name := stem + "-" + strconv.Itoa(n) + ".json"
	for range 2 {
		raw, err := s.get(ctx, f, name, n, PageWidth)
		if err != nil {
			return l, err
		}
		if err = json.Unmarshal(raw, &l); err == nil {
			if err = l.Validate(); err == nil {
				return l, nil
			}
		}
		s.o.Log.Warn("a kept layout is damaged and is made anew", "err", err)
		os.Remove(name)
	}
	return l, errors.New("measure page: the layout can't be kept")
}

// get reads what is kept under a name, or draws it first.
func (s *Store) get(ctx context.Context, f File, name string, n, width int) ([]byte, error) {
	if raw, ok := s.keep.read(name); ok {
		return raw, nil
	}
	made, err := s.draw(ctx, f, n, width)
	if err != nil {
		return nil, err
	}
	if raw, ok := made[name]; ok {
		return raw, nil
	}
	return nil, errors.New("draw page: another was drawn")
}

// Forget removes everything that was drawn of an original.
func (s *Store) Forget(tenant, sha256 string) error {
	stem, err := s.stem(File{Tenant: tenant, SHA256: sha256})
	if err != nil {
		return err
	}
	all, err := filepath.Glob(stem + "-*")
	if err != nil {
		return fmt.Errorf("list pictures: %w", err)
	}
	for _, name := range all {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove picture: %w", err)
		}
	}
	return nil
}
