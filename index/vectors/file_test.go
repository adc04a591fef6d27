package vectors

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"
)

const testDim = 8

func openFile(t testing.TB, path string) *File {
	t.Helper()
	f, err := Open(path, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func do(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// textOf and vectorOf draw what belongs to a number.
func textOf(n int) Text {
	return Text{Key: sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n))), Lang: []string{"fr", "en", ""}[n%3]}
}

func vectorOf(t testing.TB, k Key, id string) Quantized {
	rnd := rand.New(rand.NewChaCha8(sha256.Sum256([]byte(id + string(k[:])))))
	return quantize(t, clustered(rnd, 1, testDim, 1)[0])
}

// loaded is what an embedder has for the passages of a file.
func loaded(t testing.TB, f *File, id string) map[uint32]Quantized {
	t.Helper()
	texts, err := f.Texts()
	do(t, err)
	got := map[uint32]Quantized{}
	do(t, f.Load(id, texts, func(o uint32, q Quantized) error {
		got[o] = q
		return nil
	}))
	return got
}

// TestFileModel makes random changes to a file and a map of it, reopening now
// and then.
func TestFileModel(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 6))
	path := filepath.Join(t.TempDir(), "vectors.db")
	f := openFile(t, path)
	texts := map[uint32]Text{}
	have := map[string]map[Key]bool{"a": {}, "b": {}}
	for id := range have {
		do(t, f.Prepare(id, testDim))
	}
	uses := func(k Key) bool {
		for _, x := range texts {
			if x.Key == k {
				return true
			}
		}
		return false
	}
	for round := range 200 {
		c := Change{Seq: uint64(round), Texts: map[uint32]Text{}}
		for range rnd.IntN(4) {
			c.Texts[1+uint32(rnd.IntN(40))] = textOf(rnd.IntN(30))
		}
		for range rnd.IntN(4) {
			if o := 1 + uint32(rnd.IntN(40)); c.Texts[o] == (Text{}) {
				c.Removed = append(c.Removed, o)
			}
		}
		do(t, f.Apply(c))
		do(t, f.Apply(c))
		for o, x := range c.Texts {
			texts[o] = x
		}
		for _, o := range c.Removed {
			delete(texts, o)
		}
		id := []string{"a", "b"}[rnd.IntN(2)]
		put := map[Key]Quantized{}
		for range 3 {
			k := textOf(rnd.IntN(30)).Key
			put[k] = vectorOf(t, k, id)
		}
		kept, err := f.Put(id, put)
		do(t, err)
		for k := range put {
			if kept[k] != uses(k) {
				t.Fatalf("round %d: kept %v, used %v", round, kept[k], uses(k))
			}
			if kept[k] {
				have[id][k] = true
			}
		}
		for _, keys := range have {
			for k := range keys {
				if !uses(k) {
					delete(keys, k)
				}
			}
		}
		if rnd.IntN(20) == 0 {
			do(t, f.Close())
			f = openFile(t, path)
		}
		for id, keys := range have {
			got := loaded(t, f, id)
			for o, x := range texts {
				q, ok := got[o]
				if ok != keys[x.Key] {
					t.Fatalf("round %d: passage %d has a vector: %v, want %v", round, o, ok, keys[x.Key])
				}
				if want := vectorOf(t, x.Key, id); ok && (q.scale != want.scale || !slices.Equal(q.hi, want.hi) || !slices.Equal(q.lo, want.lo)) {
					t.Fatalf("round %d: another vector came back", round)
				}
			}
		}
	}
	if s, err := f.State(); err != nil || s.Applied != 199 {
		t.Errorf("state %+v, %v", s, err)
	}
}

