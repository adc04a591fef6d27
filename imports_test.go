package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// ranks are the rooms from left to right: an import may only point left, so
// that a room can be understood, tested and replaced with what stands left of
// it alone.
var ranks = map[string]int{
	"chain": 0, "vault": 0, "index": 0,
	"store": 1,
	"auth":  2, "llm": 2,
	"connectors": 3,
	"ui":         4,
	"":           5, // main.go
}

// forbidden are imports that a room must not have, whatever the order allows.
var forbidden = []struct {
	room    string // "" is every room
	path    string // a package, or a tree if it ends in /
	but     []string
	because string
}{
	{"chain", "os", nil, "chain is pure: whoever verifies an export must see that it opens and runs nothing; readers and writers are given to it"},
	{"chain", "os/", nil, "chain is pure: it starts no process"},
	{"chain", "net", nil, "chain is pure: a verdict never depends on a network"},
	{"chain", "net/", nil, "chain is pure: a verdict never depends on a network"},
	{"chain", "syscall", nil, "chain is pure: no way around the rule on os"},
	{"vault", "net/", nil, "vault is cryptography and types; it knows nothing of HTTP"},
	{"index", "net/http", nil, "index knows nothing of requests or people"},
	{"store", "net/http", nil, "store knows nothing of HTTP; its errors are mapped to statuses once, in ui"},
	{"", "go.etcd.io/bbolt", []string{"store", "index"}, "only store opens the truth (index may have a file of its own, derived): every write needs an actor and an event, and bbolt's transactions elsewhere would be a way around"},
	{"", "net/http/httputil", []string{"ui"}, "nothing relays requests but ui"},
	{"", "github.com/ollama/ollama/", []string{"llm"}, "only llm talks to the model runtime"},
	{"", "github.com/blevesearch/", []string{"index"}, "only index knows what finds words"},
	{"", "filippo.io/age", []string{"vault"}, "only vault handles keys"},
	{"", "log", nil, "one logger: log/slog"},
}

type imported struct {
	file, path string
	test       bool
}

// TestImportOrder checks the rooms' order and what each may not import.
func TestImportOrder(t *testing.T) {
	seen := map[string]bool{}
	for _, im := range allImports(t) {
		room := roomOf(filepath.Dir(im.file))
		rank, known := ranks[room]
		if !known {
			t.Errorf("%s: room %q is in no rank; design.md lists the rooms", im.file, room)
			continue
		}
		seen[room] = true
		checkForbidden(t, im, room)
		if !im.test && isTestSupport(strings.TrimPrefix(im.path, "coffre/")+"/") {
			t.Errorf("%s imports %s, which only tests may", im.file, im.path)
		}
		rest, ours := strings.CutPrefix(im.path, "coffre/")
		if !ours {
			continue
		}
		to := roomOf(rest)
		switch toRank, known := ranks[to]; {
		case !known:
			t.Errorf("%s imports %s: no such room", im.file, im.path)
		case to == room: // a sub-package belongs to its room
		case toRank == rank:
			t.Errorf("%s imports %s: %s and %s stand side by side and know nothing of each other; what both need lies further left, and main.go joins them", im.file, im.path, room, to)
		case toRank > rank:
			t.Errorf("%s imports %s: an import may only point left (chain, vault, index < store < auth, llm < connectors < ui < main.go), so that a change in %s can't reach back into %s", im.file, im.path, to, room)
		}
	}
	for room := range ranks {
		if !seen[room] {
			t.Errorf("room %q has no file: is the test looking in the right place?", room)
		}
	}
}

func checkForbidden(t *testing.T, im imported, room string) {
	t.Helper()
	if im.test {
		return // tests may open files and start processes
	}
	for _, f := range forbidden {
		if f.room != "" && f.room != room || im.path != f.path && (!strings.HasSuffix(f.path, "/") || !strings.HasPrefix(im.path, f.path)) {
			continue
		}
		allowed := false
		for _, b := range f.but {
			allowed = allowed || b == room
		}
		if !allowed {
			t.Errorf("%s imports %s: %s", im.file, im.path, f.because)
		}
	}
}

// roomOf is the first element of a package's path below the module.
func roomOf(dir string) string {
	room, _, _ := strings.Cut(filepath.ToSlash(dir), "/")
	if room == "." {
		return ""
	}
	return room
}

// isTestSupport tells of files that only tests and developers build.
func isTestSupport(path string) bool {
	path = filepath.ToSlash(path)
	return strings.HasPrefix(path, "chain/chaintest/") || strings.HasPrefix(path, "connectors/syslog/syslogtest/") || strings.HasPrefix(path, "auth/oidc/oidctest/") || strings.HasPrefix(path, "auth/saml/samltest/")
}

// allImports reads the import clauses of every Go file of the rooms. Programs
// that build something (.ci, testdata) belong to no room.
func allImports(t *testing.T) (out []imported) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "docs") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			out = append(out, imported{filepath.ToSlash(path), p, strings.HasSuffix(path, "_test.go") || isTestSupport(path)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
