package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"coffre/connectors/extract"
	"coffre/store"
	"coffre/ui/cli"
)

// TestMain makes `coffre` a command of the scripts: the real main, in a process
// of its own. Children are dispatched first, as in main: coffre starts them by
// the path of its own program, which here is the test's.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "__extract":
			os.Exit(extract.ChildMain())
		case "__verify":
			os.Exit(store.VerifyChildMain(os.Stdin, os.Stdout))
		}
	}
	testscript.Main(tidy{m}, map[string]func(){"coffre": main})
}

// tidy removes what tests built, after all of them.
type tidy struct{ *testing.M }

func (m tidy) Run() int {
	defer func() {
		if buildDir != "" {
			os.RemoveAll(buildDir)
		}
	}()
	return m.M.Run()
}

// TestScripts runs testdata/script through the command line.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, "home")
			e.Setenv("HOME", home)
			e.Setenv("COFFRE_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("LANG", "en_GB.UTF-8")
			e.Setenv("XDG_CACHE_HOME", cacheHome(t))
			e.Setenv("DEMO", absolute(t, "testdata/demo/documents"))
			return os.Mkdir(home, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scriptExits, "fields": scriptFields, "take": scriptTake, "answering": scriptAnswering, "local": scriptLocal, "damage": scriptDamage,
		},
		RequireUniqueNames: true,
	})
}

// cacheHome shares compiled PDFium between the scripts and runs.
func cacheHome(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	return dir
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

// scriptExits is `exits CODE PROGRAM ARGS…`: the program must end with it.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("run %s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	if errout := ts.ReadFile("stderr"); strings.Contains(errout, "goroutine ") || strings.Contains(errout, "⟨") {
		ts.Fatalf("stderr is not for people: %s", errout)
	}
}

// scriptFields is `fields NAME…`: stdout is one JSON object a line, and each
// has exactly these members. A name that ends in ? may be missing.
func scriptFields(ts *testscript.TestScript, neg bool, names []string) {
	if neg {
		ts.Fatalf("unsupported: ! fields")
	}
	lines := 0
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		lines++
		var m map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			ts.Fatalf("not a JSON object: %s", line)
		}
		for _, name := range names {
			bare, optional := strings.CutSuffix(name, "?")
			if _, ok := m[bare]; !ok && !optional {
				ts.Fatalf("%q is missing in %s", bare, line)
			}
			delete(m, bare)
		}
		var rest []string
		for name := range m {
			rest = append(rest, name)
		}
		if sort.Strings(rest); len(rest) > 0 {
			ts.Fatalf("unexpected members %q in %s", rest, line)
		}
	}
	if lines == 0 {
		ts.Fatalf("stdout is empty")
	}
}

// scriptTake is `take ENV NAME [INDEX]`: puts a member of a JSON line of
// stdout in the environment.
func scriptTake(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: take ENV NAME [LINE]")
	}
	line := 0
	if len(args) > 2 {
		var err error
		line, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	all := slices.Collect(strings.Lines(ts.ReadFile("stdout")))
	if line >= len(all) {
		ts.Fatalf("stdout has %d lines", len(all))
	}
	var m map[string]any
	ts.Check(json.Unmarshal([]byte(all[line]), &m))
	s, ok := m[args[1]].(string)
	if !ok {
		ts.Fatalf("%q is no string in %s", args[1], all[line])
	}
	ts.Setenv(args[0], s)
}

// scriptAnswering waits until a box answers on its local socket.
func scriptAnswering(ts *testscript.TestScript, neg bool, _ []string) {
	path := cli.SocketPath(ts.Getenv("COFFRE_DATA"))
	for range 1200 {
		conn, err := net.Dial("unix", path)
		if (err == nil) != neg {
			if conn != nil {
				conn.Close()
			}
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("the socket %s does not change", path)
}

// scriptLocal is `local METHOD PATH`: asks the box that runs on its local socket.
func scriptLocal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: local METHOD PATH")
	}
	path := cli.SocketPath(ts.Getenv("COFFRE_DATA"))
	c := http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", path) }}}
	defer c.CloseIdleConnections()
	req, err := http.NewRequest(args[0], "http://coffre.local/api/v1"+args[1], nil)
	ts.Check(err)
	resp, err := c.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		ts.Fatalf("%s %s: %s", args[0], args[1], resp.Status)
	}
}

// scriptDamage is `damage FILE TEXT`: one bit is flipped in the middle of the
// last text found, and in every copy of the line or record that holds it: a
// database keeps older copies in free pages, and nobody knows which one is live.
func scriptDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage FILE TEXT")
	}
	path, text := ts.MkAbs(args[0]), args[1]
	b, err := os.ReadFile(path)
	ts.Check(err)
	last := strings.LastIndex(string(b), text)
	if last < 0 {
		ts.Fatalf("%s does not hold %q", args[0], text)
	}
	around := string(b[last-min(last, 60) : last+len(text)])
	for from := 0; ; {
		i := strings.Index(string(b[from:]), around)
		if i < 0 {
			break
		}
		from += i + len(around)
		b[from-len(text)/2] ^= 1
	}
	ts.Check(os.WriteFile(path, b, 0o600))
}
