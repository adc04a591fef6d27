package index

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// soundIndex writes an index with several segments and deletions, closes it
// and returns its directory.
func soundIndex(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	ix, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint32(5) {
		apply(t, ix, uint64(i)+1, frenchDoc(i+1, 1, i+1, strings.Repeat("préavis de congé ", int(i)+1)))
	}
	apply(t, ix, 6, Doc{Ordinal: 2}, frenchDoc(3, 1, 9, "salaire de préavis"))
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func copyDir(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// tryDamaged opens a damaged index. It must either be refused as damaged or be
// sound as of the change that it says was applied last: scorch falls back on
// the snapshot before, and the caller then applies what is missing.
func tryDamaged(t *testing.T, dir, what string) (refused bool) {
	t.Helper()
	ix, err := Open(dir, Options{})
	if err != nil {
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", what, err)
		}
		return true
	}
	defer ix.Close()
	for i := range uint32(10) {
		ix.Load(Span{First: i + 1, N: 1}, i+1, 1)
	}
	got := found(t, ix, "préavis", 1)
	want := int(ix.Applied()) // one more passage with each change
	if want == 6 {
		want = 4
	}
	if len(got) != want {
		t.Errorf("%s: found %v at change %d, want %d passages", what, got, ix.Applied(), want)
	}
	if err := ix.Apply(context.Background(), ix.Applied()+1, []Doc{frenchDoc(7, 1, 30, "préavis")}); err != nil && !errors.Is(err, ErrCorrupt) {
		t.Errorf("%s: apply: %v", what, err)
	}
	return false
}

func indexFiles(t testing.TB, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "words", "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	return files
}

func TestDamageIsNoticed(t *testing.T) {
	sound := soundIndex(t)
	for _, original := range indexFiles(t, sound) {
		name := filepath.Base(original)
		data, err := os.ReadFile(original)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			what    string
			content []byte // nil: removed
		}{
			{"removed", nil},
			{"empty", []byte{}},
			{"a few bytes", data[:min(10, len(data))]},
			{"half", data[:len(data)/2]},
			{"one byte short", data[:len(data)-1]},
			{"garbage", []byte(strings.Repeat("garbage ", len(data)/8+1))},
			{"zeros", make([]byte, len(data))},
		} {
			dir := copyDir(t, sound)
			damage(t, filepath.Join(dir, "words", name), c.content)
			tryDamaged(t, dir, name+" "+c.what)
		}
	}
}

func damage(t testing.TB, path string, content []byte) {
	t.Helper()
	if content == nil {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFlippedBits flips bytes at random places.
func TestFlippedBits(t *testing.T) {
	sound := soundIndex(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, original := range indexFiles(t, sound) {
		name := filepath.Base(original)
		data, err := os.ReadFile(original)
		if err != nil {
			t.Fatal(err)
		}
		refused, tries := 0, 6
		if name == "root.bolt" {
			tries = 60
		}
		for range tries {
			dir := copyDir(t, sound)
			flipped := append([]byte(nil), data...)
			at := rnd.IntN(len(flipped))
			for flipped[at] == 0 { // most of the file is empty
				at = rnd.IntN(len(flipped))
			}
			flipped[at] ^= byte(1 + rnd.IntN(255))
			damage(t, filepath.Join(dir, "words", name), flipped)
			if tryDamaged(t, dir, fmt.Sprintf("%s flipped at %d", name, at)) {
				refused++
			}
			os.RemoveAll(dir)
		}
		t.Logf("%s: %d of %d flips refused", name, refused, tries)
	}
}

func TestOtherFormatIsRebuilt(t *testing.T) {
	other := state{}.encode()
	other[7] = 99
	binary.BigEndian.PutUint32(other[len(other)-4:], crc32.ChecksumIEEE(other[:len(other)-4]))
	flipped := state{}.encode()
	flipped[9] = 1
	for _, b := range [][]byte{nil, {1, 2, 3}, other, flipped} {
		if _, err := decodeState(b); !errors.Is(err, ErrCorrupt) {
			t.Errorf("state %v: %v, want ErrCorrupt", b, err)
		}
	}
	s := state{applied: 1 << 40, passages: 3, words: [fieldCount]uint64{1, 2, 3, 4}, digest: 5}
	if got, err := decodeState(s.encode()); err != nil || got != s {
		t.Errorf("decoded %+v, %v; want %+v", got, err, s)
	}
}

func TestMachineErrorsAreNotDamage(t *testing.T) {
	for _, err := range []error{
		&fs.PathError{Op: "open", Err: fs.ErrPermission}, &fs.PathError{Op: "write", Err: syscall.ENOSPC},
		&fs.PathError{Op: "open", Err: syscall.EMFILE},
	} {
		if got := fileError(err); errors.Is(got, ErrCorrupt) || !errors.Is(got, err) {
			t.Errorf("%v became %v", err, got)
		}
	}
	if got := fileError(&fs.PathError{Op: "open", Err: fs.ErrNotExist}); !errors.Is(got, ErrCorrupt) {
		t.Errorf("missing file became %v, want ErrCorrupt", got)
	}
}
