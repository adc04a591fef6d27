package backupfile

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
)

// Source is a member that is to be written. Its size may not change until it is.
type Source struct {
	Name string
	Size int64
	// SHA256, if not "", is what its content must give.
	SHA256 string
	Open   func() (io.ReadCloser, error)
}

// ErrSource is wrapped where a source is not what it was said to be: damage of
// what is backed up, found before it replaces a good backup.
type ErrSource struct{ Name string }

// Error implements error.
func (e *ErrSource) Error() string { return "member is not what its name says: " + e.Name }

// copyStep is how many bytes are read, hashed and encrypted at once.
const copyStep = 1 << 20

// block is tar's.
const block = 512

// Length is how many bytes Write will write.
func Length(f Facts, sources []Source) (int64, error) {
	if err := f.count(sources); err != nil {
		return 0, err
	}
	n, err := sizeOf(f)
	return n + f.Rest, err
}

func restOf(sources []Source) (n int64, err error) {
	members := make([]Member, len(sources))
	for i, s := range sources {
		n += memberLength(s.Size)
		members[i] = Member{s.Name, s.Size, strings.Repeat("0", 2*sha256.Size)}
	}
	last, err := sizeOf(manifestOf(members))
	return n + last + 2*block, err
}

func sizeOf(v any) (int64, error) {
	b, err := encode(v)
	return memberLength(int64(len(b))), err
}

// ustarMost is the largest size that tar's own header holds; larger ones take a
// PAX header of one block and its one block of records.
const ustarMost = 1<<33 - 1

func memberLength(size int64) int64 {
	n := block + (size+block-1)/block*block
	if size > ustarMost {
		n += 2 * block
	}
	return n
}

func (f *Facts) count(sources []Source) (err error) {
	f.Members, f.Bytes = len(sources), 0
	for _, s := range sources {
		f.Bytes += s.Size
	}
	f.Rest, err = restOf(sources)
	return err
}

// Write writes the plaintext of a backup. Errors: *ErrSource, the context's, those
// of the sources and of w.
func Write(ctx context.Context, w io.Writer, f Facts, sources []Source) (Manifest, error) {
	if err := f.count(sources); err != nil {
		return Manifest{}, err
	}
	tw := tar.NewWriter(w)
	if err := writeJSON(tw, FactsName, f.Made, f); err != nil {
		return Manifest{}, err
	}
	c := newCopier()
	defer c.end()
	members := make([]Member, 0, len(sources))
	for _, s := range sources {
		if err := ctx.Err(); err != nil {
			return Manifest{}, err
		}
		m, err := writeMember(ctx, tw, f.Made, s, c)
		if err != nil {
			return Manifest{}, err
		}
		members = append(members, m)
	}
	m := manifestOf(members)
	if err := writeJSON(tw, ManifestName, f.Made, m); err != nil {
		return m, err
	}
	if err := tw.Close(); err != nil {
		return m, fmt.Errorf("end backup: %w", err)
	}
	return m, nil
}

func writeJSON(tw *tar.Writer, name string, made time.Time, v any) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	if err := writeHead(tw, name, int64(len(b)), made); err != nil {
		return err
	}
	if _, err := tw.Write(b); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func writeHead(tw *tar.Writer, name string, size int64, made time.Time) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: made.Truncate(time.Second), Format: tar.FormatUSTAR}
	if size > ustarMost {
		h.Format = tar.FormatPAX
	}
	if err := tw.WriteHeader(h); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func writeMember(ctx context.Context, tw *tar.Writer, made time.Time, s Source, c *copier) (m Member, err error) {
	r, err := s.Open()
	if err != nil {
		return m, fmt.Errorf("open %s: %w", s.Name, err)
	}
	defer r.Close()
	if err := writeHead(tw, s.Name, s.Size, made); err != nil {
		return m, err
	}
	h := sha256.New()
	n, err := c.copy(ctx, tw, h, io.LimitReader(r, s.Size))
	if err != nil {
		return m, fmt.Errorf("write %s: %w", s.Name, err)
	}
	m = Member{s.Name, s.Size, hex.EncodeToString(h.Sum(nil))}
	if n != s.Size || s.SHA256 != "" && s.SHA256 != m.SHA256 {
		return m, &ErrSource{s.Name}
	}
	return m, nil
}
