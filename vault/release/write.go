package release

import (
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Source is a program to be released.
type Source struct{ OS, Arch, Path string }

// Write makes a release file: it packs the sources in scratch, an existing
// directory, completes the manifest, signs it with every key and writes all to w.
func Write(w io.Writer, m Manifest, sources []Source, scratch string, keys ...ed25519.PrivateKey) error {
	if len(keys) == 0 || len(keys) > maxSignatures {
		return errors.New("sign release: between 1 and 8 keys are needed")
	}
	m.Programs = nil
	var packed []*os.File
	defer func() {
		for _, f := range packed {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	for _, s := range sources {
		p, f, err := pack(s, scratch)
		if err != nil {
			return err
		}
		m.Programs, packed = append(m.Programs, p), append(packed, f)
	}
	if err := m.check(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	head := fmt.Appendf(nil, "%smanifest %d\n%s\n", firstLine, len(text), text)
	for _, k := range keys {
		id := KeyID(k.Public().(ed25519.PublicKey))
		head = fmt.Appendf(head, "signature %s %s\n", id, base64.StdEncoding.EncodeToString(ed25519.Sign(k, signed(text))))
	}
	if _, err := w.Write(append(head, "programs\n"...)); err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	for _, f := range packed {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("read packed program: %w", err)
		}
		if _, err := io.Copy(w, f); err != nil {
			return fmt.Errorf("write release: %w", err)
		}
	}
	return nil
}

// pack compresses a program into a temporary file, which the caller removes.
func pack(s Source, scratch string) (p Program, f *os.File, err error) {
	p = Program{OS: s.OS, Arch: s.Arch}
	in, err := os.Open(s.Path)
	if err != nil {
		return p, nil, fmt.Errorf("open program: %w", err)
	}
	defer in.Close()
	if f, err = os.CreateTemp(scratch, "packed-*"); err != nil {
		return p, nil, fmt.Errorf("create file: %w", err)
	}
	raw, packed := sha256.New(), sha256.New()
	z, err := gzip.NewWriterLevel(io.MultiWriter(f, packed), gzip.BestCompression)
	if err == nil {
		p.Size, err = io.Copy(io.MultiWriter(z, raw), in)
	}
	if err == nil {
		err = z.Close()
	}
	if err == nil {
		p.Packed, err = f.Seek(0, io.SeekCurrent)
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return p, nil, fmt.Errorf("pack program: %w", err)
	}
	p.SHA256, p.PackedSHA256 = hex.EncodeToString(raw.Sum(nil)), hex.EncodeToString(packed.Sum(nil))
	return p, f, nil
}
