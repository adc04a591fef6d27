package cli

import (
	"os"
	"strings"
	"testing"

	"coffre/store/chainbench"
	"coffre/ui/words"
)

// TestBenchChain: the figures of a tiny run, in both forms; nothing is left.
func TestBenchChain(t *testing.T) {
	dir := t.TempDir()
	o := run(t, nil, "bench", "chain", "--quick", "--entries", "500", "--dir", dir, "--json")
	o.want(t, ExitDone, `"fsync_ms"`, "fsync…")
	f := o.lines(t)[0]
	for _, name := range []string{"append", "verify", "prove", "memory"} {
		if list, _ := f[name].([]any); len(list) == 0 {
			t.Errorf("no figures of %s: %s", name, o.out)
		}
	}
	var out strings.Builder
	c := &Call{Env: &Env{Stdout: &out}, Lang: words.French}
	if err := c.benchReport(chainbench.Figures{Dir: dir, FsyncMS: 1.5, Append: []chainbench.Append{{Writers: 8, EntriesPS: 12345, Ratio: 0.81}},
		Verify: []chainbench.Verify{{Cores: 2}}, Prove: []chainbench.Prove{{Entries: 7}}, Memory: []chainbench.Memory{{Entries: 7}}}); err != nil {
		t.Fatal(err)
	}
	outcome{0, out.String(), ""}.want(t, ExitDone, "12\u202f345", "")
	outcome{0, out.String(), ""}.want(t, ExitDone, "un fsync\u00a0: 1,50 ms", "")
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	run(t, nil, "bench", "chain", "--entries", "none").want(t, ExitUsage, "", "is not a number")
	run(t, nil, "bench", "chain", "--dir", dir+"/no").want(t, ExitUsage, "", "is not a directory")
	run(t, nil, "bench", "nothing").want(t, ExitUsage, "", "bench chain")
}
