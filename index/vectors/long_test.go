package vectors

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

// long skips what takes an hour, unless COFFRE_LONG is set; n is COFFRE_VECTORS
// or the usual number.
func long(t *testing.T, n int) int {
	t.Helper()
	if os.Getenv("COFFRE_LONG") == "" {
		t.Skip("takes up to an hour and 3 GB: COFFRE_LONG=1 go test -timeout 3h -v -run 'TestMillion|TestLongRecall' ./index/vectors")
	}
	if set, err := strconv.Atoi(os.Getenv("COFFRE_VECTORS")); err == nil {
		return set
	}
	return n
}

// stream draws clustered vectors one by one.
type stream struct {
	rnd     *rand.Rand
	centres [][]float32
}

func newStream(seed uint64, dim, clusters int) *stream {
	rnd := rand.New(rand.NewPCG(seed, seed))
	return &stream{rnd: rnd, centres: clustered(rnd, clusters, dim, clusters)}
}

func (s *stream) next(t testing.TB) Quantized {
	v := make([]float32, len(s.centres[0]))
	for i, x := range s.centres[s.rnd.IntN(len(s.centres))] {
		v[i] = x + 0.7*float32(s.rnd.NormFloat64())
	}
	return quantize(t, v)
}

// resident is the memory of this process that is in use, bytes; 0 where the
// system doesn't say.
func resident() int {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		var kb int
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kb); n == 1 {
			return kb << 10
		}
	}
	return 0
}

// TestMillion embeds nothing, but keeps, links, closes and opens a million
// vectors of 384 components.
func TestMillion(t *testing.T) {
	const dim, step = 384, 20_000
	n := long(t, 1_000_000)
	path := filepath.Join(t.TempDir(), "vectors.db")
	f, err := Open(path, false)
	do(t, err)
	do(t, f.Prepare("e", dim))
	draw := newStream(61, dim, 2000)
	for first := 0; first < n; first += step {
		c, vectors := Change{Texts: map[uint32]Text{}}, map[Key]Quantized{}
		for o := uint32(first + 1); o <= uint32(min(first+step, n)); o++ {
			key := Key(sha256.Sum256(fmt.Append(nil, o)))
			c.Texts[o], vectors[key] = Text{Key: key, Lang: "en"}, draw.next(t)
		}
		do(t, f.Apply(c))
		_, err := f.Put("e", vectors)
		do(t, err)
	}
	texts, err := f.Texts()
	do(t, err)
	began := time.Now()
	s, err := f.OpenSet("e", dim, texts)
	do(t, err)
	s.Settle()
	t.Logf("linked in %v", time.Since(began).Round(time.Second))
	s.Close()
	do(t, f.Close())
	s, texts = nil, nil
	runtime.GC()
	debug.FreeOSMemory()

	began = time.Now()
	f, err = Open(path, false)
	do(t, err)
	defer f.Close()
	texts, err = f.Verify()
	do(t, err)
	s, err = f.OpenSet("e", dim, texts)
	do(t, err)
	t.Logf("opened in %v", time.Since(began).Round(time.Millisecond))
	defer s.Close()
	linked(t, s)
	if s.Len() != n {
		t.Errorf("%d vectors, want %d", s.Len(), n)
	}
	var queries []Quantized
	for range 200 {
		queries = append(queries, draw.next(t))
	}
	recall := recallOf(t, s, queries, 10, Everything())
	runtime.GC()
	t.Logf("recall@10 %.4f, %d MB resident (the mapped file among it)", recall, resident()>>20)
	if recall < 0.97 {
		t.Errorf("recall@10 is %.4f", recall)
	}
	if r := resident(); r > 2_500_000_000 {
		t.Errorf("%d MB resident", r>>20)
	}
}

// TestLongRecall is TestGraphRecall at the sizes of a firm.
func TestLongRecall(t *testing.T) {
	const dim = 384
	n := long(t, 200_000)
	draw := newStream(62, dim, 400)
	s := NewSet(dim)
	defer s.Close()
	for o := range uint32(n) {
		do(t, s.Put(o+1, draw.next(t)))
	}
	linked(t, s)
	var queries []Quantized
	for range 300 {
		queries = append(queries, draw.next(t))
	}
	for name, permit := range map[string]*Permit{
		"everything": Everything(),
		"half":       permitOf(n, func(o uint32) bool { return mixed(o)%2 == 0 }),
		"a fifth":    permitOf(n, func(o uint32) bool { return mixed(o)%5 == 0 }),
		"a tenth":    permitOf(n, func(o uint32) bool { return mixed(o)%10 == 0 }),
	} {
		for _, k := range []int{10, 200} {
			recall := recallOf(t, s, queries, k, permit)
			t.Logf("%s: recall@%d %.4f", name, k, recall)
			if recall < 0.99 && k == 10 {
				t.Errorf("%s: recall@%d is %.4f", name, k, recall)
			}
		}
	}
}
