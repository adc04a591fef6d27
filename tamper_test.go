package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// seedBox makes a firm's box with documents, questions and an export of its
// chain, and leaves it closed.
func seedBox(t *testing.T) (b *firmBox, export []byte) {
	t.Helper()
	b = newBox(t)
	var paths []string
	for _, name := range []string{
		"note-conges-2026.md", "tarifs-2026.csv", "consignes-incendie.txt", "charte-teletravail.pdf",
		"pv-codir-2026-01.docx", "livret-accueil.html", "uk-staff-handbook.html", "support-playbook.md",
	} {
		paths = append(paths, filepath.Join("testdata", "demo", "documents", name))
	}
	run := func(args ...string) {
		if o := command(t, append(args, "--data", b.dir)...); o.code != 0 {
			t.Fatalf("%v: %+v", args, o)
		}
	}
	run(append([]string{"ingest"}, paths...)...)
	run("ask", "Combien de jours de télétravail par semaine ?")
	run("ask", "What must be done in case of fire?")
	for i := range 5 {
		run("settings", "set", fmt.Sprintf("llm.num_ctx=%d", 4096+i))
	}
	out := filepath.Join(t.TempDir(), "export.ndjson")
	run("audit", "export", "--out", out)
	export, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b, export
}

// copyBox copies a data directory so that it can be damaged.
func copyBox(t *testing.T, b *firmBox) *firmBox {
	t.Helper()
	c := *b
	c.dir = filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(c.dir, os.DirFS(b.dir)); err != nil {
		t.Fatal(err)
	}
	// CopyFS keeps no modes, and an identity that others may read is not used.
	if err := os.Chmod(store.MasterPath(c.dir), 0o600); err != nil {
		t.Fatal(err)
	}
	return &c
}

// bounded runs coffre and kills it when it does not end by itself.
func bounded(t *testing.T, limit time.Duration, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := coffre(t, args...)
	cmd = exec.CommandContext(ctx, cmd.Path, args...)
	cmd.Env = append(os.Environ(), "LANG=en_GB.UTF-8")
	var out, errout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errout
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	o := outcome{cmd.ProcessState.ExitCode(), out.String(), errout.String()}
	switch {
	case ctx.Err() != nil:
		t.Errorf("coffre %s does not end\n%s", strings.Join(args, " "), o.errout)
	case o.code < 0, strings.Contains(o.errout, "goroutine "), strings.Contains(o.errout, "panic:"), strings.Contains(o.errout, "fatal error"):
		t.Errorf("coffre %s: exit %d\n%s", strings.Join(args, " "), o.code, o.errout)
	}
	return o
}

// verdictOf runs `audit verify` on a box that may be damaged: whatever is
// wrong with it, there is a verdict.
func verdictOf(t *testing.T, b *firmBox, more ...string) (v chain.Report, code int) {
	t.Helper()
	o := bounded(t, 3*time.Minute, append([]string{"audit", "verify", "--json", "--data", b.dir}, more...)...)
	if o.code != 0 && o.code != 3 {
		t.Errorf("audit verify: exit %d\n%s%s", o.code, o.out, o.errout)
		return v, o.code
	}
	if err := json.Unmarshal([]byte(o.out), &v); err != nil {
		t.Errorf("audit verify prints %q, %q: %v", o.out, o.errout, err)
	}
	if v.OK != (o.code == 0) || v.OK != (v.Fault == "") {
		t.Errorf("exit %d with the verdict %s", o.code, o.out)
	}
	return v, o.code
}

