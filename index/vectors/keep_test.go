package vectors

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// kept is a file with the vectors of one embedder, and what it is to hold.
type kept struct {
	path  string
	file  *File
	texts map[uint32]Text
	have  map[uint32]Quantized
}

const keptDim = 48

func newKept(t testing.TB, path string) *kept {
	t.Helper()
	k := &kept{path: path, texts: map[uint32]Text{}, have: map[uint32]Quantized{}}
	k.reopen(t)
	do(t, k.file.Prepare("e", keptDim))
	return k
}

func (k *kept) reopen(t testing.TB) {
	t.Helper()
	if k.file != nil {
		do(t, k.file.Close())
	}
	f, err := Open(k.path, false)
	do(t, err)
	k.file = f
	t.Cleanup(func() { f.Close() })
}

// put gives passages vectors, in the file and in a set if there is one.
func (k *kept) put(t testing.TB, s *Set, vectors map[uint32][]float32) {
	t.Helper()
	c, byText := Change{Texts: map[uint32]Text{}}, map[Key]Quantized{}
	for o, v := range vectors {
		key := Key(sha256.Sum256(fmt.Append(nil, o, v)))
		q := quantize(t, v).Of(key)
		c.Texts[o], k.texts[o], k.have[o], byText[key] = Text{Key: key}, Text{Key: key}, q, q
	}
	do(t, k.file.Apply(c))
	_, err := k.file.Put("e", byText)
	do(t, err)
	for _, o := range slices.Sorted(maps.Keys(vectors)) {
		if s != nil {
			do(t, s.Put(o, k.have[o]))
		}
	}
}

func (k *kept) remove(t testing.TB, s *Set, ordinals ...uint32) {
	t.Helper()
	do(t, k.file.Apply(Change{Removed: ordinals}))
	for _, o := range ordinals {
		delete(k.texts, o)
		delete(k.have, o)
		if s != nil {
			s.Remove(o)
		}
	}
}

