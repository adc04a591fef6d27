// Package acmetest runs a real ACME authority for tests: Let's Encrypt's pebble, from
// a module of its own (testdata/acme), with a name server for which every name is
// this machine. Where pebble can't be built, a test that asks for it is skipped.
package acmetest

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/ui/certs"
)

// build makes the program once for all tests of a process.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "pebble")
	if err != nil {
		return "", err
	}
	_, here, _, _ := runtime.Caller(0)
	bin := filepath.Join(dir, "pebble")
	cmd := exec.Command("go", "build", "-o", bin, "github.com/letsencrypt/pebble/v2/cmd/pebble")
	cmd.Dir = filepath.Join(filepath.Dir(here), "..", "..", "..", "testdata", "acme")
	if out, err := cmd.CombinedOutput(); err != nil {
		return string(out), err
	}
	return bin, nil
})

// Authority is one that runs.
type Authority struct {
	URL  string // of its directory
	Root []byte // PEM, by which its server is believed
}

// given are the ports that FreePort has returned: of tests that run side by side none
// may get another's.
var given sync.Map

// FreePort is one that nobody listens on at the moment.
func FreePort(t *testing.T) int {
	t.Helper()
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		if _, twice := given.LoadOrStore(port, true); !twice {
			return port
		}
	}
}

// Start starts an authority that looks for names at two ports of this machine, for
// HTTP and for HTTPS. edit changes its configuration, env its environment.
func Start(t *testing.T, plainPort, securePort int, edit func(cfg map[string]any), env ...string) Authority {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Skipf("needs pebble, from the Go module proxy: cd testdata/acme && go build github.com/letsencrypt/pebble/v2/cmd/pebble (%v)", err)
	}
	dir, port := t.TempDir(), FreePort(t)
	root, server := serverPair(t, dir)
	cfg := map[string]any{
		"listenAddress": "127.0.0.1:" + strconv.Itoa(port), "certificate": server, "privateKey": server,
		"httpPort": plainPort, "tlsPort": securePort, "retryAfter": map[string]int{"authz": 1, "order": 1},
	}
	if edit != nil {
		edit(cfg)
	}
	text, _ := json.Marshal(map[string]any{"pebble": cfg})
	file := filepath.Join(dir, "pebble.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.Command(bin, "-config", file, "-dnsserver", loopbackNames(t))
	run.Env = append(append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_AUTHZREUSE=0", "PEBBLE_WFE_NONCEREJECT=10"), env...)
	out := &said{}
	run.Stdout, run.Stderr = out, out
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		run.Process.Kill()
		run.Wait()
		if t.Failed() {
			t.Log(out.text())
		}
	})
	for range 200 {
		if strings.Contains(out.text(), "ACME directory available at") {
			return Authority{"https://127.0.0.1:" + strconv.Itoa(port) + "/dir", root}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("pebble doesn't listen")
	return Authority{}
}

// said is what the authority wrote so far.
type said struct {
	mu sync.Mutex
	b  strings.Builder
}

// Write implements io.Writer.
func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *said) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// serverPair makes a certificate for a server on this machine, in one file with its
// key and its chain, and the root that it is believed by.
func serverPair(t *testing.T, dir string) (root []byte, file string) {
	t.Helper()
	m, err := certs.New(filepath.Join(dir, "ca"), certs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	root, _ = m.CA()
	return root, filepath.Join(dir, "ca", "server.pem")
}