// TestChangedPayload: one byte of a live payload is another, and the verdict
// names its entry.
func TestChangedPayload(t *testing.T) {
	b, export := seedBox(t)
	entries := payloads(t, export)
	random := seeded(t)
	for _, i := range random.Perm(len(entries))[:6] {
		seq := entries[i].Seq
		raw, err := entries[i].Canonical()
		if err != nil {
			t.Fatal(err)
		}
		c := copyBox(t, b)
		db, err := os.ReadFile(c.storeDB())
		if err != nil {
			t.Fatal(err)
		}
		// bbolt leaves older copies in free pages: the one that is live is among them.
		at, n := random.IntN(len(raw)), 0
		for from := 0; ; n++ {
			k := bytes.Index(db[from:], raw)
			if k < 0 {
				break
			}
			db[from+k+at] ^= 1 << random.IntN(8)
			from += k + len(raw)
		}
		if n == 0 {
			t.Fatalf("entry %d is not in the file", seq)
		}
		if err := os.WriteFile(c.storeDB(), db, 0o600); err != nil {
			t.Fatal(err)
		}
		if v, code := verdictOf(t, c); code != 3 || v.FirstFault != seq {
			t.Errorf("byte %d of entry %d changed: exit %d, %+v", at, seq, code, v)
		}
		o := bounded(t, time.Minute, "audit", "verify", "--data", c.dir, "--lang", "fr")
		if said := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(o.out); o.code != 3 || !strings.Contains(said, fmt.Sprintf("entrée %d", seq)) {
			t.Errorf("entry %d, in words: %+v", seq, o)
		}
	}
}

// TestFlips flips one bit anywhere in the file, many times: there is always a
// verdict, and it is good only where the chain is what it was. No command that
// opens such a box crashes or hangs.
func TestFlips(t *testing.T) {
	flips := count(t, "COFFRE_FLIPS", 60)
	b, export := seedBox(t)
	random := seeded(t)
	faults, sound, refused := map[string]int{}, 0, 0
	for i := range flips {
		c := copyBox(t, b)
		db, err := os.ReadFile(c.storeDB())
		if err != nil {
			t.Fatal(err)
		}
		at, bit := random.IntN(len(db)), random.IntN(8)
		if i%2 == 1 { // where a page says what it holds, bbolt trusts every bit
			at = at/4096*4096 + at%256
		}
		db[at] ^= 1 << bit
		if err := os.WriteFile(c.storeDB(), db, 0o600); err != nil {
			t.Fatal(err)
		}
		v, code := verdictOf(t, c)
		faults[v.Fault]++
		if code == 0 {
			sound++
			checkSameEntries(t, c, export)
		}
		if err := os.WriteFile(c.storeDB(), db, 0o600); err != nil { // what verified it has written to it
			t.Fatal(err)
		}
		o := bounded(t, time.Minute, "search", "télétravail", "--json", "--data", c.dir)
		switch o.code {
		case 0:
		case 1, 3, 4:
			refused++
			if !strings.Contains(o.errout, "coffre: ") {
				t.Errorf("search: exit %d without a sentence: %s", o.code, o.errout)
			}
		default:
			t.Errorf("search: exit %d: %s", o.code, o.errout)
		}
		if t.Failed() {
			t.Fatalf("flip %d of %d: bit %d of byte %d (page %d) of %d", i+1, flips, bit, at, at/4096, len(db))
		}
		os.RemoveAll(c.dir)
	}
	t.Logf("%d flips: %d sound, verdicts %v; search refused %d", flips, sound, faults, refused)
}

// checkSameEntries: what can be exported now begins with what could be exported
// before the flip, byte for byte.
func checkSameEntries(t *testing.T, b *firmBox, before []byte) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "export.ndjson")
	if o := bounded(t, time.Minute, "audit", "export", "--out", out, "--data", b.dir); o.code != 0 {
		t.Errorf("a sound chain can't be exported: %+v", o)
		return
	}
	after, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	was, is := entryLines(before), entryLines(after)
	if len(is) < len(was) || !slices.Equal(is[:len(was)], was) {
		t.Error("the chain is another, and its verdict was good")
	}
}

// entryLines are the lines of an export between its header and its end.
func entryLines(export []byte) (out []string) {
	for line := range bytes.Lines(export) {
		if bytes.Contains(line, []byte(`"payload":`)) {
			out = append(out, string(line))
		}
	}
	return out
}

