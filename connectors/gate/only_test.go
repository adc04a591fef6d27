package gate

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// forbidden is what no file but the gate's own may name, by import path. A
// trailing star stands for any ending.
var forbidden = map[string][]string{
	"net": {"Dial*", "Lookup*", "Resolver", "DefaultResolver", "ResolveTCPAddr", "ResolveUDPAddr", "ResolveIPAddr"},
	"net/http": {
		"DefaultClient", "DefaultTransport", "Get", "Post", "PostForm", "Head",
		"ProxyFromEnvironment", "ProxyURL",
	},
	"net/rpc":                      {"Dial*"},
	"net/smtp":                     {"Dial", "SendMail"},
	"log/syslog":                   {"Dial", "New", "NewLogger"},
	"crypto/tls":                   {"Dial*"},
	"syscall":                      {"Connect", "Sendto"},
	"golang.org/x/sys/unix":        {"Connect", "Sendto"},
	"golang.org/x/net/proxy":       {"*"},
	"golang.org/x/net/websocket":   {"Dial*"},
	"github.com/ollama/ollama/api": {"ClientFromEnvironment"},
	"github.com/go-ldap/ldap/v3":   {"Dial*"},

	"github.com/go-webauthn/webauthn/metadata": {"Fetch"},
	"github.com/go-webauthn/x/revoke":          {"*"},
	"github.com/google/go-tpm/tpmutil":         {"OpenTPM", "NewEmulator*"},
	"github.com/Azure/go-ntlmssp":              {"*"},
}

// socketFile alone may dial besides the gate, and only unix sockets: that is how
// a command reaches the box on the same machine.
const socketFile = "ui/cli/socket.go"

// An http.Client without a transport, and a transport without a dialer, use
// net/http's own.
var needed = map[string]string{"Client": "Transport", "Transport": "DialContext"}

type finding struct{ where, what string }

// scan lists what a file may not do.
func scan(path string, src any) (out []finding, err error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, src, 0)
	if err != nil {
		return nil, fmt.Errorf("parse file: %w", err)
	}
	names := map[string]string{}
	bad := func(n ast.Node, format string, a ...any) {
		out = append(out, finding{set.Position(n.Pos()).String(), fmt.Sprintf(format, a...)})
	}
	for _, im := range f.Imports {
		p, _ := strconv.Unquote(im.Path.Value)
		if _, ok := forbidden[p]; !ok {
			continue
		}
		name := filepath.Base(strings.TrimSuffix(p, "/v3"))
		if im.Name != nil {
			name = im.Name.Name
		}
		if name == "." {
			bad(im, "dot import of %s", p)
		}
		names[name] = p
	}
	socket := path == socketFile
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if p, name := named(names, n); p != "" && isForbidden(p, name) && !(socket && p == "net" && strings.HasPrefix(name, "Dial")) {
				bad(n, "%s.%s", p, name)
			}
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && socket && strings.HasPrefix(s.Sel.Name, "Dial") && !dialsUnix(n) {
				bad(n, "%s of something else than a unix socket", s.Sel.Name)
			}
			if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "new" && len(n.Args) == 1 && bareHTTP(names, n.Args[0]) {
				bad(n, "new HTTP client or transport without a dialer")
			}
		case *ast.ValueSpec:
			if n.Type != nil && len(n.Values) == 0 && bareHTTP(names, n.Type) {
				bad(n, "HTTP client or transport without a dialer")
			}
		case *ast.Field:
			if bareHTTP(names, n.Type) {
				bad(n, "HTTP client or transport as a value")
			}
		case *ast.CompositeLit:
			checkLiteral(names, n, bad)
		}
		return true
	})
	return out, nil
}

func named(names map[string]string, n ast.Expr) (path, name string) {
	s, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	id, ok := s.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	return names[id.Name], s.Sel.Name
}

func isForbidden(path, name string) bool {
	for _, f := range forbidden[path] {
		if stem, star := strings.CutSuffix(f, "*"); name == f || star && strings.HasPrefix(name, stem) {
			return true
		}
	}
	return false
}

func bareHTTP(names map[string]string, n ast.Expr) bool {
	p, name := named(names, n)
	return p == "net/http" && needed[name] != ""
}

