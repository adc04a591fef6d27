package backupfile

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

func facts() Facts {
	return Facts{
		Kind: Kind, Format: Format, ID: "b1", Coffre: "test", Made: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC), Store: 6,
		Chains: []Chain{{Tenant: "box", Size: 3}, {Tenant: "acme", Size: 7}},
	}
}

func source1(name, content string) Source {
	s := Source{Name: name, Size: int64(len(content)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
	if OriginalHash(name) != "" {
		s.SHA256 = OriginalHash(name)
	}
	return s
}

func original(content string) Source {
	sum := sha256.Sum256([]byte(content))
	return source1("tenants/acme/files/"+hex.EncodeToString(sum[:]), content)
}

func sources(n int) []Source {
	random := rand.NewChaCha8([32]byte{1})
	big := make([]byte, n)
	random.Read(big)
	return []Source{
		source1(BoxName, "box"), source1(MasterName, "AGE-SECRET-KEY-1"), source1("tenants/acme/store.db", string(big)),
		source1(AuthorityName, "ca"), source1(AuthorityKeyName, "key"), source1("keys/acme-0123456789abcdef.key", "account"), source1("tenants/acme/erasures.jsonl", ""), original("hello"), original(strings.Repeat("x", 3*copyStep+17)),
	}
}

// plaintext is a whole backup, unencrypted.
func plaintext(t testing.TB, n int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if _, err := Write(t.Context(), &buf, facts(), sources(n)); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// memory is a sink that keeps everything.
func memory(got map[string]*bytes.Buffer) Sink {
	return Sink{Open: func(name string, _ int64) (io.WriteCloser, error) {
		got[name] = &bytes.Buffer{}
		return closing{got[name]}, nil
	}}
}

type closing struct{ io.Writer }

func (closing) Close() error { return nil }

func sealed(t testing.TB, n int, to ...age.Recipient) []byte {
	t.Helper()
	s, err := Seal(to)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := Length(facts(), sources(n))
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	w, err := s.To(&buf)
	if err == nil {
		_, err = Write(t.Context(), w, facts(), sources(n))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if want := s.Length(plain); int64(buf.Len()) != want {
		t.Fatalf("%d bytes, %d were announced", buf.Len(), want)
	}
	if err := read(t, buf.Bytes(), s.Opener()); err != nil {
		t.Fatalf("its maker can't open it: %v", err)
	}
	return buf.Bytes()
}

func read(t testing.TB, file []byte, ids ...age.Identity) error {
	t.Helper()
	o, err := Open(bytes.NewReader(file), ids)
	if err != nil {
		return err
	}
	_, _, err = Read(t.Context(), o, memory(map[string]*bytes.Buffer{}))
	return err
}

func hybrid(t testing.TB) *age.HybridIdentity {
	t.Helper()
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestRoundTrip: everything comes back, of every length around a chunk and a
// block, with either kind of recipient.
func TestRoundTrip(t *testing.T) {
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	a, b := hybrid(t), hybrid(t)
	for _, n := range []int{0, 1, 511, 512, 513, ageChunk - 1, ageChunk, ageChunk + 1, 5*ageChunk + 77} {
		file := sealed(t, n, a.Recipient(), b.Recipient())
		for _, id := range []age.Identity{a, b} {
			o, err := Open(bytes.NewReader(file), []age.Identity{id})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]*bytes.Buffer{}
			f, m, err := Read(t.Context(), o, memory(got))
			if err != nil || f.ID != "b1" || len(m.Members) != len(sources(n)) {
				t.Fatalf("%d: %+v %v", n, f, err)
			}
			for _, s := range sources(n) {
				r, _ := s.Open()
				want, _ := io.ReadAll(r)
				if !bytes.Equal(got[s.Name].Bytes(), want) {
					t.Errorf("%d: %s differs", n, s.Name)
				}
			}
		}
		if err := read(t, sealed(t, n, classic.Recipient()), classic); err != nil {
			t.Error(err)
		}
		if err := read(t, file, hybrid(t)); !errors.Is(err, ErrIdentity) {
			t.Errorf("another identity: %v", err)
		}
	}
}

// TestRecipients: kinds are not mixed, and what is none is named.
func TestRecipients(t *testing.T) {
	h := hybrid(t).Recipient().String()
	x, _ := age.GenerateX25519Identity()
	for name, c := range map[string]struct {
		in  []string
		bad int
		err error
	}{
		"hybrid":       {[]string{h, h}, 0, nil},
		"classic":      {[]string{x.Recipient().String()}, 0, nil},
		"mixed":        {[]string{h, x.Recipient().String()}, 0, ErrMixed},
		"an identity":  {[]string{h, x.String()}, 2, ErrRecipient},
		"cut":          {[]string{h[:100]}, 1, ErrRecipient},
		"nothing":      {[]string{""}, 1, ErrRecipient},
		"another tool": {[]string{"ssh-ed25519 AAAA"}, 1, ErrRecipient},
	} {
		if _, bad, err := Recipients(c.in); bad != c.bad || !errors.Is(err, c.err) {
			t.Errorf("%s: %d %v", name, bad, err)
		}
	}
	if _, err := Seal(nil); !errors.Is(err, ErrRecipient) {
		t.Errorf("no recipient: %v", err)
	}
}

// TestCut: a file cut anywhere is one that ends too early, at every chunk's
// border as in the middle, and never sound.
func TestCut(t *testing.T) {
	id := hybrid(t)
	file := sealed(t, 4*ageChunk, id.Recipient())
	var at []int
	for n := 0; n < len(file); n += ageChunk {
		at = append(at, n, min(n+1, len(file)-1))
	}
	i := bytes.Index(file, []byte("\n--- "))
	head := i + 1 + bytes.IndexByte(file[i+1:], '\n') + 1 + ageNonce
	for n := head; n < len(file); n += ageChunk + ageTag {
		at = append(at, n-1, n, n+1)
	}
	at = append(at, len(file)-1, len(file)-ageTag, head-5, 10)
	for range 60 {
		at = append(at, rand.IntN(len(file)))
	}
	for _, n := range at {
		want := ErrCut
		if n == 0 {
			want = ErrNotBackup
		}
		if err := read(t, file[:n], id); !errors.Is(err, want) {
			t.Errorf("cut at %d of %d: %v", n, len(file), err)
		}
	}
}

// TestFlipped: one changed bit anywhere is seen; in the stream it is damage.
func TestFlipped(t *testing.T) {
	id := hybrid(t)
	file := sealed(t, 2*ageChunk, id.Recipient())
	for range 80 {
		n, bit := rand.IntN(len(file)), byte(1)<<rand.IntN(8)
		bad := bytes.Clone(file)
		bad[n] ^= bit
		err := read(t, bad, id)
		if err == nil {
			t.Errorf("bit %d of byte %d is not seen", bit, n)
		}
		if n > 4000 && !errors.Is(err, ErrDamaged) {
			t.Errorf("byte %d of %d: %v", n, len(file), err)
		}
	}
	if err := read(t, append(bytes.Clone(file), 'x'), id); !errors.Is(err, ErrDamaged) {
		t.Errorf("a byte after the end: %v", err)
	}
	for _, s := range []string{"", "hello", "age-encryption.org/v2\nx", "PK\x03\x04"} {
		if err := read(t, []byte(s), id); !errors.Is(err, ErrNotBackup) && !errors.Is(err, ErrDamaged) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// hostile makes a tar of headers in a row after sound facts.
func hostile(t testing.TB, f Facts, headers ...tar.Header) []byte {
	t.Helper()
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	if err := writeJSON(tw, FactsName, f.Made, f); err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		body := strings.Repeat("a", int(h.Size))
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if err := tw.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			io.WriteString(tw, body)
		}
	}
	tw.Close()
	return buf.Bytes()
}

// TestHostile: a tar that was made to harm ends in a named error before anything
// of it is opened.
func TestHostile(t *testing.T) {
	f := facts()
	f.Members, f.Bytes = 10, 1000
	newer, other, foreign := f, f, f
	newer.Format = newest + 1
	other.Kind = "restic"
	foreign.Chains = []Chain{{Tenant: "../x"}}
	small := f
	small.Bytes = 5
	lost := f
	lost.Format, lost.Damaged = FormatDamaged, []Damaged{{Tenant: "beta", Code: "damaged"}}
	early, both, boxless, parent := lost, lost, lost, lost
	early.Format = FormatApart
	both.Damaged = []Damaged{{Tenant: "acme"}}
	boxless.Damaged = []Damaged{{Tenant: "box"}}
	parent.Damaged = []Damaged{{Tenant: "../x"}}
	hash := strings.Repeat("a", 64)
	few := f
	few.Members = 0
	for name, c := range map[string]struct {
		file []byte
		err  error
	}{
		"parent":                    {hostile(t, f, tar.Header{Name: "../../etc/passwd", Size: 3}), ErrUnsafe},
		"parent in a name":          {hostile(t, f, tar.Header{Name: "tenants/../store.db", Size: 3}), ErrUnsafe},
		"absolute":                  {hostile(t, f, tar.Header{Name: "/box.db", Size: 3}), ErrUnsafe},
		"unknown":                   {hostile(t, f, tar.Header{Name: "keys/checkpoint-acme.key", Size: 3}), ErrUnsafe},
		"a server's key":            {hostile(t, f, tar.Header{Name: "keys/server.pem", Size: 3}), ErrUnsafe},
		"upper case":                {hostile(t, f, tar.Header{Name: "BOX.DB", Size: 3}), ErrUnsafe},
		"symlink":                   {hostile(t, f, tar.Header{Name: "box.db", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), ErrUnsafe},
		"hard link":                 {hostile(t, f, tar.Header{Name: "box.db", Typeflag: tar.TypeLink, Linkname: "coffre-backup.json"}), ErrUnsafe},
		"directory":                 {hostile(t, f, tar.Header{Name: "tenants/", Typeflag: tar.TypeDir}), ErrUnsafe},
		"device":                    {hostile(t, f, tar.Header{Name: "box.db", Typeflag: tar.TypeChar}), ErrUnsafe},
		"twice":                     {hostile(t, f, tar.Header{Name: "box.db", Size: 3}, tar.Header{Name: "box.db", Size: 3}), ErrUnsafe},
		"facts twice":               {hostile(t, f, tar.Header{Name: FactsName, Size: 3}), ErrUnsafe},
		"records":                   {hostile(t, f, tar.Header{Name: "box.db", Size: 3, PAXRecords: map[string]string{"COFFRE.x": "y"}}), ErrUnsafe},
		"raw of a sound firm":       {hostile(t, lost, tar.Header{Name: "damaged/acme/store.db", Size: 3}), ErrUnsafe},
		"raw of nobody":             {hostile(t, f, tar.Header{Name: "damaged/beta/store.db", Size: 3}), ErrUnsafe},
		"sound of a damaged firm":   {hostile(t, lost, tar.Header{Name: "tenants/beta/store.db", Size: 3}), ErrUnsafe},
		"vectors of a damaged firm": {hostile(t, lost, tar.Header{Name: "damaged/beta/index/vectors.db", Size: 3}), ErrUnsafe},
		"one place twice":           {hostile(t, lost, tar.Header{Name: "damaged/beta/files/" + hash, Size: 3}, tar.Header{Name: "tenants/beta/files/" + hash, Size: 3}), ErrUnsafe},
		"damaged in an old format":  {hostile(t, early), ErrUnsafe},
		"damaged and sound":         {hostile(t, both), ErrUnsafe},
		"a damaged box":             {hostile(t, boxless), ErrUnsafe},
		"damaged elsewhere":         {hostile(t, parent), ErrUnsafe},
		"larger than said":          {hostile(t, small, tar.Header{Name: "box.db", Size: 6}), ErrDamaged},
		"more than said":            {hostile(t, few, tar.Header{Name: "box.db", Size: 0}), ErrDamaged},
		"no manifest":               {hostile(t, f, tar.Header{Name: "box.db", Size: 3}), ErrCut},
		"a wrong manifest":          {hostile(t, f, tar.Header{Name: "box.db", Size: 3}, tar.Header{Name: ManifestName, Size: 3}), ErrDamaged},
		"a misnamed file":           {hostile(t, f, tar.Header{Name: "tenants/acme/files/" + strings.Repeat("a", 64), Size: 3}), ErrDamaged},
		"newer":                     {hostile(t, newer), ErrNewer},
		"another program's":         {hostile(t, other), ErrNotBackup},
		"foreign tenant":            {hostile(t, foreign), ErrUnsafe},
		"no tar":                    {bytes.Repeat([]byte("hello "), 400), ErrNotBackup},
		"empty":                     {nil, ErrNotBackup},
	} {
		if _, _, err := Read(t.Context(), bytes.NewReader(c.file), memory(map[string]*bytes.Buffer{})); !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	whole := plaintext(t, 100)
	if _, _, err := Read(t.Context(), bytes.NewReader(append(bytes.Clone(whole), "more"...)), memory(map[string]*bytes.Buffer{})); !errors.Is(err, ErrUnsafe) {
		t.Errorf("bytes after its end: %v", err)
	}
}

// TestSources: what is not what its name says is found while it is backed up.
func TestSources(t *testing.T) {
	other := original("hello")
	other.Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("HELLO")), nil }
	short := source1(BoxName, "12345")
	short.Size = 9
	for _, s := range []Source{other, short} {
		var what *ErrSource
		if _, err := Write(t.Context(), io.Discard, facts(), []Source{s}); !errors.As(err, &what) || what.Name != s.Name {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}

// TestFormatOf: an older program is told by the layout what it doesn't know.
func TestFormatOf(t *testing.T) {
	lost := Facts{Damaged: []Damaged{{Tenant: "beta"}}}
	for _, c := range []struct {
		facts  Facts
		names  []string
		want   int
		beside bool
	}{
		{Facts{}, []string{BoxName, MasterName}, Format, false},
		{Facts{Apart: 1}, []string{BoxName, ObjectsName}, FormatApart, true},
		{Facts{}, []string{BoxName, ObjectsName}, FormatApart, true},
		{lost, []string{BoxName}, FormatDamaged, false},
		{Facts{Damaged: lost.Damaged, Apart: 1}, []string{ObjectsName}, FormatDamaged, true},
		{Facts{}, []string{BoxName, AuthorityName, AuthorityKeyName}, FormatHTTPS, false},
		{Facts{Damaged: lost.Damaged, Apart: 1}, []string{FirmName, ObjectsName}, FormatHTTPS, true},
	} {
		var all []Source
		for _, name := range c.names {
			all = append(all, source1(name, ""))
		}
		f := c.facts
		if f.Format = f.FormatOf(all); f.Format != c.want || f.Beside() != c.beside {
			t.Errorf("%q: %d, beside it: %v", c.names, f.Format, f.Beside())
		}
	}
}

// TestForeignTar: the system's own tar reads the plaintext.
func TestForeignTar(t *testing.T) {
	program, err := exec.LookPath("tar")
	if err != nil {
		t.Skip("no tar here: install one")
	}
	cmd := exec.Command(program, "-tf", "-")
	cmd.Stdin = bytes.NewReader(plaintext(t, 10_000))
	out, err := cmd.CombinedOutput()
	lines := strings.Fields(string(out))
	if err != nil || len(lines) != len(sources(0))+2 || lines[0] != FactsName || lines[len(lines)-1] != ManifestName {
		t.Errorf("%v: %s", err, out)
	}
}

// TestLarge: a member beyond 8 GiB has the length that is announced.
func TestLarge(t *testing.T) {
	for _, size := range []int64{ustarMost, ustarMost + 1, 1 << 40} {
		var buf bytes.Buffer
		if err := writeHead(tar.NewWriter(&buf), BoxName, size, time.Now()); err != nil {
			t.Fatal(err)
		}
		if want := memberLength(size) - (size+block-1)/block*block; int64(buf.Len()) != want {
			t.Errorf("%d: a head of %d bytes, want %d", size, buf.Len(), want)
		}
		h, err := tar.NewReader(&buf).Next()
		if err != nil || h.Size != size || !plain(h) {
			t.Errorf("%d: %+v %v", size, h, err)
		}
	}
}

// FuzzRead: no bytes make the reader panic, write a name that it doesn't know, or
// take more than it was given; what it calls sound is written the same again.
func FuzzRead(f *testing.F) {
	var small bytes.Buffer
	if _, err := Write(f.Context(), &small, facts(), []Source{source1(BoxName, "box"), original("hello")}); err != nil {
		f.Fatal(err)
	}
	f.Add(small.Bytes())
	f.Add(small.Bytes()[:3000])
	f.Add(hostile(f, facts(), tar.Header{Name: "../x", Size: 3}))
	f.Add(hostile(f, facts(), tar.Header{Name: "box.db", Typeflag: tar.TypeSymlink, Linkname: "/"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		got := map[string]*bytes.Buffer{}
		_, m, err := Read(t.Context(), bytes.NewReader(b), memory(got))
		total := 0
		for name, content := range got {
			if total += content.Len(); !KnownName(name) {
				t.Errorf("it opened %q", name)
			}
		}
		if total > len(b) {
			t.Errorf("%d bytes of %d", total, len(b))
		}
		if err != nil {
			return
		}
		for _, one := range m.Members {
			if sum := sha256.Sum256(got[one.Name].Bytes()); fmt.Sprintf("%x", sum) != one.SHA256 {
				t.Errorf("%s is called sound", one.Name)
			}
		}
	})
}

// FuzzOpen: no bytes make the reader of the age file panic, and none open.
func FuzzOpen(f *testing.F) {
	id := hybrid(f)
	f.Add(sealed(f, 100, id.Recipient())[:3000])
	f.Add([]byte(ageIntro))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := read(t, b, id); err == nil {
			t.Error("what nobody made is a backup")
		}
	})
}
