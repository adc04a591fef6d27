// Command release makes release files and the keys that sign them. It belongs to
// whoever publishes coffre; no user needs it. A private key is a file that never
// comes near the tree.
//
//	go run .ci/release/release.go key --out KEY
//	go run .ci/release/release.go make --version 1.2.0 --fr NOTES --en NOTES --key KEY [--key NEXT] --out coffre-1.2.0.coffre
//
// make builds each platform with the version, the commit and the public keys linked in, unless
// --program OS/ARCH=PATH gives what was built elsewhere. Programs know the keys of
// every --key and those of --knows PUBLIC: a key is changed by signing with both
// until nobody runs a program that knows the old one alone.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"coffre/store"
	"coffre/vault/release"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("key or make")
	}
	switch args[0] {
	case "key":
		return makeKey(args[1:])
	case "make":
		return makeRelease(args[1:])
	}
	return errors.New("key or make")
}

// makeKey writes a private key and prints the public one.
func makeKey(args []string) error {
	f := flag.NewFlagSet("key", flag.ContinueOnError)
	out := f.String("out", "", "file for the private key, which must not exist")
	if err := f.Parse(args); err != nil {
		return err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	file, err := os.OpenFile(*out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create key file: %w", err)
	}
	_, err = fmt.Fprintln(file, release.FormatPrivate(private))
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	fmt.Println(release.FormatPublic(public))
	return nil
}

type many []string

func (m *many) String() string     { return strings.Join(*m, " ") }
func (m *many) Set(s string) error { *m = append(*m, s); return nil }

type order struct {
	version, fr, en, out, platforms, overlay string
	format, oldest                           int
	keys, knows, programs                    many
}

func makeRelease(args []string) error {
	var o order
	f := flag.NewFlagSet("make", flag.ContinueOnError)
	f.StringVar(&o.version, "version", "", "version, without a v")
	f.StringVar(&o.fr, "fr", "", "file of what is new, in French")
	f.StringVar(&o.en, "en", "", "file of what is new, in English")
	f.StringVar(&o.out, "out", "", "release file to write")
	f.StringVar(&o.platforms, "platforms", "linux/amd64,linux/arm64,darwin/arm64,darwin/amd64", "platforms to build")
	f.StringVar(&o.overlay, "overlay", "", "go build -overlay, for tests")
	f.IntVar(&o.format, "format", store.Format, "store format that it writes")
	f.IntVar(&o.oldest, "oldest", 1, "oldest store format that it leads there")
	f.Var(&o.keys, "key", "file of a private key; repeatable")
	f.Var(&o.knows, "knows", "public key that the programs know besides; repeatable")
	f.Var(&o.programs, "program", "OS/ARCH=PATH, built already; repeatable, then nothing is built")
	if err := f.Parse(args); err != nil {
		return err
	}
	return o.make()
}

func (o order) make() error {
	m := release.Manifest{Version: o.version, Date: time.Now().UTC().Truncate(time.Second), Format: o.format, Oldest: o.oldest}
	for path, to := range map[string]*string{o.fr: &m.Notes.FR, o.en: &m.Notes.EN} {
		b, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read notes: %w", err)
		}
		*to = strings.TrimSpace(string(b))
	}
	var private []ed25519.PrivateKey
	public := o.knows
	for _, path := range o.keys {
		b, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read key: %w", err)
		}
		k, err := release.ParsePrivate(string(b))
		if err != nil {
			return err
		}
		private, public = append(private, k), append(public, release.FormatPublic(k.Public().(ed25519.PublicKey)))
	}
	scratch, err := os.MkdirTemp("", "coffre-release-")
	if err != nil {
		return fmt.Errorf("create directory: %w", err)
	}
	defer os.RemoveAll(scratch)
	sources, err := o.sources(scratch, public)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(o.out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("create release: %w", err)
	}
	return errors.Join(release.Write(out, m, sources, scratch, private...), out.Close())
}

func (o order) sources(scratch string, public []string) (all []release.Source, err error) {
	for _, p := range o.programs {
		platform, path, ok := strings.Cut(p, "=")
		goos, arch, ok2 := strings.Cut(platform, "/")
		if !ok || !ok2 {
			return nil, fmt.Errorf("%q is not OS/ARCH=PATH", p)
		}
		all = append(all, release.Source{OS: goos, Arch: arch, Path: path})
	}
	if len(all) > 0 {
		return all, nil
	}
	for platform := range strings.SplitSeq(o.platforms, ",") {
		goos, arch, _ := strings.Cut(platform, "/")
		path := filepath.Join(scratch, goos+"-"+arch)
		args := []string{"build", "-trimpath", "-buildvcs=auto", "-ldflags", "-s -w -X main.version=" + o.version + " -X main.releaseKeys=" + strings.Join(public, ","), "-o", path}
		if o.overlay != "" {
			args = append(args, "-overlay", o.overlay)
		}
		cmd := exec.Command("go", append(args, ".")...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+arch)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("build %s: %w", platform, err)
		}
		all = append(all, release.Source{OS: goos, Arch: arch, Path: path})
	}
	return all, nil
}
