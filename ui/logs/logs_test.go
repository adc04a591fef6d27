package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/store"
)

func quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// lines are what the files of a directory hold, the oldest first.
func lines(t *testing.T, l *Logs) (out []map[string]any) {
	t.Helper()
	b, err := l.Tail(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, v)
	}
	return out
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	var errout bytes.Buffer
	base := Stderr(&errout, func(name string) string { return map[string]string{"COFFRE_LOG_FORMAT": "json"}[name] })
	l, log := New(base, Usual)
	log.Info("before", "n", 1)
	if err := l.Open(dir); err != nil {
		t.Fatal(err)
	}
	ctx := store.WithRequest(t.Context(), "aaaa")
	log.InfoContext(ctx, "request", "err", errors.New(strings.Repeat("é", longest)))
	log.WarnContext(ctx, "named", "request", "bbbb")
	log.Debug("not here")
	l.SetLevel(Debug)
	log.Debug("here")
	l.SetLevel(Warn)
	log.Info("nor here")
	all := lines(t, l)
	if len(all) != 4 || all[0]["msg"] != "before" || all[1]["request"] != "aaaa" || all[2]["request"] != "bbbb" || all[3]["msg"] != "here" {
		t.Errorf("%v", all)
	}
	if s, _ := all[1]["err"].(string); len(s) > longest+10 || !strings.HasSuffix(s, "…") {
		t.Errorf("%d bytes of an error", len(s))
	}
	if at, _ := all[0]["time"].(string); !strings.HasSuffix(at, "Z") {
		t.Errorf("time %q is not UTC", at)
	}
	var said map[string]any
	if err := json.Unmarshal(errout.Bytes(), &said); err != nil || said["msg"] != "named" || said["request"] != "bbbb" {
		t.Errorf("standard error: %v, %s", err, &errout)
	}
	for path, mode := range map[string]os.FileMode{"logs": 0o700, "logs/coffre.log": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	log.Error("after the end")
	if n := len(lines(t, l)); n != 4 || l.Lost() != 0 {
		t.Errorf("%d lines, %d lost", n, l.Lost())
	}
}

// TestTalkative: what standard error shows at debug is in the file as well.
func TestTalkative(t *testing.T) {
	base := Stderr(io.Discard, func(string) string { return "debug" })
	l, log := New(base, Usual)
	l.SetLevel(Warn)
	if err := l.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	log.Debug("x")
	if len(lines(t, l)) != 1 {
		t.Error("no line")
	}
}

// at makes a Logs with a clock, in a directory.
func at(t *testing.T, dir string, limits Limits, now *time.Time) (*Logs, *slog.Logger) {
	t.Helper()
	l, log := New(quiet(), limits)
	l.file.now = func() time.Time { return *now }
	if err := l.Open(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, log
}

func files(t *testing.T, dir string) (n int, bytes int64) {
	t.Helper()
	for _, f := range earlier(filepath.Join(dir, "logs")) {
		n, bytes = n+1, bytes+f.size
	}
	info, err := os.Stat(filepath.Join(dir, "logs", current))
	if err != nil {
		t.Fatal(err)
	}
	return n + 1, bytes + info.Size()
}

func TestTurnsOverBySize(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	limits := Limits{Size: 2000, Age: time.Hour, Total: 10000, Keep: time.Hour}
	l, log := at(t, dir, limits, &now)
	for i := range 300 {
		log.Info("line", "i", i)
		if n, b := files(t, dir); b > limits.Total || n > 6 {
			t.Fatalf("%d files, %d bytes", n, b)
		}
	}
	all := lines(t, l)
	if last := all[len(all)-1]["i"]; last != 299.0 {
		t.Errorf("the last line is %v", last)
	}
	for i := 1; i < len(all); i++ {
		if all[i]["i"].(float64) != all[i-1]["i"].(float64)+1 {
			t.Fatalf("%v follows %v", all[i]["i"], all[i-1]["i"])
		}
	}
	if n, _ := files(t, dir); n < 3 {
		t.Errorf("%d files", n)
	}
	if b, err := l.Tail(500); err != nil || len(b) > 500 || len(b) < 100 || b[0] != '{' {
		t.Errorf("tail: %v %q", err, b)
	}
}

func TestTurnsOverByAge(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	limits := Limits{Size: 1 << 20, Age: 24 * time.Hour, Total: 4 << 20, Keep: 3 * 24 * time.Hour}
	l, log := at(t, dir, limits, &now)
	log.Info("old")
	l.Close()
	now = now.Add(23 * time.Hour)
	l, log = at(t, dir, limits, &now) // a restart doesn't make it young
	log.Info("same file")
	if n, _ := files(t, dir); n != 1 {
		t.Errorf("%d files", n)
	}
	now = now.Add(2 * time.Hour)
	log.Info("next")
	if n, _ := files(t, dir); n != 2 || len(lines(t, l)) != 3 {
		t.Errorf("%d files", n)
	}
	now = now.Add(100 * time.Hour)
	log.Info("much later")
	log.Info("and on")
	if n, _ := files(t, dir); n != 1 {
		t.Errorf("%d files of before are kept", n-1)
	}
}

// TestAfterAKill: a line that was cut off doesn't spoil the next, and a file that
// somebody opened to others is closed again.
func TestAfterAKill(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	path := filepath.Join(dir, "logs", current)
	os.Mkdir(filepath.Dir(path), 0o700)
	if err := os.WriteFile(path, []byte(`{"time":"20`), 0o644); err != nil {
		t.Fatal(err)
	}
	_, log := at(t, dir, Usual, &now)
	log.Info("whole")
	b, _ := os.ReadFile(path)
	if rows := strings.Split(string(b), "\n"); len(rows) != 3 || !strings.Contains(rows[1], `"msg":"whole"`) {
		t.Errorf("%q", b)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

// TestNowhereToWrite: a directory that goes away costs lines and nothing else.
func TestNowhereToWrite(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	l, log := at(t, dir, Limits{Size: 100, Age: time.Hour, Total: 1000, Keep: time.Hour}, &now)
	os.RemoveAll(filepath.Join(dir, "logs"))
	for range 5 {
		log.Info("lost")
	}
	if l.Lost() == 0 {
		t.Error("nothing is counted as lost")
	}
	if err := os.Mkdir(filepath.Join(dir, "logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	log.Info("kept")
	if all := lines(t, l); len(all) != 1 || all[0]["msg"] != "kept" {
		t.Errorf("%v", all)
	}
}

func TestManyAtOnce(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	l, log := at(t, dir, Limits{Size: 4000, Age: time.Hour, Total: 1 << 20, Keep: time.Hour}, &now)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 100 {
				log.Info(fmt.Sprintf("line %d %d", g, i))
			}
		})
	}
	all.Wait()
	if n := len(lines(t, l)); n != 800 {
		t.Errorf("%d lines", n)
	}
}
