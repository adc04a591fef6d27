package main

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
)

// canary is a secret that was planted, and the files below the scanned
// directories where it may lie: those that are there to hold it.
type canary struct {
	what  string
	value []byte
	may   []string // patterns of filepath.Match for the path's end: "keys/master.age"
}

// forms are the ways in which a value can have been written.
func (c canary) forms() map[string][]byte {
	s := string(c.value)
	quoted, _ := json.Marshal(s)
	var plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	e.Encode(s)
	out := map[string][]byte{
		"raw": c.value, "hex": []byte(hex.EncodeToString(c.value)), "HEX": []byte(strings.ToUpper(hex.EncodeToString(c.value))),
		"url": []byte(url.QueryEscape(s)), "path": []byte(url.PathEscape(s)), "json": quoted[1 : len(quoted)-1],
		"json, plain": bytes.Trim(bytes.TrimSpace(plain.Bytes()), `"`), "html": []byte(html.EscapeString(s)),
		"go": []byte(strings.Trim(fmt.Sprintf("%q", s), `"`)), "bytes": []byte(strings.Trim(fmt.Sprint(c.value), "[]")),
		"base32": []byte(strings.TrimRight(base32.StdEncoding.EncodeToString(c.value), "=")),
		"upper":  bytes.ToUpper(c.value), "lower": bytes.ToLower(c.value),
	}
	// What an index makes of it: signs part it into words.
	// Keys have none of these, and begin like others of their kind.
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if strings.Contains(s, "canari") && len(word) >= 12 && len(out["word"]) < len(word) {
			out["word"], out["folded word"] = []byte(word), []byte(strings.ToLower(word))
		}
	}
	var le, be []byte
	for _, u := range utf16.Encode([]rune(s)) {
		le, be = append(le, byte(u), byte(u>>8)), append(be, byte(u>>8), byte(u))
	}
	out["utf-16le"], out["utf-16be"] = le, be
	for name, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
		for shift := range 3 {
			// Inside of a longer text the value begins at any of three places; the
			// letters that its neighbours share are left out.
			text := enc.EncodeToString(append(make([]byte, shift), c.value...))
			out[fmt.Sprintf("%s+%d", name, shift)] = []byte(text[(shift*8+5)/6 : len(text)-1])
		}
	}
	return out
}

// hit is a secret found where it must not be.
type hit struct{ what, form, path string }

// scan looks for every form of every canary in all files below dirs.
func scan(t *testing.T, canaries []canary, dirs ...string) (hits []hit, files int) {
	t.Helper()
	type form struct {
		c    canary
		name string
		text []byte
	}
	var all []form
	for _, c := range canaries {
		if len(c.value) < 12 {
			t.Fatalf("%s is too short to look for", c.what)
		}
		for name, text := range c.forms() {
			all = append(all, form{c, name, text})
		}
	}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			parts := append([][]byte{b}, unfold(t, path, b)...)
			for _, f := range all {
				holds := func(part []byte) bool { return bytes.Contains(part, f.text) }
				if slices.ContainsFunc(parts, holds) && !allowed(f.c, path) || strings.Contains(path, string(f.text)) {
					hits = append(hits, hit{f.c.what, f.name, path})
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return hits, files
}

func allowed(c canary, path string) bool {
	return slices.ContainsFunc(c.may, func(pattern string) bool {
		parts := strings.Split(path, string(filepath.Separator))
		n := strings.Count(pattern, "/") + 1
		ok, _ := filepath.Match(pattern, strings.Join(parts[max(0, len(parts)-n):], "/"))
		return ok
	})
}

// TestCanaryIsFound plants a leak in each form: the search that TestCanaries
// trusts must find every one of them, in a log, a name of a file, and amid a
// database's bytes.
func TestCanaryIsFound(t *testing.T) {
	c := canary{"planted", []byte(`sk-"canari<&>+/%é-77142`), []string{"keys/may"}}
	n := 0
	for form, text := range c.forms() {
		for name, content := range map[string][]byte{
			"log":  []byte("time=2026-11-22 level=DEBUG msg=\"" + string(text) + "\"\n"),
			"db":   slices.Concat(bytes.Repeat([]byte{0, 7}, 5000), text, bytes.Repeat([]byte{9}, 5000)),
			"clip": text,
		} {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
			if hits, _ := scan(t, []canary{c}, dir); len(hits) == 0 {
				t.Errorf("%s in a %s is not found", form, name)
			}
			n++
		}
	}
	if whole := base64.StdEncoding.EncodeToString(append([]byte("Bearer "), c.value...)); n > 0 {
		dir := t.TempDir()
		os.WriteFile(filepath.Join(dir, "log"), []byte(whole), 0o600)
		os.MkdirAll(filepath.Join(dir, "keys"), 0o700)
		os.WriteFile(filepath.Join(dir, "keys", "may"), c.value, 0o600)
		hits, files := scan(t, []canary{c}, dir)
		if len(hits) == 0 || files != 2 || slices.ContainsFunc(hits, func(h hit) bool { return filepath.Base(h.path) != "log" }) {
			t.Errorf("%+v in %d files", hits, files)
		}
	}
	if hits, _ := scan(t, []canary{c}, t.TempDir()); len(hits) > 0 {
		t.Errorf("found where nothing is: %v", hits)
	}
}
