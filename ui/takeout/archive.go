package takeout

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// sumsName is the list of checksums, the zip's last file.
const sumsName = "SHA256SUMS"

// archive is a zip that is being written, with the hash of each of its files. A
// file of 4 GiB or more, and more than 65,535 files, make it a zip64.
type archive struct {
	z     *zip.Writer
	made  time.Time
	names *names
	sums  bytes.Buffer
}

func newArchive(w io.Writer, made time.Time) *archive {
	return &archive{z: zip.NewWriter(w), made: made, names: newNames()}
}

// file adds a file under a path that is free; packed compresses it.
func (a *archive) file(path string, packed bool, write func(io.Writer) error) error {
	h := &zip.FileHeader{Name: path, Method: zip.Store, Modified: a.made}
	if packed {
		h.Method = zip.Deflate
	}
	w, err := a.z.CreateHeader(h)
	if err != nil {
		return fmt.Errorf("add file: %w", err)
	}
	sum := sha256.New()
	if err := write(io.MultiWriter(w, sum)); err != nil {
		return err
	}
	fmt.Fprintf(&a.sums, "%s  %s\n", hex.EncodeToString(sum.Sum(nil)), path)
	return nil
}

func (a *archive) text(path, text string) error {
	return a.file(path, true, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

// json adds a value as indented JSON.
func (a *archive) json(path string, v any) error {
	return a.file(path, true, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}

// rows writes a JSON array a value at a time, each on a line: as long as it is, it
// is never held whole.
type rows struct {
	w io.Writer
	n int
}

func (r *rows) add(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode row: %w", err)
	}
	lead := ",\n"
	if r.n == 0 {
		lead = "[\n"
	}
	r.n++
	_, err := r.w.Write(append([]byte(lead), bytes.TrimRight(b.Bytes(), "\n")...))
	return err
}

func (r *rows) close() error {
	end := "\n]\n"
	if r.n == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(r.w, end)
	return err
}

// close adds the checksums and the zip's directory: without it no reader takes
// the file for whole.
func (a *archive) close() error {
	w, err := a.z.CreateHeader(&zip.FileHeader{Name: sumsName, Method: zip.Deflate, Modified: a.made})
	if err != nil {
		return fmt.Errorf("add checksums: %w", err)
	}
	if _, err := w.Write(a.sums.Bytes()); err != nil {
		return fmt.Errorf("add checksums: %w", err)
	}
	return a.z.Close()
}