func (k *kept) open(t testing.TB) *Set {
	t.Helper()
	s, err := k.file.OpenSet("e", keptDim, k.texts)
	do(t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	small(s)
	s.wake()
	return s
}

// check compares a set with what it is to hold.
func (k *kept) check(t testing.TB, s *Set) {
	t.Helper()
	if s.Len() != len(k.have) {
		t.Fatalf("%d vectors, want %d", s.Len(), len(k.have))
	}
	for o, q := range k.have {
		if c, ok := s.Cosine(o, q); !ok || c < 0.9999 {
			t.Fatalf("passage %d: %v, %v", o, c, ok)
		}
	}
}

func some(rnd *rand.Rand, first, n uint32) map[uint32][]float32 {
	all := make(map[uint32][]float32, n)
	for i, v := range clustered(rnd, int(n), keptDim, 10) {
		all[first+uint32(i)] = v
	}
	return all
}

// TestSnapshot closes and opens a set again: the graph is there at once, what
// has changed since the snapshot follows, and what the file lacks goes.
func TestSnapshot(t *testing.T) {
	rnd := rand.New(rand.NewPCG(41, 41))
	k := newKept(t, filepath.Join(t.TempDir(), "vectors.db"))
	k.put(t, nil, some(rnd, 1, 1500))
	s := k.open(t)
	twin := k.have[7]
	for o := uint32(2000); o < 2050; o++ { // equal vectors
		k.texts[o], k.have[o] = k.texts[7], twin
		do(t, k.file.Apply(Change{Texts: map[uint32]Text{o: k.texts[7]}}))
		do(t, s.Put(o, twin))
	}
	linked(t, s)
	s.Close()
	k.reopen(t)
	s = k.open(t)
	if b := s.cur.Load(); b.linked.Load() < 1500 {
		t.Fatalf("%d slots linked after opening", b.linked.Load())
	}
	linked(t, s)
	if n := s.cur.Load().twins.Load(); n < 40 { // those linked at the same moment don't see each other
		t.Fatalf("%d twins after opening", n)
	}
	k.check(t, s)
	var queries []Quantized
	for o := uint32(1); o < 100; o++ {
		queries = append(queries, k.have[o])
	}
	if r := recallNear(t, s, queries, 10); r < 0.98 {
		t.Errorf("recall@10 is %.4f after opening", r)
	}
	s.Discard() // no snapshot of what follows
	k.put(t, s, some(rnd, 1400, 200))
	k.remove(t, s, 1, 2, 3)
	k.reopen(t)
	s = k.open(t)
	k.check(t, s)
	if s.Has(2) {
		t.Error("a removed passage is back")
	}
	linked(t, s)
	k.check(t, s)
	if r := recallNear(t, s, queries[3:], 10); r < 0.98 {
		t.Errorf("recall@10 is %.4f after replay", r)
	}
	s.Close()
}

// TestSnapshotIsNotTruth opens a set whose snapshot has what the file lost.
func TestSnapshotIsNotTruth(t *testing.T) {
	rnd := rand.New(rand.NewPCG(42, 42))
	k := newKept(t, filepath.Join(t.TempDir(), "vectors.db"))
	k.put(t, nil, some(rnd, 1, 600))
	s := k.open(t)
	linked(t, s)
	s.Close()
	do(t, k.file.Close())
	do(t, os.Remove(k.path))
	k.file = nil
	k.reopen(t)
	do(t, k.file.Prepare("e", keptDim))
	do(t, k.file.Apply(Change{Texts: k.texts}))
	k.put(t, nil, some(rnd, 1, 20))
	s = k.open(t)
	defer s.Close()
	if s.Len() != 20 {
		t.Errorf("%d vectors, want the 20 that the file has", s.Len())
	}
}

// TestDamagedSnapshot flips bytes and cuts the file: it is rebuilt, and searches
// meanwhile are right.
func TestDamagedSnapshot(t *testing.T) {
	rnd := rand.New(rand.NewPCG(43, 43))
	k := newKept(t, filepath.Join(t.TempDir(), "vectors.db"))
	k.put(t, nil, some(rnd, 1, 700))
	s := k.open(t)
	linked(t, s)
	s.Close()
	path := k.file.graphPath("e")
	whole, err := os.ReadFile(path)
	do(t, err)
	for round := range brief(12, 6) {
		bad := bytes.Clone(whole)
		switch round % 3 {
		case 0:
			bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(8)
		case 1:
			bad = bad[:rnd.IntN(len(bad))]
		case 2:
			bad = append(bad, 0)
		}
		do(t, os.WriteFile(path, bad, 0o600))
		s := k.open(t)
		k.check(t, s)
		s.Settle()
		s.Close()
		again, _, err := readSnapshot(path, sha256.Sum256([]byte("e")), keptDim)
		if err != nil || again.n.Load() != 700 {
			t.Fatalf("round %d: a damaged snapshot was not rebuilt: %v", round, err)
		}
	}
}

// TestOtherEmbeddersSnapshot opens sets of two embedders, and drops one.
func TestOtherEmbeddersSnapshot(t *testing.T) {
	rnd := rand.New(rand.NewPCG(44, 44))
	k := newKept(t, filepath.Join(t.TempDir(), "vectors.db"))
	k.put(t, nil, some(rnd, 1, 600))
	s := k.open(t)
	linked(t, s)
	s.Close()
	do(t, os.Rename(k.file.graphPath("e"), k.file.graphPath("f")))
	do(t, k.file.Prepare("f", keptDim))
	other, err := k.file.OpenSet("f", keptDim, k.texts)
	do(t, err)
	if other.Len() != 0 {
		t.Errorf("%d vectors of another embedder", other.Len())
	}
	if _, err := k.file.OpenSet("e", keptDim+1, k.texts); err == nil {
		t.Error("vectors of another length were opened")
	}
	do(t, k.file.Drop("f"))
	if _, err := os.Stat(k.file.graphPath("f")); err == nil {
		t.Error("the snapshot of a dropped embedder is there")
	}
}

// TestKilledWriter kills a process that writes snapshots, at random moments:
// what is there afterwards is whole, or none.
func TestKilledWriter(t *testing.T) {
	if path := os.Getenv("COFFRE_SNAPSHOT"); path != "" {
		writeForEver(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "vectors-00.graph")
	rnd := rand.New(rand.NewPCG(45, 45))
	for range 6 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWriter$")
		cmd.Env = append(os.Environ(), "COFFRE_SNAPSHOT="+path)
		do(t, cmd.Start())
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			if left, _ := filepath.Glob(path + "*"); len(left) > 0 {
				break
			}
		}
		time.Sleep(time.Duration(rnd.IntN(20)) * time.Millisecond)
		do(t, cmd.Process.Kill())
		_ = cmd.Wait() // killed
		if _, err := os.Stat(path); err != nil {
			continue
		}
		b, _, err := readSnapshot(path, [32]byte{1}, keptDim)
		if err != nil || b.linked.Load() != 1200 {
			t.Fatalf("a killed writer left a snapshot that is not whole: %v", err)
		}
	}
}