// TestDamagedFiles: a box whose files are cut, empty, gone or another's says so
// in a sentence, with exit code 3, whichever command meets them.
func TestDamagedFiles(t *testing.T) {
	b, _ := seedBox(t)
	other := newBox(t)
	boxDB := func(b *firmBox) string { return filepath.Join(b.dir, "box.db") }
	truncate := func(path string, size int64) {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
	}
	half := func(path string) {
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		truncate(path, st.Size()/2)
	}
	replace := func(path string, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	elsewhere, err := os.ReadFile(other.storeDB())
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(*firmBox){
		"half":                   func(c *firmBox) { half(c.storeDB()) },
		"one page":               func(c *firmBox) { truncate(c.storeDB(), 4096) },
		"two pages and a byte":   func(c *firmBox) { truncate(c.storeDB(), 8193) },
		"empty":                  func(c *firmBox) { truncate(c.storeDB(), 0) },
		"zeros":                  func(c *firmBox) { replace(c.storeDB(), make([]byte, 1<<18)) },
		"no database":            func(c *firmBox) { replace(c.storeDB(), []byte("this is not a database\n")) },
		"gone":                   func(c *firmBox) { os.Remove(c.storeDB()) },
		"another firm's":         func(c *firmBox) { replace(c.storeDB(), elsewhere) },
		"the box's in its place": func(c *firmBox) { x, _ := os.ReadFile(boxDB(c)); replace(c.storeDB(), x) },
		"registry: two pages":    func(c *firmBox) { truncate(boxDB(c), 8192) }, // half of it may never have been in use
		"registry: empty":        func(c *firmBox) { truncate(boxDB(c), 0) },
		"registry: gone":         func(c *firmBox) { os.Remove(boxDB(c)) },
		"registry: a firm's":     func(c *firmBox) { x, _ := os.ReadFile(c.storeDB()); replace(boxDB(c), x) },
		"checkpoint key: gone":   func(c *firmBox) { os.Remove(filepath.Join(c.dir, "keys", "checkpoint-"+c.tenant+".key")) },
		"checkpoint key: another": func(c *firmBox) {
			x, _ := os.ReadFile(filepath.Join(other.dir, "keys", "checkpoint-"+c.tenant+".key"))
			replace(filepath.Join(c.dir, "keys", "checkpoint-"+c.tenant+".key"), x)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := copyBox(t, b)
			damage(c)
			files := snapshotTree(t, filepath.Join(c.dir, "tenants"))
			keys := strings.Contains(name, "key") || strings.Contains(name, "master")
			for _, args := range [][]string{
				{"serve", "--listen", "127.0.0.1:0"}, {"user", "list"}, {"search", "télétravail"}, {"audit", "export", "--out", filepath.Join(t.TempDir(), "x")},
			} {
				o := bounded(t, 20*time.Second, append(args, "--data", c.dir)...)
				if o.code != 3 && (!keys || o.code != 4) || !strings.Contains(o.errout, "coffre: ") {
					t.Errorf("%v: exit %d\n%s", args, o.code, o.errout)
				}
			}
			if !keys && !strings.HasPrefix(name, "registry") {
				if v, code := verdictOf(t, c); code != 3 {
					t.Errorf("audit verify: exit %d, %+v", code, v)
				}
			}
			if after := snapshotTree(t, filepath.Join(c.dir, "tenants")); after != files {
				t.Errorf("the evidence was changed:\n%s\nwas\n%s", after, files)
			}
		})
	}
}

// snapshotTree lists the files below a directory with their sizes.
func snapshotTree(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.Name() == "index" {
			return filepath.SkipDir // derived, and may be made anew
		}
		info, err := e.Info()
		if err == nil && !e.IsDir() {
			fmt.Fprintf(&out, "%s %d\n", path, info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
