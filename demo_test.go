package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"coffre/chain"
)

// TestDemo: `demo --json` prints its line, the box then answers with what the
// line says, and SIGTERM leaves nothing behind.
func TestDemo(t *testing.T) {
	temp := t.TempDir()
	cmd := coffre(t, "demo", "--json", "--listen", "127.0.0.1:0")
	cmd.Env = append(cmd.Env, "TMPDIR="+temp, "COFFRE_DATA=")
	var errout bytes.Buffer
	cmd.Stderr = &errout
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() { cmd.Process.Kill(); <-ended })

	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		<-ended
		t.Fatalf("demo is not ready: %v\n%s", err, &errout)
	}
	var ready map[string]json.RawMessage
	var said demoReady
	if err := json.Unmarshal([]byte(line), &ready); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(line), &said); err != nil {
		t.Fatal(err)
	}
	if len(ready) != 5 || len(said.Accounts) < 3 || said.Accounts[0].Password == "" {
		t.Fatalf("the line is %s", line)
	}
	b := &firmBox{tenant: said.Tenant, key: said.APIKey}
	b.connect(t, said.URL, said.CAFile)
	walkDemo(t, b)

	cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("demo does not end within ten seconds of SIGTERM")
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("demo ended with %d", code)
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("left in the temporary directory: %v", left)
	}
	if errout.Len() > 0 && strings.Contains(errout.String(), "goroutine ") {
		t.Errorf("stderr: %s", &errout)
	}
}

// walkDemo is what an outsider checks: a file of his own goes in, questions in
// both languages are answered, every quote is byte for byte the text at its
// range, and the answer's entry is in an export that holds.
func walkDemo(t *testing.T, b *firmBox) {
	ctx := context.Background()
	b.findCollection(t)
	if _, err := b.upload(ctx, "zanzibar.md", []byte("# Voyage\n\nLe billet pour Zanzibar coûte 1240 euros en classe économique.\n")); err != nil {
		t.Fatal(err)
	}
	for range 1200 {
		// Found by its meaning, another passage may be there before it.
		if hits, err := b.search(ctx, "Zanzibar"); err == nil && slices.ContainsFunc(hits, func(h restHit) bool { return strings.Contains(h.Text, "Zanzibar") }) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	var seqs []uint64
	for lang, q := range map[string]string{
		"fr": "Combien coûte le billet pour Zanzibar ?",
		"en": "How far in advance must annual leave be requested?",
	} {
		var a struct {
			Abstained bool `json:"abstained"`
			Citations []struct {
				DocumentID string `json:"document_id"`
				Version    string `json:"version"`
				Page       int    `json:"page"`
				Start      int    `json:"start"`
				End        int    `json:"end"`
				Quote      string `json:"quote"`
				Verified   bool   `json:"verified"`
			} `json:"citations"`
			AuditSeq uint64 `json:"audit_seq"`
		}
		if err := b.post(ctx, "/ask", map[string]any{"question": q}, &a); err != nil {
			t.Fatal(err)
		}
		if a.AuditSeq == 0 || lang == "fr" && len(a.Citations) == 0 {
			t.Errorf("%s: %+v", lang, a)
		}
		seqs = append(seqs, a.AuditSeq)
		for _, c := range a.Citations {
			var text []byte
			if err := b.get(ctx, fmt.Sprintf("/documents/%s/content?as=text&version=%s", c.DocumentID, c.Version), &text); err != nil {
				t.Fatal(err)
			}
			if c.End > len(text) || string(text[c.Start:c.End]) != c.Quote {
				t.Errorf("%s: quote %q is not the text at %d-%d", lang, c.Quote, c.Start, c.End)
			}
		}
	}
	checkExport(t, b, seqs)
}

// checkExport exports the chain over REST, verifies it, and finds the entries.
func checkExport(t *testing.T, b *firmBox, seqs []uint64) (entries []chain.Payload) {
	t.Helper()
	var export []byte
	if err := b.get(context.Background(), "/audit/export", &export); err != nil {
		t.Fatal(err)
	}
	rep, err := chain.VerifyExport(bytes.NewReader(export), chain.VerifyOptions{FirstKey: b.firstKey})
	if err != nil || !rep.OK || b.firstKey != "" && !rep.Authentic {
		t.Fatalf("export: %+v %v", rep, err)
	}
	entries = payloads(t, export)
	if uint64(len(entries)) != rep.Entries {
		t.Fatalf("%d entries read, %d verified", len(entries), rep.Entries)
	}
	for _, seq := range seqs {
		if seq == 0 || seq > rep.Entries || entries[seq-1].Action != chain.AnswerGive {
			t.Errorf("entry %d of %d is no answer", seq, rep.Entries)
		}
	}
	return entries
}

// payloads reads an export as a stranger would: a header, then an object with
// a payload a line, then an end.
func payloads(t *testing.T, export []byte) (out []chain.Payload) {
	t.Helper()
	for line := range bytes.Lines(export) {
		var l struct {
			Payload json.RawMessage `json:"payload"`
		}
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		if l.Payload == nil {
			continue
		}
		p, err := chain.ParsePayload(l.Payload)
		if err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		out = append(out, p)
	}
	return out
}

// TestDemoNeedsAFreshDirectory: a box that holds a firm's data never becomes a
// demonstration.
func TestDemoNeedsAFreshDirectory(t *testing.T) {
	b := newBox(t)
	if o := command(t, "demo", "--data", b.dir); o.code != 1 || o.errout == "" {
		t.Errorf("demo over a box: %+v", o)
	}
	if _, err := os.Stat(filepath.Join(b.dir, "tenants", "demo")); err == nil {
		t.Error("the sample firm was put into a firm's box")
	}
}