func writeForEver(t *testing.T, path string) {
	rnd := rand.New(rand.NewPCG(46, 46))
	s := small(NewSet(keptDim))
	for o, v := range some(rnd, 1, 1200) {
		do(t, s.Put(o, quantize(t, v)))
	}
	linked(t, s)
	for {
		do(t, s.cur.Load().writeSnapshot(path, [32]byte{1}))
	}
}

// FuzzSnapshot decodes anything, with sums made right so that what they cover is
// reached, and searches in what is taken.
func FuzzSnapshot(f *testing.F) {
	const dim = 8
	rnd := rand.New(rand.NewPCG(47, 47))
	s := small(NewSet(dim))
	for i, v := range clustered(rnd, 520, dim, 5) {
		do(f, s.Put(uint32(i+1), quantize(f, v)))
	}
	linked(f, s)
	path := filepath.Join(f.TempDir(), "graph")
	do(f, s.cur.Load().writeSnapshot(path, [32]byte{1}))
	whole, err := os.ReadFile(path)
	do(f, err)
	q := quantize(f, []float32{1, 2, 3, 4, 5, 6, 7, 8})
	f.Add(uint32(0), []byte(nil), false)
	f.Add(uint32(28), []byte{1, 2}, true)
	f.Add(uint32(headerSize+28*chunkSize+2*32*chunkSize), []byte{255, 0, 0, 0}, true)
	f.Add(uint32(headerSize+24*chunkSize), []byte{5, 0, 0, 0, 0, 0, 0, 0}, true)
	f.Fuzz(func(t *testing.T, at uint32, put []byte, mend bool) {
		data := bytes.Clone(whole)
		copy(data[int(at)%len(data):], put)
		if mend {
			mendSums(data)
		}
		b, _, err := decodeSnapshot(bytes.NewReader(data), int64(len(data)), [32]byte{1}, dim)
		if err != nil {
			return
		}
		texts := map[uint32]Text{}
		for o := range uint32(600) {
			texts[o] = Text{}
		}
		b.hold(texts)
		s := small(NewSet(dim))
		s.cur.Store(b)
		found, _ := s.Nearest(q, 10, Everything())
		if len(found) > 10 || len(found) == 0 && s.Len() > 0 {
			t.Fatalf("%d results of %d", len(found), s.Len())
		}
		s.Nearest(q, 10, permitOf(600, func(o uint32) bool { return o%2 == 0 }))
	})
}

// mendSums makes the sums of a snapshot with one block right.
func mendSums(data []byte) {
	mend := func(b []byte, sum func([]byte) uint32) {
		n := len(b) - 4
		binary.LittleEndian.PutUint32(b[n:], sum(b[:n]))
	}
	mend(data[:headerSize], func(b []byte) uint32 { return crc32.Checksum(b, castagnoli) })
	mend(data[headerSize:], func(b []byte) uint32 { return blockSum(0, b) })
}

func TestGraphNames(t *testing.T) {
	k := newKept(t, filepath.Join(t.TempDir(), "vectors.db"))
	a, b := k.file.graphPath("a"), k.file.graphPath("b")
	if a == b || !strings.HasPrefix(filepath.Base(a), "vectors-") || filepath.Dir(a) != filepath.Dir(k.path) {
		t.Errorf("snapshots are %s and %s", a, b)
	}
}
