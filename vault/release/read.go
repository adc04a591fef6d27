package release

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	firstLine     = "coffre release 1\n"
	maxSignatures = 8
	maxLine       = 256
)

// Head is what comes before the programs, verified.
type Head struct {
	Manifest Manifest
	KeyID    string // of the key whose signature holds
	// Raw is the head as it was read, to be kept beside a program.
	Raw []byte
}

// Reader reads a release file from its beginning to its end.
type Reader struct {
	Head
	in *bufio.Reader
}

// Open reads and verifies the head of a release file; nothing else is read.
// Errors wrap ErrNotRelease, ErrCut, ErrSignature or ErrManifest.
func Open(in io.Reader, keys Keys) (*Reader, error) {
	r := &Reader{in: bufio.NewReaderSize(in, 64<<10)}
	var raw bytes.Buffer
	line, err := r.line(&raw)
	if err != nil || line+"\n" != firstLine {
		return nil, fmt.Errorf("read release: %w", errors.Join(ErrNotRelease, err))
	}
	text, err := r.manifest(&raw)
	if err != nil {
		return nil, err
	}
	for n := 0; ; n++ {
		if line, err = r.line(&raw); err != nil {
			return nil, fmt.Errorf("read signatures: %w", err)
		}
		if line == "programs" {
			break
		}
		if n == maxSignatures {
			return nil, fmt.Errorf("read signatures: %w: too many", ErrNotRelease)
		}
		id, err := holds(line, text, keys)
		if err != nil {
			return nil, err
		}
		if r.KeyID == "" {
			r.KeyID = id
		}
	}
	if r.KeyID == "" {
		return nil, ErrSignature
	}
	r.Raw = raw.Bytes()
	r.Manifest, err = parseManifest(text)
	return r, err
}

// line reads one line without its end.
func (r *Reader) line(raw *bytes.Buffer) (string, error) {
	var b []byte
	for len(b) < maxLine {
		c, err := r.in.ReadByte()
		if err != nil {
			return "", cut(err)
		}
		raw.WriteByte(c)
		if c == '\n' {
			return string(b), nil
		}
		b = append(b, c)
	}
	return "", ErrNotRelease
}

func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCut
	}
	return err
}

func (r *Reader) manifest(raw *bytes.Buffer) ([]byte, error) {
	line, err := r.line(raw)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	digits, ok := strings.CutPrefix(line, "manifest ")
	n, err := strconv.ParseUint(digits, 10, 32)
	if !ok || err != nil || n == 0 || n > MaxManifest || strconv.FormatUint(n, 10) != digits {
		return nil, fmt.Errorf("read manifest: %w", ErrNotRelease)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r.in, text); err != nil {
		return nil, fmt.Errorf("read manifest: %w", cut(err))
	}
	raw.Write(text)
	if line, err = r.line(raw); err == nil && line != "" {
		err = ErrNotRelease
	}
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	return text, nil
}

// holds returns the id of a signature's key where it is known and the signature
// holds, "" where it isn't known. A wrong signature by a known key is an error.
func holds(line string, text []byte, keys Keys) (string, error) {
	words := strings.Split(line, " ")
	if len(words) != 3 || words[0] != "signature" {
		return "", fmt.Errorf("read signatures: %w", ErrNotRelease)
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(words[2])
	if err != nil || len(sig) != ed25519.SignatureSize {
		return "", fmt.Errorf("read signatures: %w", ErrNotRelease)
	}
	key, known := keys[words[1]]
	if !known {
		return "", nil
	}
	if !ed25519.Verify(key, signed(text), sig) {
		return "", ErrSignature
	}
	return words[1], nil
}

func signed(text []byte) []byte { return append([]byte(firstLine), text...) }

// Extract reads the programs to the end of the file, and writes that of one
// platform to w. The whole file is checked on the way: what is cut, changed or
// too long is an error (ErrCut, ErrDamaged), and what w got is then worth nothing.
func (r *Reader) Extract(os, arch string, w io.Writer) error {
	for _, p := range r.Manifest.Programs {
		packed := sha256.New()
		in := io.TeeReader(io.LimitReader(r.in, p.Packed), packed)
		var err error
		if p.OS == os && p.Arch == arch {
			err = p.unpack(in, w)
		}
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, in); err != nil {
			return fmt.Errorf("read program: %w", err)
		}
		if hex.EncodeToString(packed.Sum(nil)) != p.PackedSHA256 {
			if _, err := r.in.Peek(1); errors.Is(err, io.EOF) {
				return ErrCut
			}
			return ErrDamaged
		}
	}
	if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("read release: %w", errors.Join(ErrDamaged, err))
	}
	return nil
}

// unpack writes no byte more than the manifest allows.
func (p Program) unpack(in io.Reader, w io.Writer) error {
	z, err := gzip.NewReader(in)
	if err != nil {
		return fmt.Errorf("unpack program: %w", errors.Join(unpacked(err), err))
	}
	z.Multistream(false)
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), io.LimitReader(z, p.Size+1))
	if err != nil {
		return fmt.Errorf("unpack program: %w", errors.Join(unpacked(err), err))
	}
	if n != p.Size || hex.EncodeToString(h.Sum(nil)) != p.SHA256 {
		return ErrDamaged
	}
	return nil
}

// unpacked tells a stream that ends early or is no gzip from a disk's own error.
func unpacked(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrCut
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return ErrDamaged
	case errors.As(err, &corrupt):
		return ErrDamaged
	}
	return nil
}
