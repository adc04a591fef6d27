package chain_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"coffre/chain/chaintest"
)

// TestStrangerOnAttacks lets the independent verifier judge generated chains,
// and the box's own beside it.
func TestStrangerOnAttacks(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3: install it to check exports with the independent verifier")
	}
	cases := uint64(16)
	if testing.Short() {
		cases = 4
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for seed := range cases {
		c := chaintest.Random(seed + 1000)
		key, note := seed&1 != 0, seed&2 != 0 && c.Kept != ""
		args := []string{"-B", "../testdata/audit-verifier/verify.py", write("export", string(c.Export))}
		if key {
			args = append(args, "--key", write("key", c.FirstKey))
		}
		if note {
			args = append(args, "--checkpoint", write("note", c.Kept))
		}
		out, _ := exec.Command(python, args...).Output() // exit 3 is an answer
		var theirs struct{ OK, Authentic bool }
		if err := json.Unmarshal(out, &theirs); err != nil {
			t.Fatalf("%s, seed %d: %q, %v", c.Name, seed, out, err)
		}
		ours := judge(t, c, key, note)
		if theirs.OK == c.Faulty(key, note) || theirs.OK != ours.OK || theirs.Authentic != ours.Authentic {
			t.Errorf("%s, seed %d, key %v, note %v: they say %+v, we say %+v", c.Name, seed, key, note, theirs, ours)
		}
	}
}
