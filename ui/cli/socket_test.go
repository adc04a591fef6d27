package cli

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffre/store"
)

// serveAt serves h on the socket of a data directory.
func serveAt(t *testing.T, dir string, h http.Handler) {
	t.Helper()
	path := SocketPath(dir)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h}
	go s.Serve(l)
	t.Cleanup(func() {
		s.Close()
		if filepath.Dir(path) != dir {
			os.RemoveAll(filepath.Dir(path))
		}
	})
}

func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "cli-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestSocketFirst(t *testing.T) {
	never := func(string) (http.Handler, func() error, error) {
		t.Error("the directory was opened")
		return nil, nil, os.ErrClosed
	}
	for name, dir := range map[string]string{"short": shortDir(t), "long": filepath.Join(shortDir(t), strings.Repeat("d", 100))} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			b := newInbox()
			b.api.answers["GET /users"] = says(twoPeople)
			serveAt(t, dir, b.api)
			e := at(dir, Env{Open: never})
			runWith(t, e, "user", "list").want(t, ExitDone, "zoe", "")
			file := filepath.Join(tree(t, "a.txt"), "a.txt")
			runWith(t, e, "ingest", file).want(t, ExitDone, "received, waiting", "")
			runWith(t, e, "ingest", file, "--wait", "--json").want(t, ExitDone, `"status":"ready"`, "")
			b.api.answers["POST /audit/verify"] = says(`{"ok":false,"tenant":"acme","first_fault":7,"fault":"hash-mismatch"}`)
			runWith(t, e, "audit", "verify").want(t, ExitUnverified, "first fault is at entry 7", "")
		})
	}
}

func TestNoBoxAtTheSocket(t *testing.T) {
	dir := shortDir(t)
	a := &api{answers: map[string]http.HandlerFunc{"GET /users": says(twoPeople)}}
	l, err := net.Listen("unix", SocketPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close() // what a kill leaves behind
	runWith(t, at(dir, Env{Open: opens(a)}), "user", "list").want(t, ExitDone, "zoe", "")
	busy := func(string) (http.Handler, func() error, error) {
		return nil, nil, store.Fail(store.Unavailable, "in-use")
	}
	runWith(t, at(dir, Env{Open: busy}), "user", "list").want(t, ExitUnreachable, "", "coffre: ")
}

func TestUntrustedSocket(t *testing.T) {
	dir := filepath.Join(shortDir(t), strings.Repeat("d", 100))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	serveAt(t, dir, &api{})
	if err := os.Chmod(filepath.Dir(SocketPath(dir)), 0o755); err != nil {
		t.Fatal(err)
	}
	runWith(t, at(dir, Env{}), "user", "list").want(t, ExitDenied, "", "connection is refused")
}

func TestDefaultData(t *testing.T) {
	for _, c := range []struct {
		goos      string
		uid       int
		home, xdg string
		want      string
	}{
		{"linux", 0, "/root", "/x", "/var/lib/coffre"},
		{"linux", 1000, "/home/z", "", "/home/z/.local/share/coffre"},
		{"linux", 1000, "/home/z", "/x", "/x/coffre"},
		{"linux", 1000, "/home/z", "relative", "/home/z/.local/share/coffre"},
		{"linux", 1000, "", "", ""},
		{"darwin", 501, "/Users/z", "", "/Users/z/Library/Application Support/coffre"},
		{"darwin", 0, "/var/root", "", "/Library/Application Support/coffre"},
	} {
		got := defaultData(c.goos, c.uid, func(name string) string {
			return map[string]string{"HOME": c.home, "XDG_DATA_HOME": c.xdg}[name]
		})
		if got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestSocketPath(t *testing.T) {
	if got := SocketPath("/srv/box"); got != "/srv/box/coffre.sock" {
		t.Error(got)
	}
	long := SocketPath("/srv/" + strings.Repeat("d", 100))
	if len(long) > maxSocketPath || !strings.HasPrefix(long, "/tmp/coffre-") {
		t.Error(long)
	}
}
