package kit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestScripts runs the scripts' own tests under Node, with this binary as the
// verifier that they must agree with. COFFRE_CASES is how many mutated files
// they try (2,000 by default, 200 with -short).
func TestScripts(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node: install Node 20 or newer to test the page's scripts without a browser")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("test/*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests of the scripts: %v", err)
	}
	cmd := exec.Command(node, append([]string{"--test"}, files...)...)
	cmd.Env = append(os.Environ(), "COFFRE_VERIFIER="+self)
	if testing.Short() && os.Getenv("COFFRE_CASES") == "" {
		cmd.Env = append(cmd.Env, "COFFRE_CASES=200")
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "agreed") || strings.HasPrefix(line, "# pass") {
			t.Log(strings.TrimSpace(line))
		}
	}
}
