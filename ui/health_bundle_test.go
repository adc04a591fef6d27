package ui

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/logs"
)

func unzip(t *testing.T, body string) map[string]string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(b)
	}
	return out
}

// TestBundleTellsNothing: names, words, addresses and secrets are all over the
// box and its log, and none is in the bundle.
func TestBundleTellsNothing(t *testing.T) {
	var l *logs.Logs
	x := newBox(t, func(d *Deps) {
		l, d.Log = logs.New(slog.New(slog.NewTextHandler(new(bytes.Buffer), nil)), logs.Usual)
		l.SetLevel(logs.Debug)
		d.Logs = l
	})
	if err := l.Open(x.dir); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ana := x.person(x.a, "canari-login", store.Admin)
	c := x.collection(x.a, "Canari Personne", store.Grants{store.Everyone}, store.Grants{store.Everyone})
	x.add(x.a, c, "ornithocanari.txt", "Le préavis du xylophagecanari. canari@exemple.test")
	who, key := x.session(ana), x.apiKey(ana)
	x.call(who, "GET", "/search?q=xylophagecanari", nil)
	x.set(x.a, llm.SettingURL, "http://zygomacanari.lan:11434")
	x.set(x.a, llm.SettingModel, "zygomacanari")
	x.server.Log.Error("extraction failed", "tenant", "alpha", "err", "open xylophagecanari", "document", "Canari Personne")
	x.server.Log.Error("another firm's", "tenant", "beta", "code", "zygomacanari")

	r := x.call(key, "POST", "/api/v1/health/bundle", nil)
	if r.status != http.StatusOK || r.header.Get("Content-Type") != "application/zip" {
		t.Fatalf("%d %.200s", r.status, r.body)
	}
	files := unzip(t, r.body)
	for name, text := range files {
		noCanary(t, text)
		for _, other := range []string{"zygomacanari", "alpha", "beta", key.key, x.dir, "Firm "} {
			if strings.Contains(text, other) {
				t.Errorf("%s has %q", name, other)
			}
		}
	}
	for name, want := range map[string]string{
		"READ-ME.txt": "log.jsonl", "build.json": `"version": "test"`, "health.json": `"name": "space"`, "settings.json": `"llm.url": "••• (29)"`,
		"tables.json": `"name": "entries"`, "errors.json": `"ERROR extraction failed": 1`, "files.json": `"tenants/firm-1/store.db"`,
		"log.jsonl": `"route":"/search"`, "metrics.txt": "coffre_chain_entries ", "goroutines.txt": "goroutine profile:",
	} {
		if !strings.Contains(files[name], want) {
			t.Errorf("%s lacks %s:\n%.800s", name, want, files[name])
		}
	}
	if strings.Contains(files["metrics.txt"], "coffre_http_") {
		t.Error("one firm of two is told what others do")
	}
	sum := sha256.Sum256([]byte(r.body))
	export := x.call(key, "GET", "/api/v1/audit/export", nil).body
	if !strings.Contains(export, chain.HealthExport) || !strings.Contains(export, hex.EncodeToString(sum[:])) {
		t.Error("no entry of the bundle")
	}
	fr := unzip(t, x.call(key.speaking("fr"), "POST", "/api/v1/health/bundle", nil).body)["READ-ME.txt"]
	if fr == files["READ-ME.txt"] && !strings.Contains(fr, "é") {
		t.Error(fr)
	}
}