// TestDetach rebuilds: texts come back under other ordinals and find their
// vectors; what doesn't come back is swept.
func TestDetach(t *testing.T) {
	f := openFile(t, filepath.Join(t.TempDir(), "vectors.db"))
	do(t, f.Prepare("a", testDim))
	texts, put := map[uint32]Text{}, map[Key]Quantized{}
	for n := range 50 {
		x := textOf(n)
		texts[uint32(n)+1], put[x.Key] = x, vectorOf(t, x.Key, "a")
	}
	do(t, f.Apply(Change{Texts: texts}))
	_, err := f.Put("a", put)
	do(t, err)
	do(t, f.Detach())
	if got := loaded(t, f, "a"); len(got) != 0 {
		t.Errorf("%d passages after Detach", len(got))
	}
	again := map[uint32]Text{}
	for n := range 20 {
		again[100+uint32(n)] = textOf(n)
	}
	do(t, f.Apply(Change{Seq: 1, Texts: again}))
	if got := loaded(t, f, "a"); len(got) != 20 {
		t.Errorf("%d vectors came back, want 20", len(got))
	}
	if s, _ := f.State(); !s.Sweep {
		t.Error("no sweep is due")
	}
	do(t, f.Sweep())
	do(t, f.view(func(tx *bolt.Tx) error {
		if n := tx.Bucket(embeddersBucket).Bucket([]byte("a")).Stats().KeyN; n != 21 {
			t.Errorf("%d records after Sweep, want 20 and the dimension", n)
		}
		return nil
	}))
	if s, _ := f.State(); s.Sweep {
		t.Error("a sweep is still due")
	}
}

func TestEmbeddersOfAFile(t *testing.T) {
	f := openFile(t, filepath.Join(t.TempDir(), "vectors.db"))
	do(t, f.Prepare("a", testDim))
	do(t, f.Prepare("b", 16))
	if err := f.Prepare("a", 16); !errors.Is(err, ErrDim) {
		t.Errorf("another length: %v, want ErrDim", err)
	}
	if err := f.Prepare("", 16); err == nil {
		t.Error("an embedder without a name was taken")
	}
	do(t, f.Apply(Change{Texts: map[uint32]Text{1: textOf(1)}}))
	k := textOf(1).Key
	if _, err := f.Put("b", map[Key]Quantized{k: vectorOf(t, k, "a")}); !errors.Is(err, ErrVector) {
		t.Errorf("a vector of another length: %v, want ErrVector", err)
	}
	if err := NewSet(16).Put(1, vectorOf(t, k, "a")); !errors.Is(err, ErrVector) {
		t.Errorf("a vector of another length: %v, want ErrVector", err)
	}
	if _, err := f.Put("none", nil); err == nil {
		t.Error("vectors of an unknown embedder were taken")
	}
	do(t, f.Serve("b"))
	do(t, f.Drop("a"))
	do(t, f.Drop("a"))
	ids, err := f.Embedders()
	do(t, err)
	s, err := f.State()
	do(t, err)
	if !slices.Equal(ids, []string{"b"}) || s.Serving != "b" {
		t.Errorf("embedders %v, serving %q", ids, s.Serving)
	}
}

func TestFileInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vectors.db")
	openFile(t, path)
	if _, err := Open(path, false); !errors.Is(err, ErrInUse) {
		t.Errorf("second opening: %v, want ErrInUse", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none"), true); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading what isn't there: %v", err)
	}
}

// TestCopy backs up a file while it is open.
func TestCopy(t *testing.T) {
	dir := t.TempDir()
	f := openFile(t, filepath.Join(dir, "vectors.db"))
	do(t, f.Apply(Change{Seq: 7, Texts: map[uint32]Text{1: textOf(1)}}))
	var b bytes.Buffer
	n, err := f.WriteTo(&b)
	do(t, err)
	if n != int64(b.Len()) || n != f.Size() {
		t.Errorf("%d bytes copied, %d written, %d in the file", n, b.Len(), f.Size())
	}
	do(t, os.WriteFile(filepath.Join(dir, "copy.db"), b.Bytes(), 0o600))
	c, err := Open(filepath.Join(dir, "copy.db"), true)
	do(t, err)
	defer c.Close()
	texts, err := c.Texts()
	if s, _ := c.State(); err != nil || s.Applied != 7 || texts[1] != textOf(1) {
		t.Errorf("copy holds %+v, %+v, %v", s, texts, err)
	}
}

