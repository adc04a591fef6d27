package cli

import (
	"os"
	"path/filepath"
	"testing"
)

func TestEvalTiny(t *testing.T) {
	o := run(t, nil, "eval", filepath.Join("testdata", "tiny"), "--mode", "bm25", "--json")
	o.want(t, ExitDone, "", "")
	f := o.lines(t)[0]
	for name, want := range map[string]any{
		"dataset": "tiny", "mode": "bm25", "documents": 6.0, "queries": 3.0,
		"ndcg_at_10": 1.0, "recall_at_100": 1.0, "mrr_at_10": 1.0,
	} {
		if f[name] != want {
			t.Errorf("%s is %v, want %v", name, f[name], want)
		}
	}
	for _, name := range []string{"index_docs_per_s", "query_p50_ms", "query_p99_ms"} {
		if n, ok := f[name].(float64); !ok || n <= 0 {
			t.Errorf("%s is %v", name, f[name])
		}
	}
}

func TestEvalRefuses(t *testing.T) {
	tiny := filepath.Join("testdata", "tiny")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{tiny, "--mode", "vector", "--embedder", "none"}, ExitUsage, "of no use in this mode"},
		{[]string{tiny, "--mode", "hybrid", "--embedder", "ollama:x", "--lang", "fr"}, ExitUsage, "ne convient pas"},
		{[]string{tiny, "--mode", "hybrid", "--cache", filepath.Join(tiny, "corpus.jsonl")}, ExitFailed, "cannot keep vectors"},
		{[]string{tiny, "--mode", "magic"}, ExitUsage, "no mode “magic”"},
		{[]string{t.TempDir()}, ExitUsage, "does not hold corpus.jsonl"},
		{[]string{filepath.Join("testdata", "broken")}, ExitFailed, "corpus.jsonl: line 2"},
	} {
		run(t, nil, append([]string{"eval"}, c.args...)...).want(t, c.code, "", c.says)
	}
}

// TestEvalShared holds the product's chunker and index to the figures that
// issue 2 asks for.
func TestEvalShared(t *testing.T) {
	if testing.Short() {
		t.Skip("indexes whole collections")
	}
	root := os.Getenv("COFFRE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	for name, least := range map[string]float64{"piaf-fr": 0.79, "cranfield": 0.36} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(root, "data", "retrieval", name)
			if _, err := os.Stat(dir); err != nil {
				t.Skipf("no %s: set COFFRE_SHARED to the directory that holds data/retrieval", name)
			}
			o := run(t, nil, "eval", dir)
			o.want(t, ExitDone, "", "")
			t.Log(o.out)
			if n := o.lines(t)[0]["ndcg_at_10"].(float64); n < least {
				t.Errorf("nDCG@10 is %.4f, want at least %.2f", n, least)
			}
		})
	}
}
