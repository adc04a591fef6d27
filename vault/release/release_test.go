package release

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// testKey is made of a number: a key of tests alone.
func testKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func public(all ...ed25519.PrivateKey) Keys {
	out := Keys{}
	for _, k := range all {
		p := k.Public().(ed25519.PublicKey)
		out[KeyID(p)] = p
	}
	return out
}

var sample = Manifest{
	Version: "1.2.0", Date: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Format: 8, Oldest: 1,
	Notes: Notes{FR: "Du neuf.", EN: "News."},
}

func program(arch string) []byte {
	return bytes.Repeat([]byte("program for "+arch+"\n"), 5000)
}

func made(t testing.TB, m Manifest, keys ...ed25519.PrivateKey) []byte {
	t.Helper()
	dir := t.TempDir()
	var all []Source
	for _, arch := range []string{"amd64", "arm64"} {
		path := filepath.Join(dir, arch)
		if err := os.WriteFile(path, program(arch), 0o755); err != nil {
			t.Fatal(err)
		}
		all = append(all, Source{"linux", arch, path})
	}
	var b bytes.Buffer
	if err := Write(&b, m, all, dir, keys...); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "packed-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	return b.Bytes()
}

func read(file []byte, keys Keys, arch string) (Manifest, []byte, error) {
	r, err := Open(bytes.NewReader(file), keys)
	if err != nil {
		return Manifest{}, nil, err
	}
	var out bytes.Buffer
	err = r.Extract("linux", arch, &out)
	return r.Manifest, out.Bytes(), err
}

func TestEveryPlatformComesOut(t *testing.T) {
	file := made(t, sample, testKey(1))
	for _, arch := range []string{"amd64", "arm64"} {
		m, got, err := read(file, public(testKey(1)), arch)
		if err != nil || !bytes.Equal(got, program(arch)) || m.Notes != sample.Notes || m.Format != 8 {
			t.Errorf("%s: %v, %d bytes, %+v", arch, err, len(got), m)
		}
	}
	if _, got, err := read(file, public(testKey(1)), "riscv64"); err != nil || len(got) != 0 {
		t.Errorf("a platform that isn't there: %v, %d bytes", err, len(got))
	}
}

