package update

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
	"coffre/vault/release"
)

// testKey is a key of these tests alone.
var testKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

func knownKeys() string { return release.FormatPublic(testKey.Public().(ed25519.PublicKey)) }

// TestMain makes this test the programs that are updated: "__verify" as the box's
// verifier, "__perform" as a box that starts, killed at a step.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "__verify":
			os.Exit(store.VerifyChildMain(os.Stdin, os.Stdout))
		case TryArg:
			os.Exit(TryMain(os.Args[2:], "2.0.0", os.Stdout, os.Stderr))
		case "__perform":
			os.Exit(performUntilKilled(os.Args[2], os.Args[3]))
		}
	}
	os.Exit(m.Run())
}

func performUntilKilled(data, step string) int {
	die := func() {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	if d, err := time.ParseDuration(step); err == nil {
		time.AfterFunc(d, die)
	}
	killPoint = func(s string) {
		if s == step {
			die()
		}
	}
	if err := Open(data, "1.0.0", knownKeys()).Perform(context.Background(), time.Minute); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// madeBox is a box with a firm and an entry.
func madeBox(t *testing.T) (data string, b *Box) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	root, err := store.OpenRoot(data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := root.CreateTenant(context.Background(), store.System("setup"), store.NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	if err := root.Close(); err != nil {
		t.Fatal(err)
	}
	return data, Open(data, "1.0.0", knownKeys())
}

// released is a release file of version 2.0.0 whose program is at path.
func released(t *testing.T, path string, edit func(*release.Manifest)) []byte {
	t.Helper()
	m := release.Manifest{Version: "2.0.0", Date: time.Now(), Format: store.Format, Oldest: 1}
	if edit != nil {
		edit(&m)
	}
	var out bytes.Buffer
	if err := release.Write(&out, m, []release.Source{{OS: runtime.GOOS, Arch: runtime.GOARCH, Path: path}}, t.TempDir(), testKey); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// script is a program of a few lines.
func script(t *testing.T, lines string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+lines+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// asked stages a program and asks for its installation, entered as the box does.
func asked(t *testing.T, data string, b *Box, path string) {
	t.Helper()
	if _, err := b.Stage(t.Context(), bytes.NewReader(released(t, path, nil))); err != nil {
		t.Fatal(err)
	}
	root := opened(t, data)
	defer root.Close()
	if err := EachChain(root, func(one *store.Tenant) error {
		return one.BeginUpdate(t.Context(), store.CLI("x"), "", store.UpdateRecord{ID: "u1", From: "1.0.0", To: "2.0.0", Format: store.Format})
	}); err != nil {
		t.Fatal(err)
	}
	if err := b.Ask("u1", nil); err != nil {
		t.Fatal(err)
	}
}

func opened(t *testing.T, data string) *store.Root {
	t.Helper()
	root, err := store.OpenRoot(data, store.Options{LockTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// entered is what each chain says of the update, after Enter.
func entered(t *testing.T, data string, b *Box) (out []string) {
	t.Helper()
	root := opened(t, data)
	defer root.Close()
	for range 2 { // a second start enters nothing again
		b.Enter(t.Context(), root, slog.New(slog.DiscardHandler))
	}
	if err := EachChain(root, func(one *store.Tenant) error {
		return one.View(func(v *store.View) error {
			all, err := v.Updates()
			for _, r := range all {
				out = append(out, one.ID+" "+r.State+" "+r.Code)
			}
			n := 0
			last, _, jerr := v.Journal(store.JournalFilter{Class: chain.UpdateEnd, Limit: 10})
			for _, e := range last {
				if e.Action == chain.UpdateEnd {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s: %d entries %s", one.ID, n, chain.UpdateEnd)
			}
			return errors.Join(err, jerr)
		})
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// holds verifies both chains.
func holds(t *testing.T, data string) {
	t.Helper()
	for id, path := range map[string]string{"box": filepath.Join(data, "box.db"), "acme": store.TenantDB(data, "acme")} {
		rep, err := store.VerifyDatabase(t.Context(), store.VerifyRequest{Path: path, Tenant: id})
		if err != nil || rep.Fault != "" {
			t.Errorf("%s: %v %+v", id, err, rep)
		}
	}
}

func tidied(t *testing.T, data string, programs ...string) {
	t.Helper()
	for _, name := range []string{"before", "failed"} {
		if _, err := os.Stat(filepath.Join(data, "updates", name)); err == nil {
			t.Errorf("%s stays", name)
		}
	}
	all, _ := os.ReadDir(filepath.Join(data, "updates", "programs"))
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	if !slices.Equal(names, programs) {
		t.Errorf("programs %q, want %q", names, programs)
	}
}

// fits is a program of a few bytes that leads to this test's own trial.
func fits(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return script(t, `exec "`+path+`" "$@"`)
}

func TestUpdate(t *testing.T) {
	data, b := madeBox(t)
	asked(t, data, b, fits(t))
	if err := b.Perform(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	st, err := b.State()
	if err != nil || st.Current != "2.0.0" || st.Phase != "" || st.Last == nil || !st.Last.Done {
		t.Errorf("%+v %+v %v", st, st.Last, err)
	}
	tidied(t, data, "2.0.0")
	if got := entered(t, data, b); !slices.Equal(got, []string{"box done ", "acme done "}) {
		t.Errorf("entered %q", got)
	}
	holds(t, data)
	if err := b.whole("2.0.0"); err != nil {
		t.Error(err)
	}
	// Another program in its place is not run.
	path := b.program("2.0.0")
	os.Chmod(path, 0o700)
	if err := os.WriteFile(path, []byte("#!/bin/sh\nexit 0\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := b.Follow(t.Context(), false); store.AsError(err).Code != "update-program" {
		t.Errorf("a damaged program: %v", err)
	}
}

// TestWayBack: whatever a new program does to the data, they come back.
func TestWayBack(t *testing.T) {
	for name, c := range map[string]struct{ program, code string }{
		"fails":           {"exit 1", "crashed"},
		"says nothing":    {"exit 0", "crashed"},
		"removes all":     {`rm -rf "$2"/tenants "$2"/box.db "$2"/keys; echo more > "$2"/more; exit 1`, "crashed"},
		"wrong version":   {`echo '{"ok":true,"version":"9.9.9"}'`, "version"},
		"ill":             {`echo '{"ok":true,"version":"2.0.0","bad":["index"]}'`, "health"},
		"refuses":         {`echo '{"ok":false,"version":"2.0.0","code":"chain"}'; exit 1`, "chain"},
		"an unknown code": {`echo '{"ok":false,"version":"2.0.0","code":"<b>"}'; exit 1`, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			data, b := madeBox(t)
			asked(t, data, b, script(t, c.program))
			if err := b.Perform(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			st, _ := b.State()
			if st.Current != "" || st.Phase != "" || st.Last == nil || st.Last.Done || st.Last.Code != c.code {
				t.Errorf("%+v %+v", st, st.Last)
			}
			tidied(t, data)
			if _, err := os.Stat(filepath.Join(data, "more")); err == nil {
				t.Error("what the new program made stays")
			}
			if got := entered(t, data, b); !slices.Equal(got, []string{"box undone " + c.code, "acme undone " + c.code}) {
				t.Errorf("entered %q", got)
			}
			holds(t, data)
		})
	}
}

func TestTooSlow(t *testing.T) {
	data, b := madeBox(t)
	asked(t, data, b, script(t, "exec sleep 600"))
	was := tryLimit
	tryLimit = func(int64) time.Duration { return 300 * time.Millisecond }
	defer func() { tryLimit = was }()
	if err := b.Perform(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if st, _ := b.State(); st.Last == nil || st.Last.Code != "slow" {
		t.Errorf("%+v", st.Last)
	}
	holds(t, data)
}

// TestKilled kills the update at each of its steps, and at random moments, with a
// program that fits and one that spoils the data: the next start ends it, and the
// data are the new program's or as they were.
func TestKilled(t *testing.T) {
	steps := []string{"copying", "copied", "trying", "tried", "back", "returned", "settled"}
	for range 4 {
		steps = append(steps, fmt.Sprint(time.Duration(rand.Int64N(int64(time.Second)))))
	}
	for _, good := range []bool{true, false} {
		for _, step := range steps {
			t.Run(fmt.Sprint(good, " ", step), func(t *testing.T) {
				data, b := madeBox(t)
				program := fits(t)
				if !good {
					program = script(t, `rm -rf "$2"/tenants "$2"/box.db; exit 1`)
				}
				asked(t, data, b, program)
				for range 1 + rand.IntN(2) {
					exec.Command(os.Args[0], "__perform", data, step).Run()
				}
				if out, err := exec.Command(os.Args[0], "__perform", data, "").CombinedOutput(); err != nil {
					t.Fatalf("%v %s", err, out)
				}
				st, err := b.State()
				if err != nil || st.Phase != "" || st.Last == nil || st.Last.Done && !good {
					t.Fatalf("%+v %+v %v", st, st.Last, err)
				}
				if st.Last.Done {
					tidied(t, data, "2.0.0")
				} else {
					tidied(t, data)
				}
				entered(t, data, b)
				holds(t, data)
			})
		}
	}
}

// TestBegunAndNothing: a kill between the entry and the state file leaves an update
// that began in some chains and nothing else; the next start ends it where it stands.
func TestBegunAndNothing(t *testing.T) {
	data, b := madeBox(t)
	if _, err := b.Stage(t.Context(), bytes.NewReader(released(t, fits(t), nil))); err != nil {
		t.Fatal(err)
	}
	root := opened(t, data)
	err := EachChain(root, func(one *store.Tenant) error {
		return one.BeginUpdate(t.Context(), store.CLI("x"), "", store.UpdateRecord{ID: "u1", From: "1.0.0", To: "2.0.0", Format: store.Format})
	})
	if err := errors.Join(err, root.Close()); err != nil {
		t.Fatal(err)
	}
	if got := entered(t, data, b); !slices.Equal(got, []string{"box undone cut", "acme undone cut"}) {
		t.Errorf("%q", got)
	}
	st, err := b.State()
	if err != nil || st.Phase != Staged || st.Last != nil {
		t.Errorf("%+v %v", st, err)
	}
}

func TestRefused(t *testing.T) {
	data, b := madeBox(t)
	program := fits(t)
	good := released(t, program, nil)
	stage := func(b *Box, file []byte) string {
		t.Helper()
		_, err := b.Stage(t.Context(), bytes.NewReader(file))
		return store.AsError(err).Code
	}
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
	for name, c := range map[string]struct {
		box  *Box
		file []byte
		code string
	}{
		"another key":    {Open(data, "1.0.0", release.FormatPublic(other.Public().(ed25519.PublicKey))), good, "update-signature"},
		"no keys":        {Open(data, "1.0.0", ""), good, "update-no-keys"},
		"same":           {Open(data, "2.0.0", knownKeys()), good, "update-same"},
		"older":          {Open(data, "2.0.1", knownKeys()), good, "update-older"},
		"older format":   {b, released(t, program, func(m *release.Manifest) { m.Format = store.Format - 1 }), "update-older"},
		"too far":        {b, released(t, program, func(m *release.Manifest) { m.Format, m.Oldest = store.Format+3, store.Format+1 }), "update-gap"},
		"cut":            {b, good[:len(good)-10], "update-cut"},
		"changed":        {b, append(bytes.Clone(good[:len(good)-10]), "0123456789"...), "update-damaged"},
		"something else": {b, []byte("PK\x03\x04"), "update-other"},
		"empty":          {b, nil, "update-other"},
	} {
		if got := stage(c.box, c.file); got != c.code {
			t.Errorf("%s: %s, want %s", name, got, c.code)
		}
	}
	tidied(t, data)
	if st, _ := b.State(); st.Phase != "" || st.Waiting != nil {
		t.Errorf("%+v", st)
	}
	var out bytes.Buffer
	m := release.Manifest{Version: "2.0.0", Format: store.Format, Oldest: 1}
	if err := release.Write(&out, m, []release.Source{{OS: "plan9", Arch: "mips", Path: program}}, t.TempDir(), testKey); err != nil {
		t.Fatal(err)
	}
	if stage(b, out.Bytes()) != "update-platform" {
		t.Error("a program for another machine")
	}
}

// TestOneAtATime: while a file is read, nothing else begins.
func TestOneAtATime(t *testing.T) {
	_, b := madeBox(t)
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := b.Stage(context.Background(), r)
		done <- err
	}()
	w.Write([]byte("coffre release 1\n"))
	if _, err := b.Stage(t.Context(), strings.NewReader("")); store.AsError(err).Code != "update-busy" {
		t.Errorf("a second file: %v", err)
	}
	if err := b.Drop(); store.AsError(err).Code != "update-busy" {
		t.Errorf("dropped meanwhile: %v", err)
	}
	w.Close()
	if err := <-done; store.AsError(err).Code != "update-cut" {
		t.Errorf("the first: %v", err)
	}
}

// TestNobodyElsesData: while a box has the directory, nothing is touched, and a
// command that doesn't wait goes on.
func TestNobodyElsesData(t *testing.T) {
	data, b := madeBox(t)
	asked(t, data, b, fits(t))
	root := opened(t, data)
	if err := b.Perform(t.Context(), 0); store.AsError(err).Code != "in-use" {
		t.Errorf("%v", err)
	}
	if err := b.Follow(t.Context(), false); err != nil {
		t.Errorf("a command beside the box: %v", err)
	}
	if st, _ := b.State(); st.Phase != Asked {
		t.Errorf("phase %q", st.Phase)
	}
	root.Close()
}
