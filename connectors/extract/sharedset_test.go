package extract

import (
	"os"
	"path/filepath"
	"testing"
)

// sharedFiles lists the real files of one kind, or skips the test.
func sharedFiles(t testing.TB, kind string) []string {
	t.Helper()
	root := os.Getenv("COFFRE_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	files, _ := filepath.Glob(filepath.Join(root, "data", "office", kind, "*"))
	if len(files) == 0 {
		t.Skipf("no real files in %s: set COFFRE_SHARED to the directory that holds data/office", root)
	}
	return files
}