// TestKeysRotate: a file signed by the key of today and the next one is read by
// programs that know either.
func TestKeysRotate(t *testing.T) {
	both := made(t, sample, testKey(1), testKey(2))
	for n := byte(1); n <= 2; n++ {
		if _, _, err := read(both, public(testKey(n)), "amd64"); err != nil {
			t.Errorf("key %d: %v", n, err)
		}
	}
	for name, keys := range map[string]Keys{"another": public(testKey(3)), "none": {}} {
		if _, _, err := read(both, keys, "amd64"); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A known key's id before another key's signature.
	forged := bytes.Replace(made(t, sample, testKey(3)), []byte(KeyID(testKey(3).Public().(ed25519.PublicKey))), []byte(KeyID(testKey(1).Public().(ed25519.PublicKey))), 1)
	if _, _, err := read(forged, public(testKey(1)), "amd64"); !errors.Is(err, ErrSignature) {
		t.Errorf("forged: %v", err)
	}
}

// TestEveryByteCounts flips each byte of the head and a byte in every 97 of the
// rest: nothing is ever read as if it held.
func TestEveryByteCounts(t *testing.T) {
	file := made(t, sample, testKey(1))
	head := bytes.Index(file, []byte("\nprograms\n")) + 10
	for i := range file {
		if i > head && i%97 != 0 {
			continue
		}
		bad := bytes.Clone(file)
		bad[i] ^= 0x10
		if _, _, err := read(bad, public(testKey(1)), "amd64"); err == nil {
			t.Fatalf("byte %d of %d: no error", i, len(file))
		}
	}
	for i := 0; i < len(file); i += 61 {
		if _, _, err := read(file[:i], public(testKey(1)), "amd64"); !errors.Is(err, ErrCut) && !errors.Is(err, ErrNotRelease) {
			t.Fatalf("cut after %d of %d: %v", i, len(file), err)
		}
	}
	if _, _, err := read(append(bytes.Clone(file), 'x'), public(testKey(1)), "amd64"); !errors.Is(err, ErrDamaged) {
		t.Errorf("something after the end: %v", err)
	}
}

// TestNothingIsUnpackedUnsigned: a reader that fails when asked for more than the
// head shows that no program is touched before the signature holds.
func TestNothingIsUnpackedUnsigned(t *testing.T) {
	file := made(t, sample, testKey(9))
	_, err := Open(io.MultiReader(bytes.NewReader(file), failing{t}), public(testKey(1)))
	if !errors.Is(err, ErrSignature) {
		t.Errorf("%v", err)
	}
}

type failing struct{ t *testing.T }

func (f failing) Read([]byte) (int, error) {
	f.t.Error("read beyond the file")
	return 0, io.EOF
}

// TestABombIsCut: a program that unpacks to more than its manifest says writes no
// byte more than one over.
func TestABombIsCut(t *testing.T) {
	m := sample
	file := made(t, m, testKey(1))
	r, err := Open(bytes.NewReader(file), public(testKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	r.Manifest.Programs[0].Size = 100
	var n counter
	if err := r.Extract("linux", "amd64", &n); !errors.Is(err, ErrDamaged) || n > 101 {
		t.Errorf("%v after %d bytes", err, n)
	}
}

type counter int

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

func TestManifestIsChecked(t *testing.T) {
	good := Program{"linux", "amd64", 1, strings.Repeat("a", 64), 1, strings.Repeat("b", 64)}
	for name, edit := range map[string]func(*Manifest){
		"version":       func(m *Manifest) { m.Version = "v1" },
		"format":        func(m *Manifest) { m.Format = 0 },
		"oldest":        func(m *Manifest) { m.Oldest = 9 },
		"none":          func(m *Manifest) { m.Programs = nil },
		"twice":         func(m *Manifest) { m.Programs = append(m.Programs, good) },
		"negative size": func(m *Manifest) { m.Programs[0].Size = -1 },
		"huge":          func(m *Manifest) { m.Programs[0].Size = MaxProgram + 1 },
		"hash":          func(m *Manifest) { m.Programs[0].SHA256 = "AB" },
		"notes":         func(m *Manifest) { m.Notes.FR = strings.Repeat("x", maxNotes+1) },
		"many": func(m *Manifest) {
			for i := range MaxPrograms {
				p := good
				p.Arch = fmt.Sprint(i)
				m.Programs = append(m.Programs, p)
			}
		},
	} {
		m := sample
		m.Programs = []Program{good}
		if err := m.check(); err != nil {
			t.Fatal(err)
		}
		if edit(&m); !errors.Is(m.check(), ErrManifest) {
			t.Errorf("%s: %v", name, m.check())
		}
	}
}

func TestNewer(t *testing.T) {
	order := []string{"what", "0.1.0-dev", "0.1.0", "0.2.0", "0.10.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "2.0.0"}
	for i, a := range order {
		for j, b := range order {
			if Newer(a, b) != (i > j) {
				t.Errorf("%s newer than %s: %v", a, b, Newer(a, b))
			}
		}
	}
	for _, s := range []string{"", "1", "1.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-a..b", "1.0.x", "-1.0.0", "1.0.0-é"} {
		if _, ok := parseVersion(s); ok {
			t.Errorf("%q is a version", s)
		}
	}
}

func TestKeysAsText(t *testing.T) {
	k := testKey(7)
	back, err := ParsePrivate(FormatPrivate(k) + "\n")
	if err != nil || !back.Equal(k) {
		t.Errorf("private: %v", err)
	}
	p := k.Public().(ed25519.PublicKey)
	keys, err := ParseKeys(FormatPublic(p) + ", " + FormatPublic(testKey(8).Public().(ed25519.PublicKey)))
	if err != nil || len(keys) != 2 || !p.Equal(keys[KeyID(p)]) {
		t.Errorf("public: %v %v", keys, err)
	}
	for _, bad := range []string{"coffre-release-key-", "coffre-release-key-AAAA", FormatPrivate(k), "x"} {
		if _, err := ParseKeys(bad); err == nil {
			t.Errorf("%q is a key", bad)
		}
	}
	if none, err := ParseKeys(""); err != nil || len(none) != 0 {
		t.Errorf("no keys: %v %v", none, err)
	}
}

func FuzzRelease(f *testing.F) {
	file := made(f, sample, testKey(1))
	f.Add(file)
	f.Add(file[:300])
	f.Add([]byte("coffre release 1\nmanifest 2\n{}\nprograms\n"))
	keys := public(testKey(1))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, got, err := read(b, keys, "amd64")
		if err == nil && (!bytes.Equal(b, file) || !bytes.Equal(got, program("amd64")) || m.Version != sample.Version) {
			t.Error("something else than the signed file was read")
		}
	})
}
