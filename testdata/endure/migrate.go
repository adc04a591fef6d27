package main

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// recordMigration opens data of an earlier format with today's program.
func recordMigration(program, scratch, archive string) (*scene, error) {
	s := &scene{name: strings.TrimSuffix(filepath.Base(archive), ".tgz"), program: program, rec: newRecord(), book: &book{}, scratch: scratch}
	mount := filepath.Join(scratch, s.name)
	end, err := newDisk(s.rec).mounted(mount)
	if err != nil {
		return nil, fmt.Errorf("mount: %w", err)
	}
	defer end()
	data := filepath.Join(mount, "data")
	if err := unpack(archive, data); err != nil {
		return nil, err
	}
	s.rec.settle()
	s.check = func(dir string, _ int) error { return s.migrates(filepath.Join(dir, "data")) }
	b, err := start(program, data, "")
	if err != nil {
		return nil, err
	}
	return s, b.stop()
}

// migrates: what was interrupted is opened, has what it had, and its chain holds.
func (s *scene) migrates(data string) error {
	b, err := start(s.program, data, "")
	if err != nil {
		return err
	}
	if err := b.stop(); err != nil {
		return err
	}
	for want, args := range map[string][]string{
		`"login":"ada"`: {"user", "list"}, "licorne": {"search", "licorne"}, `"ok":true`: {"audit", "verify"},
	} {
		out, _, err := run(s.program, append(args, "--json", "--data", data)...)
		if err == nil && !strings.Contains(out, want) {
			err = fmt.Errorf("coffre %s: no %s in %s", strings.Join(args, " "), want, out)
		}
		if err != nil {
			return fmt.Errorf("%w\nthe box said: %s", err, b.said.String())
		}
	}
	return nil
}

func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for tr := tar.NewReader(z); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else if err = os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
			var b []byte
			if b, err = io.ReadAll(tr); err == nil {
				err = os.WriteFile(path, b, 0o600)
			}
		}
		if err != nil {
			return err
		}
	}
}

// migrations records n of the archives, the newest formats first.
func (c *cuts) migrations(scratch string, n int) (out []*scene, err error) {
	all, err := filepath.Glob(filepath.Join(c.upgrades, "format-*.tgz"))
	if err != nil || len(all) == 0 {
		return nil, fmt.Errorf("no archives of earlier formats in %s: %v", c.upgrades, err)
	}
	rand.New(rand.NewPCG(c.seed, 3)).Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	for _, archive := range all[:min(n, len(all))] {
		s, err := recordMigration(c.program, scratch, archive)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