// sample is the content of a small sound file.
func sample(t testing.TB) []byte {
	path := filepath.Join(t.TempDir(), "vectors.db")
	f, err := Open(path, false)
	do(t, err)
	texts, put := map[uint32]Text{}, map[Key]Quantized{}
	for n := range 12 {
		x := textOf(n)
		texts[uint32(n)+1], put[x.Key] = x, vectorOf(t, x.Key, "a")
	}
	do(t, f.Prepare("a", testDim))
	do(t, f.Apply(Change{Seq: 3, Texts: texts}))
	_, err = f.Put("a", put)
	do(t, err)
	do(t, f.Close())
	b, err := os.ReadFile(path)
	do(t, err)
	return b
}

// readAll opens content as a file and uses all of it.
func readAll(t testing.TB, content []byte) (map[uint32]Quantized, error) {
	path := filepath.Join(t.TempDir(), "vectors.db")
	do(t, os.WriteFile(path, content, 0o600))
	f, err := Open(path, false)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.State(); err != nil {
		return nil, err
	}
	ids, err := f.Embedders()
	if err != nil {
		return nil, err
	}
	texts, err := f.Texts()
	if err != nil {
		return nil, err
	}
	got := map[uint32]Quantized{}
	for _, id := range ids {
		if err := f.Load(id, texts, func(o uint32, q Quantized) error { got[o] = q; return nil }); err != nil {
			return nil, err
		}
	}
	if err := f.Apply(Change{Seq: 9, Texts: map[uint32]Text{99: textOf(99)}, Removed: []uint32{1, 2}}); err != nil {
		return nil, err
	}
	return got, f.Sweep()
}

// TestDamage flips bits: whatever is read afterwards is refused or true.
func TestDamage(t *testing.T) {
	sound := sample(t)
	want, err := readAll(t, sound)
	do(t, err)
	if len(want) != 12 {
		t.Fatalf("%d vectors of a sound file", len(want))
	}
	rnd := rand.New(rand.NewPCG(8, 8))
	rounds := 600
	if testing.Short() {
		rounds = 60
	}
	refused := 0
	for range rounds {
		b := bytes.Clone(sound)
		at := rnd.IntN(len(b))
		b[at] ^= 1 << rnd.IntN(8)
		if rnd.IntN(10) == 0 {
			b = b[:rnd.IntN(len(b))]
		}
		got, err := readAll(t, b)
		if err != nil {
			refused++
			continue
		}
		for o, q := range got {
			w := want[o]
			if q.scale != w.scale || !slices.Equal(q.hi, w.hi) || !slices.Equal(q.lo, w.lo) {
				t.Fatalf("byte %d: passage %d has another vector", at, o)
			}
		}
	}
	t.Logf("%d of %d damaged files refused", refused, rounds)
}

// FuzzFile reads anything as a file; it must not panic.
func FuzzFile(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte{})
	f.Add([]byte("not a file of bbolt"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 1<<17 {
			t.Skip("larger than the sample")
		}
		_, _ = readAll(t, content)
	})
}

// FuzzRecords decodes anything as a text and as a vector.
func FuzzRecords(f *testing.F) {
	k := textOf(1).Key
	f.Add(ordinalKey(1), encodeText(1, textOf(1)))
	f.Add(k[:], vectorOf(f, k, "a").encode(k))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		value = sealed(key, bytes.Clone(value)) // a sum alone must not be what protects
		if o, x, err := decodeText(key, value); err == nil && !bytes.Equal(encodeText(o, x), value) && len(x.Lang) <= maxLang {
			t.Error("a text doesn't come back")
		}
		if len(key) != 32 {
			return
		}
		if q, err := decodeVector(Key(key), value, testDim); err == nil {
			s := NewSet(testDim)
			do(t, s.Put(1, q))
			if n, _ := s.Nearest(q, 1, everything); len(n) != 1 {
				t.Error(fmt.Sprint("found ", n))
			}
		}
	})
}
