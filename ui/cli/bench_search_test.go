package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffre/connectors/ingestbench"
	"coffre/index/searchbench"
	"coffre/ui/words"
)

// TestBenchIndex: both index and both answer; nothing is left.
func TestBenchIndex(t *testing.T) {
	dir := t.TempDir()
	o := run(t, nil, "bench", "index", "--quick", "--passages", "400", "--dir", dir, "--json")
	o.want(t, ExitDone, `"indexing_ratio"`, "")
	f := o.lines(t)[0]
	for _, name := range []string{"indexed_per_s", "stock_indexed_per_s", "indexing_ratio", "p50_ratio", "disk_mb", "stock_disk_mb", "hits_per_question", "stock_hits_per_question"} {
		if n, _ := f[name].(float64); n <= 0 {
			t.Errorf("no figure of %s: %s", name, o.out)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	var out strings.Builder
	c := &Call{Env: &Env{Stdout: &out}, Lang: words.French}
	if err := c.indexReport(searchbench.WordsFigures{Dir: dir, Passages: 50_000, IndexPS: 9000, StockPS: 6000, IndexRatio: 1.5}); err != nil {
		t.Fatal(err)
	}
	outcome{0, out.String(), ""}.want(t, ExitDone, "1,50", "")
	run(t, nil, "bench", "index", "--passages", "0").want(t, ExitUsage, "", "is not a number")
}

// TestBenchVectors: recall of a set that is compared one by one is whole, with
// and without rights; nothing is left.
func TestBenchVectors(t *testing.T) {
	dir := t.TempDir()
	o := run(t, nil, "bench", "vectors", "--quick", "--vectors", "2000", "--dir", dir, "--json")
	o.want(t, ExitDone, `"recall_at_10"`, "")
	f := o.lines(t)[0]
	for _, name := range []string{"built_per_s", "queries_per_s", "exact_queries_per_s", "ratio", "open_ms", "file_mb"} {
		if n, _ := f[name].(float64); n <= 0 {
			t.Errorf("no figure of %s: %s", name, o.out)
		}
	}
	filtered, _ := f["filtered"].([]any)
	if recall, _ := f["recall_at_10"].(float64); recall < 0.999 || len(filtered) != 8 {
		t.Errorf("recall %v, %d filters: %s", recall, len(filtered), o.out)
	}
	for _, one := range filtered {
		if r := one.(map[string]any); r["recall_at_10"].(float64) < 0.999 || r["permitted"].(float64) < 1 {
			t.Errorf("filtered: %v", r)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	var out strings.Builder
	c := &Call{Env: &Env{Stdout: &out}, Lang: words.French}
	if err := c.vectorsReport(searchbench.VectorsFigures{Dir: dir, Vectors: 50_000, Recall: 0.9975, Filtered: []searchbench.Filtered{{Kind: "topic", Permitted: 250, Recall: 1}}}); err != nil {
		t.Fatal(err)
	}
	outcome{0, out.String(), ""}.want(t, ExitDone, "0,9975", "")
	outcome{0, out.String(), ""}.want(t, ExitDone, "par thèmes", "")
	run(t, nil, "bench", "vectors", "--vectors", "many").want(t, ExitUsage, "", "is not a number")
}

// TestBenchIngest: made-up texts and named files come in and are found; nothing
// is left.
func TestBenchIngest(t *testing.T) {
	dir, own := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"one.md": "# Un\n\nLe préavis est de trois mois.\n", "two.txt": "The notice is three months.\n", "three.pdf": "no pdf at all"} {
		if err := os.WriteFile(filepath.Join(own, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		paths             []string
		documents, failed float64
	}{{nil, 3, 0}, {[]string{own}, 3, 1}} {
		o := run(t, nil, append([]string{"bench", "ingest", "--quick", "--documents", "3", "--dir", dir, "--json"}, c.paths...)...)
		o.want(t, ExitDone, `"ratio_to_copy"`, "")
		f := o.lines(t)[0]
		for _, name := range []string{"documents_per_s", "received_per_s", "copied_per_s", "passages", "bytes", "one_ms"} {
			if n, _ := f[name].(float64); n <= 0 {
				t.Errorf("%v: no figure of %s: %s", c.paths, name, o.out)
			}
		}
		if f["documents"] != c.documents || f["failed"] != c.failed {
			t.Errorf("%v: %s", c.paths, o.out)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	var out strings.Builder
	c := &Call{Env: &Env{Stdout: &out}, Lang: words.French}
	if err := c.ingestFigures(ingestbench.Figures{Dir: dir, Documents: 1200, DocumentsPS: 12.5}); err != nil {
		t.Fatal(err)
	}
	outcome{0, out.String(), ""}.want(t, ExitDone, "1\u202f200 documents", "")
	run(t, nil, "bench", "ingest", t.TempDir()).want(t, ExitUsage, "", "holds no file")
}
