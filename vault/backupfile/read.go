package backupfile

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Sink takes what a backup holds, member by member.
type Sink struct {
	// Facts is told what the file says of itself, before anything else is read;
	// its error ends the reading.
	Facts func(Facts) error
	// Open returns where a member goes. It is closed before the next one, and
	// nothing that it was given may be believed before Read has returned nil.
	Open func(name string, size int64) (io.WriteCloser, error)
}

// Read reads the plaintext of a backup to its end. Errors: ErrNotBackup, ErrNewer,
// ErrUnsafe, ErrDamaged, ErrCut, the context's, and those of the sink and of r.
func Read(ctx context.Context, r io.Reader, to Sink) (Facts, Manifest, error) {
	rd := &reading{ctx: ctx, tar: tar.NewReader(r), to: to, seen: map[string]bool{}, copier: newCopier()}
	defer rd.copier.end()
	rd.opened, _ = r.(*Opened)
	if err := rd.head(); err != nil {
		return rd.facts, Manifest{}, err
	}
	m, err := rd.members()
	if err == nil {
		err = onlyZeros(r)
	}
	return rd.facts, m, err
}

type reading struct {
	copier *copier
	ctx    context.Context
	tar    *tar.Reader
	opened *Opened // of an age file, nil of plaintext
	to     Sink
	facts  Facts
	seen   map[string]bool // by Place
	lost   map[string]bool // firms that the facts call damaged
	got    []Member
	bytes  int64
}