func checkLiteral(names map[string]string, n *ast.CompositeLit, bad func(ast.Node, string, ...any)) {
	if n.Type == nil || !bareHTTP(names, n.Type) {
		return
	}
	_, name := named(names, n.Type)
	has := map[string]bool{}
	for _, e := range n.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				has[id.Name] = true
			}
		}
	}
	if !has[needed[name]] {
		bad(n, "http.%s without %s", name, needed[name])
	}
	if has["Proxy"] {
		bad(n, "http.%s with a proxy", name)
	}
}

func dialsUnix(call *ast.CallExpr) bool {
	for _, a := range call.Args {
		if lit, ok := a.(*ast.BasicLit); ok && lit.Value == `"unix"` {
			return true
		}
	}
	return false
}

// TestOnlyTheGateDials walks the program's own files.
func TestOnlyTheGateDials(t *testing.T) {
	root := "../.."
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") || rel == "connectors/gate" {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		files++
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found, err := scan(rel, src)
		for _, x := range found {
			t.Errorf("%s: %s: only connectors/gate may reach out; take its dialer or client", x.where, x.what)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("only %d files were looked at", files)
	}
}

func TestScanFinds(t *testing.T) {
	for _, c := range []struct {
		path, imports, body string
		want                int
	}{
		{"a.go", `"net"`, `net.Dial("tcp", "x:1")`, 1},
		{"a.go", `n "net"`, `n.DialTimeout("tcp", "x:1", 0)`, 1},
		{"a.go", `. "net"`, `Dial("tcp", "x:1")`, 1},
		{"a.go", `"net"`, `d := net.Dialer{}; _ = d`, 1},
		{"a.go", `"net"`, `f := net.Dial; _ = f`, 1},
		{"a.go", `"net"`, `net.LookupHost("x")`, 1},
		{"a.go", `"net"`, `var r net.Resolver; _ = r`, 1},
		{"a.go", `"net"`, `net.ResolveTCPAddr("tcp", "x:1")`, 1},
		{"a.go", `"net"`, `net.Listen("tcp", ":0"); net.SplitHostPort("a:1")`, 0},
		{"a.go", `"net/http"`, `http.Get("http://x")`, 1},
		{"a.go", `"net/http"`, `http.DefaultClient.Get("http://x")`, 1},
		{"a.go", `"net/http"`, `_ = http.DefaultTransport`, 1},
		{"a.go", `"net/http"`, `c := http.Client{Timeout: 1}; _ = c`, 1},
		{"a.go", `"net/http"`, `c := &http.Client{Transport: t}; _ = c`, 0},
		{"a.go", `"net/http"`, `c := new(http.Client); _ = c`, 1},
		{"a.go", `"net/http"`, `var c http.Client; _ = c`, 1},
		{"a.go", `"net/http"`, `type s struct{ c http.Client }`, 1},
		{"a.go", `"net/http"`, `type s struct{ c *http.Client }`, 0},
		{"a.go", `"net/http"`, `c := &http.Transport{Proxy: p, DialContext: d}; _ = c`, 1},
		{"a.go", `"net/http"`, `c := &http.Transport{}; _ = c`, 1},
		{"a.go", `"net/http"`, `http.Error(w, "", http.StatusOK)`, 0},
		{"a.go", `"crypto/tls"`, `tls.Dial("tcp", "x:1", nil)`, 1},
		{"a.go", `"github.com/ollama/ollama/api"`, `api.ClientFromEnvironment()`, 1},
		{"a.go", `goldap "github.com/go-ldap/ldap/v3"`, `goldap.DialURL("ldap://x")`, 1},
		{"a.go", `"github.com/go-ldap/ldap/v3"`, `ldap.NewConn(c, false); ldap.DialTLS("tcp", "x", nil)`, 1},
		{"a.go", `"github.com/go-webauthn/webauthn/metadata"`, `metadata.Fetch()`, 1},
		{"a.go", `"github.com/ollama/ollama/api"`, `api.NewClient(u, c)`, 0},
		{socketFile, `"net"`, `net.Dial("unix", "x")`, 0},
		{socketFile, `"net"`, `var d net.Dialer; d.DialContext(ctx, "unix", "x")`, 0},
		{socketFile, `"net"`, `net.Dial("tcp", "x:1")`, 1},
		{socketFile, `"net"`, `net.Dial(network, "x:1")`, 1},
		{socketFile, `"net"`, `net.LookupHost("x")`, 1},
	} {
		found, err := scan(c.path, "package a\nimport "+c.imports+"\nfunc f() { "+c.body+" }")
		if err != nil || len(found) != c.want {
			t.Errorf("%s: %v, %v", c.body, found, err)
		}
	}
}
