package chain

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// auditData returns the directory of exports made by an independent
// implementation, or skips.
func auditData(t testing.TB) string {
	t.Helper()
	shared := os.Getenv("COFFRE_SHARED")
	if shared == "" {
		shared = "../../shared"
	}
	dir := filepath.Join(shared, "data", "audit")
	if _, err := os.Stat(filepath.Join(dir, "EXPECTED.tsv")); err != nil {
		t.Skipf("no audit samples: put them at %s or set COFFRE_SHARED to the directory that holds data/audit", dir)
	}
	return dir
}

type auditCase struct{ file, verdict, key, checkpoint string }

func auditCases(t testing.TB, dir string) []auditCase {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "EXPECTED.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []auditCase
	for s := bufio.NewScanner(f); s.Scan(); {
		col := strings.Split(s.Text(), "\t")
		if len(col) < 3 || col[0] == "file" {
			continue
		}
		c := auditCase{file: col[0], verdict: col[1]}
		flags := strings.Fields(col[2])
		for i, flag := range flags {
			switch flag {
			case "--key":
				c.key = flags[i+1]
			case "--checkpoint":
				c.checkpoint = flags[i+1]
			}
		}
		list = append(list, c)
	}
	if len(list) < 25 {
		t.Fatalf("only %d cases in EXPECTED.tsv", len(list))
	}
	return list
}

func readFile(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAuditData(t *testing.T) {
	dir := auditData(t)
	firstKey := string(readFile(t, dir, "first.key"))
	for _, c := range auditCases(t, dir) {
		export := readFile(t, dir, c.file)
		// Each verdict must hold with exactly the flags given, and a key from
		// outside must neither save a bad file nor condemn a good one.
		for _, withKey := range []bool{c.key != "", true} {
			var o VerifyOptions
			if withKey {
				o.FirstKey = firstKey
			}
			if c.checkpoint != "" {
				o.Checkpoints = []string{string(readFile(t, dir, c.checkpoint))}
			}
			r, err := VerifyExport(bytes.NewReader(export), o)
			if err != nil {
				t.Errorf("%s: %v", c.file, err)
				continue
			}
			t.Logf("%-42s key=%-5v ok=%-5v authentic=%-5v entries=%d fault=%d %s: %s",
				c.file, withKey, r.OK, r.Authentic, r.Entries, r.FirstFault, r.Fault, r.Detail)
			if want := c.verdict != "fault"; r.OK != want {
				t.Errorf("%s: ok is %v, expected %s", c.file, r.OK, c.verdict)
			}
			if r.Authentic != (r.OK && withKey) {
				t.Errorf("%s: authentic is %v, ok %v, key given %v", c.file, r.Authentic, r.OK, withKey)
			}
			if r.OK != (r.Fault == "") {
				t.Errorf("%s: ok is %v and fault %q", c.file, r.OK, r.Fault)
			}
		}
	}
}
