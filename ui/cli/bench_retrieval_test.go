package cli

import (
	"os"
	"strings"
	"testing"

	"coffre/index/searchbench"
	"coffre/ui/words"
)

// TestBenchRetrieval: the figures of a tiny run, in both forms; nothing is left.
func TestBenchRetrieval(t *testing.T) {
	dir := t.TempDir()
	o := run(t, nil, "bench", "retrieval", "--quick", "--passages", "120", "--dir", dir, "--json")
	o.want(t, ExitDone, `"open_ms"`, "120")
	f := o.lines(t)[0]
	for _, name := range []string{"indexed_per_s", "first_query_ms", "words_mb", "vectors_mb", "hits_per_question"} {
		if n, _ := f[name].(float64); n <= 0 {
			t.Errorf("no figure of %s: %s", name, o.out)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	var out strings.Builder
	c := &Call{Env: &Env{Stdout: &out}, Lang: words.French}
	if err := c.retrievalReport(searchbench.Figures{Dir: dir, Passages: 200_000, OpenMS: 412, Both: searchbench.Asked{P50: 12.5, P99: 30}}); err != nil {
		t.Fatal(err)
	}
	report := outcome{0, out.String(), ""}
	report.want(t, ExitDone, "200\u202f000 passages", "")
	report.want(t, ExitDone, "12,5", "")
	if strings.Count(out.String(), "manqué") != 1 || strings.Count(out.String(), "tenu") != 5 {
		t.Errorf("one target is missed, five are met:\n%s", out.String())
	}
	run(t, nil, "bench", "retrieval", "--passages", "none").want(t, ExitUsage, "", "is not a number")
	run(t, nil, "bench", "retrieval", "--dir", dir+"/no").want(t, ExitUsage, "", "is not a directory")
}
