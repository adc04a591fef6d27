package kit

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/chain/chaintest"
	"coffre/ui/words"
)

// sample is a kit over a chain that has lived: hand-overs, a restore, a witness.
func sample(t testing.TB, seed uint64) (Kit, *chaintest.Log) {
	t.Helper()
	l := chaintest.New(seed, "cabinet-martin")
	l.Some(20).HandOver().Some(15)
	early := l.Checkpoint()
	l.Some(10).HandOver().Some(5)
	question, answer := l.Answer()
	l.Some(2)
	w, err := chain.NewCosigner("witness.example/cabinet")
	if err != nil {
		t.Fatal(err)
	}
	now := l.Checkpoint()
	cosigned, err := w.Cosign(now, time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	k := Kit{
		Tenant: l.Customer.ID, Made: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
		Export:      func(out io.Writer) error { _, err := out.Write(l.Export(false)); return err },
		Checkpoints: []string{early, now}, Cosignatures: []string{cosigned},
		Receipts: [][]byte{l.Receipt(question, answer, true)},
		FirstKey: l.Keys[0].Verifier(), RecoveryKey: l.Recovery.Verifier(), WitnessKeys: []string{w.Verifier()},
	}
	for _, s := range l.Keys[1:] {
		k.LaterKeys = append(k.LaterKeys, s.Verifier())
	}
	return k, l
}

func TestWriteKit(t *testing.T) {
	k, l := sample(t, 7)
	var b bytes.Buffer
	if err := WriteKit(&b, k); err != nil {
		t.Fatal(err)
	}
	// A directory in COFFRE_KIT_OUT gets the kit and its keys, for kit.mjs.
	if dir := os.Getenv("COFFRE_KIT_OUT"); dir != "" {
		for name, text := range map[string]string{"kit.zip": b.String(), "first.key": k.FirstKey, "witness.key": k.WitnessKeys[0], "kept.txt": k.Checkpoints[0]} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		got[f.Name] = string(text)
	}
	for _, name := range []string{"export.jsonl", "receipts/001.json", "checkpoints.txt", "cosignatures.txt", "keys.txt", "FORMAT.fr.md", "FORMAT.en.md", "LISEZMOI.txt", "README.txt", "verify.html"} {
		if got[name] == "" {
			t.Errorf("the kit has no %s", name)
		}
		if strings.Contains(got[name], "{{") && name != "verify.html" {
			t.Errorf("%s has a blank that wasn't filled in", name)
		}
	}
	r, err := chain.VerifyExport(strings.NewReader(got["export.jsonl"]), chain.VerifyOptions{FirstKey: l.Keys[0].Verifier()})
	if err != nil || !r.Authentic {
		t.Errorf("the kit's export: %+v, %v", r, err)
	}
	if !strings.Contains(got["README.txt"], k.Tenant) || !strings.Contains(got["LISEZMOI.txt"], "2026-03-01 10:00 UTC") {
		t.Error("the kit doesn't say whose it is, or of when")
	}
}

func TestWriteKitFails(t *testing.T) {
	k, _ := sample(t, 8)
	broken := errors.New("disk on fire")
	k.Export = func(w io.Writer) error {
		io.WriteString(w, "half a line")
		return broken
	}
	var b bytes.Buffer
	if err := WriteKit(&b, k); !errors.Is(err, broken) {
		t.Errorf("an export that fails: %v", err)
	}
	if _, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil {
		t.Error("half a kit can be opened")
	}
	for _, k := range []Kit{{}, {Tenant: "a", Made: time.Now()}, {Tenant: "a", Export: k.Export}} {
		if err := WriteKit(io.Discard, k); !errors.Is(err, ErrKit) {
			t.Errorf("%+v: %v", k, err)
		}
	}
}

// TestWriteKitStreams: what the export writes has left before the export ends.
func TestWriteKitStreams(t *testing.T) {
	k, _ := sample(t, 9)
	out := &counter{}
	k.Export = func(w io.Writer) error {
		chunk := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
		before := out.n
		for i := range 200 {
			for j := range chunk {
				chunk[j] = byte(i * (j ^ j>>7))
			}
			if _, err := w.Write(chunk); err != nil {
				return err
			}
		}
		if out.n-before < 1<<16 {
			t.Errorf("of 13 MB only %d bytes have left", out.n-before)
		}
		return nil
	}
	if err := WriteKit(out, k); err != nil {
		t.Fatal(err)
	}
}

type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// TestPageIsAlone: nothing in the page can reach out, and its policy fits it.
func TestPageIsAlone(t *testing.T) {
	b, err := Page()
	if err != nil {
		t.Fatal(err)
	}
	html := string(b)
	if m := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9-]+\.[a-z]+|\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts|innerHTML|\beval\(|new Function|localStorage|document\.cookie`).FindString(html); m != "" {
		t.Errorf("the page holds %q", m)
	}
	if m := regexp.MustCompile(`\s(src|href|style|on[a-z]+)=`).FindString(html[:strings.Index(html, "<script>")]); m != "" {
		t.Errorf("the page has an attribute%q", m)
	}
	script := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(html, -1)
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(html, -1)
	if len(script) != 1 || len(style) != 1 {
		t.Fatalf("%d scripts, %d styles", len(script), len(style))
	}
	for _, want := range []string{"default-src 'none'", "connect-src 'none'", "'sha256-" + digest(script[0][1]) + "'", "'sha256-" + digest(style[0][1]) + "'"} {
		if !strings.Contains(html, want) {
			t.Errorf("the policy has no %s", want)
		}
	}
	if strings.Contains(html, "unsafe") {
		t.Error("the policy allows what is unsafe")
	}
}

// TestWords: every sentence that the scripts ask for is there in both languages,
// and none is there that nobody asks for.
func TestWords(t *testing.T) {
	raw, err := parts.ReadFile("words.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]string
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	sources, err := parts.ReadFile("page.html")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(parts, "script/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := parts.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, b...)
	}
	for _, m := range regexp.MustCompile(`\bt\('([a-z.-]+)'|data-t(?:-label)?="([a-z.-]+)"`).FindAllSubmatch(sources, -1) {
		if key := string(m[1]) + string(m[2]); !strings.HasSuffix(key, ".") && all[key] == nil && !words.English.Has(key) {
			t.Errorf("no sentence for %s", key)
		}
	}
	blank := regexp.MustCompile(`\{\w+`)
	for key, s := range all {
		if s["fr"] == "" || s["en"] == "" || len(s) != 2 {
			t.Errorf("%s is not in both languages", key)
		}
		has := func(text string) []string {
			return slices.Compact(slices.Sorted(slices.Values(blank.FindAllString(text, -1))))
		}
		if !slices.Equal(has(s["fr"]), has(s["en"])) {
			t.Errorf("%s: French and English take other values", key)
		}
		family, name, _ := strings.Cut(key, ".")
		if !bytes.Contains(sources, []byte("'"+key+"'")) && !bytes.Contains(sources, []byte(`"`+key+`"`)) &&
			!(slices.Contains([]string{"fail", "fault", "field", "looks"}, family) && bytes.Contains(sources, []byte(strings.TrimPrefix(name, "option-")))) {
			t.Errorf("nobody asks for %s", key)
		}
	}
}
