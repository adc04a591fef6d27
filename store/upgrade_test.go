package store

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// unpack lays an archive of testdata/upgrade out as a data directory.
func unpack(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "testdata", "upgrade", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for tr := tar.NewReader(z); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else {
			var b []byte
			if b, err = io.ReadAll(tr); err == nil {
				err = os.WriteFile(path, b, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// formatOf reads the format of a database that nobody has opened yet.
func formatOf(t *testing.T, path string) int {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var f Facts
	if err := db.View(func(tx *bolt.Tx) (err error) { f, err = readFacts(tx); return err }); err != nil {
		t.Fatal(err)
	}
	return f.Format
}

// keptFacts: the person, the document and the question of an archive are there.
func keptFacts(t *testing.T, v *View, login string) {
	t.Helper()
	people, err := v.Users()
	if err != nil || len(people) != 1 || people[0].Login != login || people[0].Role != Admin {
		t.Errorf("people %+v, %v", people, err)
	}
	docs, _, err := v.Documents(Operator("test"), DocumentFilter{Limit: 10})
	if err != nil || len(docs) != 1 || docs[0].Latest().Status != Ready {
		t.Errorf("documents %+v, %v", docs, err)
	}
}

// TestUpgrade: data of every earlier format opens, holds what it held, and its
// chain goes on.
func TestUpgrade(t *testing.T) {
	for _, c := range []struct {
		file, tenant, login, word, in string
		format                        int
		least                         uint64
	}{
		{"format-1.tgz", "ancienne-sarl", "ada", "licorne", "a.txt", 1, 8},
		{"format-2.tgz", "ancienne-sarl", "ada", "licorne", "a.txt", 2, 8},
		{"format-3.tgz", "ancienne-sarl", "ada", "licorne", "a.txt", 3, 8},
		{"format-4.tgz", "ancienne-sarl", "ada", "licorne", "a.txt", 4, 8},
		{"format-5.tgz", "ancienne-sarl", "ada", "licorne", "a.txt", 5, 8},
		{"format-6.tgz", "ancienne-sarl", "ada", "licorne", "a.txt", 6, 8},
		{"format-7.tgz", "ancienne-sarl", "ada", "licorne", "a.txt", 7, 8},
	} {
		t.Run(c.file, func(t *testing.T) {
			dir := unpack(t, c.file)
			if got := formatOf(t, filepath.Join(dir, "tenants", c.tenant, "store.db")); got != c.format {
				t.Fatalf("the archive is of format %d", got)
			}
			r := newRoot(t, dir, nil)
			defer r.Close()
			tn, release, err := r.Acquire(c.tenant)
			if err != nil {
				t.Fatal(err)
			}
			defer release()
			if err := tn.Check(); err != nil {
				t.Errorf("invariants: %v", err)
			}
			seq, _ := tn.Head()
			if seq < c.least {
				t.Errorf("%d entries, want %d", seq, c.least)
			}
			err = tn.View(func(v *View) error {
				facts, err := v.Facts()
				if err != nil {
					return err
				}
				if facts.Format != Format {
					t.Errorf("format %d after opening", facts.Format)
				}
				keptFacts(t, v, c.login)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			got, err := tn.Search(ctx, Operator("test"), SearchQuery{Text: c.word})
			if err != nil || len(got.Hits) != 1 || !strings.HasSuffix(got.Hits[0].Name, c.in) {
				t.Errorf("found %+v, %v", got.Hits, err)
			}
			rep, err := tn.Verify(ctx, System("test"), VerifyRequest{}, "")
			if err != nil || !rep.OK {
				t.Errorf("verify: %+v %v", rep, err)
			}
		})
	}
}
