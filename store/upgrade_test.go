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

// TestUpgrade: data of every earlier format opens, holds what it held, and its
// chain goes on.
func TestUpgrade(t *testing.T) {
	for _, c := range []struct {
		file, tenant, login, word, in string
		least                         uint64
	}{
		{"format-1.tgz", "ancienne-sarl", "ada", "licorne", "a.txt", 8},
	} {
		t.Run(c.file, func(t *testing.T) {
			r := newRoot(t, unpack(t, c.file), nil)
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
				_, err = v.UserByLogin(c.login)
				return err
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