// next returns the next member's name and size. io.EOF is the end of the tar.
func (rd *reading) next() (name string, size int64, err error) {
	h, err := rd.tar.Next()
	switch {
	case errors.Is(err, io.EOF):
		return "", 0, io.EOF
	case errors.Is(err, tar.ErrHeader), errors.Is(err, tar.ErrInsecurePath), errors.Is(err, tar.ErrFieldTooLong):
		return "", 0, fmt.Errorf("%w: %w", ErrDamaged, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "", 0, fmt.Errorf("%w: %w", ErrCut, err)
	case err != nil:
		return "", 0, fmt.Errorf("read member: %w", err)
	}
	if h.Typeflag != tar.TypeReg || h.Size < 0 || !KnownName(h.Name) || rd.seen[Place(h.Name)] || !belongs(h.Name, rd.lost) || h.Linkname != "" || !plain(h) {
		return "", 0, fmt.Errorf("%w: member %d", ErrUnsafe, len(rd.seen)+1)
	}
	rd.seen[Place(h.Name)] = true
	return h.Name, h.Size, nil
}

// plain tells whether a header has no records but a size: a sparse file would be
// larger on the disk than in the backup.
func plain(h *tar.Header) bool {
	for k := range h.PAXRecords {
		if k != "size" {
			return false
		}
	}
	return h.Format == tar.FormatUSTAR || h.Format == tar.FormatPAX
}

func (rd *reading) head() error {
	name, size, err := rd.next()
	if errors.Is(err, io.EOF) || errors.Is(err, tar.ErrHeader) || err == nil && (name != FactsName || size > maxFacts) {
		return ErrNotBackup
	}
	if err != nil {
		return err
	}
	if err := rd.json(&rd.facts); err != nil {
		return err
	}
	f := rd.facts
	switch {
	case f.Kind != Kind || f.Format < 1:
		return ErrNotBackup
	case f.Format > newest:
		return ErrNewer
	case f.Members < 0 || f.Bytes < 0 || f.Apart < 0 || f.ApartBytes < 0 || len(f.Chains) == 0:
		return fmt.Errorf("%w: its facts", ErrDamaged)
	}
	tenants := map[string]bool{}
	for _, c := range f.Chains {
		if tenants[c.Tenant] || !KnownName("tenants/"+c.Tenant+"/store.db") {
			return fmt.Errorf("%w: its facts", ErrUnsafe)
		}
		tenants[c.Tenant] = true
	}
	rd.lost = map[string]bool{}
	for _, d := range f.Damaged {
		if tenants[d.Tenant] || d.Tenant == "box" || f.Format < FormatDamaged || !KnownName("damaged/"+d.Tenant+"/store.db") {
			return fmt.Errorf("%w: its facts", ErrUnsafe)
		}
		tenants[d.Tenant], rd.lost[d.Tenant] = true, true
	}
	if rd.opened != nil && f.Rest > 0 {
		rd.opened.src.expect = memberLength(size) + f.Rest
	}
	if rd.to.Facts != nil {
		return rd.to.Facts(f)
	}
	return nil
}

// json reads the member that the reader stands on.
func (rd *reading) json(v any) error {
	d := json.NewDecoder(rd.tar)
	if err := d.Decode(v); err != nil {
		return rd.fault(err)
	}
	rest, err := io.ReadAll(io.MultiReader(d.Buffered(), rd.tar))
	if err != nil {
		return rd.fault(err)
	}
	if strings.TrimSpace(string(rest)) != "" {
		return fmt.Errorf("%w: more than one object", ErrDamaged)
	}
	return nil
}

// fault tells a file's own fault from one of reading it.
func (rd *reading) fault(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax), errors.As(err, &kind), errors.Is(err, io.EOF):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %w", ErrCut, err)
	case errors.Is(err, tar.ErrHeader):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	var t interface{ UnmarshalError() }
	if errors.As(err, &t) || strings.HasPrefix(err.Error(), "parsing time") || strings.HasPrefix(err.Error(), "Time.UnmarshalJSON") {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

func (rd *reading) members() (m Manifest, err error) {
	for {
		name, size, err := rd.next()
		switch {
		case errors.Is(err, io.EOF):
			return m, fmt.Errorf("%w: no manifest", ErrCut)
		case err != nil:
			return m, err
		case name == ManifestName && size > maxManifest:
			return m, fmt.Errorf("%w: its manifest's size", ErrDamaged)
		case name == ManifestName:
			return rd.manifest()
		}
		if rd.bytes += size; rd.bytes > rd.facts.Bytes || len(rd.got) >= rd.facts.Members {
			return m, fmt.Errorf("%w: more than its facts say", ErrDamaged)
		}
		if err := rd.member(name, size); err != nil {
			return m, err
		}
	}
}

func (rd *reading) member(name string, size int64) (err error) {
	w, err := rd.to.Open(name, size)
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := rd.copier.copy(rd.ctx, w, h, rd.tar)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if n != size {
		return fmt.Errorf("%w: in %s", ErrCut, name)
	}
	m := Member{name, size, hex.EncodeToString(h.Sum(nil))}
	if want := OriginalHash(name); want != "" && want != m.SHA256 {
		return fmt.Errorf("%w: %s has another content than its name says", ErrDamaged, name)
	}
	rd.got = append(rd.got, m)
	return nil
}

// manifest reads the last member and holds it against what was read.
func (rd *reading) manifest() (m Manifest, err error) {
	if err := rd.json(&m); err != nil {
		return m, err
	}
	want := manifestOf(rd.got)
	if !slices.Equal(m.Members, want.Members) || m.Bytes != want.Bytes || m.SHA256 != want.SHA256 || len(rd.got) != rd.facts.Members || rd.bytes != rd.facts.Bytes {
		return m, fmt.Errorf("%w: its manifest names other content", ErrDamaged)
	}
	if _, _, err := rd.next(); err == nil {
		return m, fmt.Errorf("%w: a member after the manifest", ErrUnsafe)
	} else if !errors.Is(err, io.EOF) {
		return m, err
	}
	return m, nil
}

// onlyZeros reads what tar leaves unread: its padding, and with it the end of the
// age stream, which is authenticated only there.
func onlyZeros(r io.Reader) error {
	buf := make([]byte, 32<<10)
	for total := 0; ; {
		n, err := r.Read(buf)
		if total += n; total > 1<<20 || slices.ContainsFunc(buf[:n], func(b byte) bool { return b != 0 }) {
			return fmt.Errorf("%w: bytes after its end", ErrUnsafe)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
