package store

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMakeDirs makes what is missing, again and again; that it is durable is what
// testdata/endure shows.
func TestMakeDirs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b", "c")
	for range 2 {
		if err := makeDirs(dir); err != nil {
			t.Fatal(err)
		}
	}
	for d := dir; filepath.Base(d) != "a"; d = filepath.Dir(d) {
		if st, err := os.Stat(d); err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v %v", d, st, err)
		}
	}
	file := filepath.Join(dir, "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if makeDirs(filepath.Join(file, "d")) == nil {
		t.Error("a directory in a file")
	}
}
