package cli

import (
	"bytes"
	"context"
	"errors"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"coffre/index"
)

// letters is an embedder of tests: a text's vector counts its words.
type letters struct {
	dim   int
	asked int
	err   error
}

func (l *letters) ID() string { return "letters" }
func (l *letters) Dim() int   { return l.dim }

func (l *letters) Embed(_ context.Context, texts []string, _ bool) ([][]float32, error) {
	l.asked += len(texts)
	all := make([][]float32, len(texts))
	for i, text := range texts {
		all[i] = make([]float32, l.dim)
		for w := range strings.FieldsSeq(strings.ToLower(text)) {
			h := fnv.New32a()
			h.Write([]byte(w))
			all[i][int(h.Sum32()%uint32(l.dim))]++
		}
	}
	return all, l.err
}

func evalWith(t *testing.T, e index.Embedder, args ...string) outcome {
	t.Helper()
	return runWith(t, Env{Embedder: func(_ context.Context, name string) (index.Embedder, error) {
		if name != "ollama:letters" {
			t.Errorf("asked for %q", name)
		}
		return e, nil
	}}, append([]string{"eval", filepath.Join("testdata", "tiny"), "--embedder", "ollama:letters"}, args...)...)
}

// TestEvalModes: vectors come once from the embedder, then from the cache.
func TestEvalModes(t *testing.T) {
	dir, e := t.TempDir(), &letters{dim: 300}
	for i, mode := range []string{"vector", "hybrid", "hybrid"} {
		o := evalWith(t, e, "--mode", mode, "--cache", dir)
		o.want(t, ExitDone, "", "")
		f := o.lines(t)[0]
		computed, _ := f["computed"].(float64)
		if f["mode"] != mode || f["embedder"] != "letters" || f["vectors"] != f["passages"] || (computed > 0) != (i == 0) {
			t.Errorf("%s: %v", mode, f)
		}
		if n := f["recall_at_100"].(float64); n != 1 {
			t.Errorf("%s: recall %v", mode, n)
		}
	}
	if f := evalWith(t, e, "--mode", "hybrid").lines(t)[0]; f["ndcg_at_10"].(float64) < 0.9 {
		t.Errorf("without a cache: %v", f)
	}
	evalWith(t, &letters{dim: 300, err: errors.New("nobody there")}, "--mode", "hybrid").want(t, ExitFailed, "", "nobody there")
}

// TestEvalBuiltin runs the product's own embedder.
func TestEvalBuiltin(t *testing.T) {
	o := run(t, nil, "eval", filepath.Join("testdata", "tiny"), "--mode", "hybrid")
	o.want(t, ExitDone, "", "")
	if f := o.lines(t)[0]; f["ndcg_at_10"] != 1.0 || !strings.HasPrefix(f["embedder"].(string), "builtin/") {
		t.Errorf("figures %v", f)
	}
}

func TestCache(t *testing.T) {
	dir, ctx, e := t.TempDir(), context.Background(), &letters{dim: 5}
	fill := func(want int, texts ...string) {
		t.Helper()
		c, err := openCache(dir, e)
		if err != nil {
			t.Fatal(err)
		}
		e.asked = 0
		got, err := c.Embed(ctx, texts, false)
		if err != nil || e.asked != want || c.computed != want {
			t.Errorf("%v: asked %d times, want %d; %v", texts, e.asked, want, err)
		}
		plain, _ := e.Embed(ctx, texts, false)
		if !slices.EqualFunc(got, plain, slices.Equal[[]float32]) {
			t.Errorf("vectors %v, want %v", got, plain)
		}
		if err := c.close(); err != nil {
			t.Error(err)
		}
	}
	fill(2, "one", "two")
	fill(1, "one", "two", "three")
	files, _ := filepath.Glob(filepath.Join(dir, "*.vectors"))
	b, err := os.ReadFile(files[0])
	if err != nil || len(files) != 1 {
		t.Fatal(err, files)
	}
	write := func(b []byte) {
		if err := os.WriteFile(files[0], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(b[:len(b)-3]) // the last record is cut
	fill(1, "one", "two", "three")
	fill(0, "one", "two", "three")
	b[len(b)-2*(32+5*4+4)-7] ^= 1 // the first record is damaged
	write(b)
	fill(1, "one", "two", "three")
	write([]byte("something else"))
	if _, err := openCache(dir, e); err == nil {
		t.Error("another file was taken for a cache")
	}
}

func TestCacheKeepsQuestionsApart(t *testing.T) {
	c, err := openCache(t.TempDir(), &letters{dim: 5})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, query := range []bool{true, false} {
		if _, err := c.Embed(context.Background(), []string{"one"}, query); err != nil {
			t.Fatal(err)
		}
	}
	if c.computed != 2 {
		t.Errorf("%d texts computed, want the question and the passage", c.computed)
	}
}

func FuzzCacheRecord(f *testing.F) {
	f.Add(encodeRecord(cacheKey("one", true), []float32{1, 2}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		key, v, ok := decodeRecord(b)
		if ok && !bytes.Equal(encodeRecord(key, v), b) {
			t.Error("a record doesn't come back")
		}
	})
}

// TestEvalHybrid holds search by both legs above search by words. Vectors of
// the whole collection take a minute; COFFRE_VECTORS names a cache for them.
func TestEvalHybrid(t *testing.T) {
	if testing.Short() {
		t.Skip("embeds a whole collection")
	}
	root := os.Getenv("COFFRE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	vectors := os.Getenv("COFFRE_VECTORS")
	if vectors == "" {
		vectors = t.TempDir()
	}
	for name, gain := range map[string]float64{"cisi": 1.1, "piaf-fr": 1} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(root, "data", "retrieval", name)
			if _, err := os.Stat(dir); err != nil {
				t.Skipf("no %s: set COFFRE_SHARED to the directory that holds data/retrieval", name)
			}
			measure := func(mode string) float64 {
				o := run(t, nil, "eval", dir, "--mode", mode, "--cache", vectors)
				if o.code != ExitDone {
					t.Fatal(o.errout)
				}
				t.Log(o.out)
				return o.lines(t)[0]["ndcg_at_10"].(float64)
			}
			if words, both := measure("bm25"), measure("hybrid"); both < gain*words {
				t.Errorf("nDCG@10 is %.4f with both legs, %.4f with words", both, words)
			}
		})
	}
}
