package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What TestCanaries plants itself. Each is typed where such a thing is typed.
const (
	canaryPassword   = `canari-"mot<de>passe&%é-31qzvkwjxbhd`
	canaryPassphrase = `canari-"phrase<du>coffre&%é-77xwvqkzjbhf`
	canaryCredential = `sk-canari-"clef<du>moteur&%-42jqxzvkwbhg`
	canaryReranker   = `sk-canari-"clef<de>rang&%-43kxjqzvwbhm`
	canaryMistyped   = `canari-"mot<mal>tapé&%é-58zvxqwjkbhp`
	canaryDirectory  = `canari "annuaire <lié> &%é-64wjzqxvkbhn`
)

// aviary is a box in directories of its own, with all that it wrote and said.
type aviary struct {
	*firmBox
	home, tmp, said string
	canaries        []canary
	n               int
}

func newAviary(t *testing.T) *aviary {
	t.Helper()
	base := t.TempDir()
	a := &aviary{firmBox: &firmBox{dir: filepath.Join(base, "data")}, home: filepath.Join(base, "home"), tmp: filepath.Join(base, "tmp"), said: filepath.Join(base, "said")}
	for _, dir := range []string{a.home, a.tmp, a.said} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{"password": canaryPassword, "phrase": canaryPassphrase, "wrong": canaryMistyped} {
		// What a person types, in a place that is not the box's.
		if err := os.WriteFile(filepath.Join(base, name), []byte(value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a.plant("a person's password", canaryPassword)
	a.plant("the passphrase", canaryPassphrase)
	a.plant("a mistyped password", canaryMistyped)
	return a
}

func (a *aviary) typed(name string) string { return filepath.Join(filepath.Dir(a.dir), name) }

func (a *aviary) plant(what, value string, may ...string) {
	a.canaries = append(a.canaries, canary{what, []byte(value), may})
}

// keep writes down what the box said, where it is scanned.
func (a *aviary) keep(t *testing.T, b []byte) {
	t.Helper()
	a.n++
	if err := os.WriteFile(filepath.Join(a.said, fmt.Sprintf("%04d", a.n)), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs a command in the box's surroundings and keeps what it said, unless it
// is there to show a secret once.
func (a *aviary) run(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	cmd := coffre(t, append(args, "--data", a.dir)...)
	cmd.Env = a.env()
	var out, errout bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errout
	cmd.Run()
	o := outcome{cmd.ProcessState.ExitCode(), out.String(), errout.String()}
	if args[0] != "init" && args[0] != "key" {
		a.keep(t, append(out.Bytes(), errout.Bytes()...))
	}
	return o
}

func (a *aviary) env() []string {
	return []string{"HOME=" + a.home, "TMPDIR=" + a.tmp, "XDG_CACHE_HOME=" + filepath.Join(a.home, "cache"), "COFFRE_LOG=debug", "LANG=en_GB.UTF-8", "PATH=" + os.Getenv("PATH"), "GOTRACEBACK=all"}
}

// setUp makes the firm, and plants what making it made.
func (a *aviary) setUp(t *testing.T) {
	t.Helper()
	o := a.run(t, "", "init", "--firm", "Acme", "--admin", "Ana", "--password-file", a.typed("password"), "--json")
	var made struct {
		Tenant string `json:"tenant"`
		APIKey string `json:"api_key"`
	}
	if err := json.Unmarshal([]byte(o.out), &made); err != nil {
		t.Fatalf("%v: %+v", err, o)
	}
	a.tenant, a.key = made.Tenant, made.APIKey
	a.plant("an API key", a.key)
	n := 0
	for line := range strings.Lines(o.errout) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "PRIVATE+KEY+") {
			a.plant("a recovery secret", line)
			n++
		}
	}
	if n != 2 {
		t.Fatalf("%d recovery secrets in the kit", n)
	}
}

// plantKeys plants what lies in keys/, which is there to hold it.
func (a *aviary) plantKeys(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(a.dir, "keys", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		if strings.HasPrefix(name, "checkpoint-") {
			a.plant("a checkpoint key", strings.TrimSpace(string(b)), "keys/"+name)
		}
		for line := range strings.Lines(string(b)) {
			if strings.HasPrefix(line, "AGE-SECRET-KEY-") {
				a.plant("the master identity", strings.TrimSpace(line)) // it is moved under a passphrase
			}
		}
		if block, _ := pem.Decode(b); block != nil && strings.Contains(block.Type, "PRIVATE") {
			a.plant("a TLS key", string(block.Bytes), "keys/"+name)
			lines := strings.Split(string(b), "\n")
			a.plant("a TLS key's text", lines[1], "keys/"+name)
		}
	}
}

// page fetches a page as a signed-in person and keeps it, headers included.
func (a *aviary) page(t *testing.T, c *http.Client, method, path string, form url.Values) *http.Response {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, a.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", a.url)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Header.Del("Set-Cookie") // where a session begins, its cookie is given
	a.keep(t, fmt.Appendf(b, "\n%s %v", resp.Status, resp.Header))
	return resp
}

// signIn plants the session's cookie.
func (a *aviary) signIn(t *testing.T) *http.Client {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	c := *a.client
	c.Jar = jar
	a.page(t, &c, http.MethodPost, "/signin", url.Values{"user": {"ana"}, "password": {canaryMistyped}})
	a.page(t, &c, http.MethodPost, "/signin", url.Values{"user": {"ana"}, "password": {canaryPassword}})
	u, _ := url.Parse(a.url)
	n := 0
	for _, k := range jar.Cookies(u) {
		if len(k.Value) >= 20 {
			a.plant("a session's cookie", k.Value)
			n++
		}
	}
	if n == 0 {
		b, _ := os.ReadFile(filepath.Join(a.said, fmt.Sprintf("%04d", a.n)))
		t.Fatalf("nobody is signed in: %s", b[:min(len(b), 3000)])
	}
	return &c
}

// useHard does what a firm does in a day, and much that is wrong.
func (a *aviary) useHard(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	a.findCollection(t)
	for _, name := range []string{"FAC-2026-0117.pdf", "avertissement-2026-02.txt"} {
		b, err := os.ReadFile(filepath.Join("testdata", "demo", "documents", name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.upload(ctx, name, b); err != nil {
			t.Fatal(err)
		}
	}
	c := a.signIn(t)
	for _, path := range []string{
		"/ask", "/documents", "/search?q=facture", "/people", "/groups", "/keys", "/collections", "/settings", "/settings/models", "/settings/record", "/settings/box",
		"/journal", "/journal/export", "/journal/keys", "/retention", "/notice", "/missing", "/api/v1/settings", "/api/v1/keys", "/api/v1/users", "/api/v1/master", "/api/v1/audit/entries", "/api/v1/audit/export?private=1", "/healthz", "/readyz",
	} {
		a.page(t, c, http.MethodGet, path, nil)
	}
	a.page(t, c, http.MethodPost, "/ask", url.Values{"question": {"Quel est le montant de la facture ?"}})
	a.page(t, c, http.MethodPost, "/settings/password", url.Values{"old": {canaryMistyped}, "new": {canaryMistyped}})
	a.page(t, c, http.MethodPost, "/settings/password", url.Values{"old": {canaryPassword}, "new": {"court"}})
	a.page(t, c, http.MethodPost, "/settings/master/unlock", url.Values{"passphrase": {canaryMistyped}})
	a.page(t, c, http.MethodPost, "/settings", url.Values{"llm.url": {"http://u:" + url.PathEscape(canaryMistyped) + "@127.0.0.1:1"}})
	for _, body := range []string{`{"value":"` + "sk-canari", `{"holder":"moon","passphrase":` + fmt.Sprintf("%q", canaryPassphrase) + `}`, `[]`, "\x00"} {
		a.call(ctx, http.MethodPut, "/master", "application/json", strings.NewReader(body), nil)
		a.call(ctx, http.MethodPost, "/secrets", "application/json", strings.NewReader(body), nil)
	}
	for _, key := range []string{a.key[:len(a.key)-1], a.key + "x"} {
		was := a.key
		a.key = key
		a.get(ctx, "/users", nil)
		a.key = was
	}
	a.commands(t)
	a.useSecrets(t, c)
}

// commands uses the command line beside the running box.
func (a *aviary) commands(t *testing.T) {
	t.Helper()
	file := filepath.Join(a.said, "export")
	for _, args := range [][]string{
		{"user", "list", "--json"}, {"settings", "list", "--json"}, {"key", "list", "--json"}, {"group", "list", "--json"},
		{"secret", "holder", "--json"}, {"secret", "list", "--json"}, {"search", "facture", "--json"}, {"ask", "Quel est le montant ?", "--json"},
		{"audit", "export", "--tenant", a.tenant, "--private", "--out", file}, {"audit", "verify", "--json"}, {"egress", "list", "--json"},
	} {
		if o := a.run(t, "", args...); o.code != 0 {
			t.Errorf("%v: exit %d: %s", args, o.code, o.errout)
		}
	}
	for code, args := range map[int][]string{2: {"no", "such", "command"}, 4: {"model", "list", "--json"}} {
		if o := a.run(t, "", args...); o.code != code {
			t.Errorf("%v: exit %d, want %d: %s", args, o.code, code, o.errout)
		}
	}
	a.receipts(t)
	if o := a.run(t, "", "doctor", "--bundle", file+"-bundle.zip"); o.code != 0 {
		t.Errorf("no diagnostic bundle: %+v", o)
	}
	a.run(t, "", "secret", "unlock", "--passphrase-file", a.typed("wrong"))
}

// TestCanaries plants secrets of every kind in a real box, uses it hard, and
// looks for them in everything that it wrote or said: databases, index, logs at
// debug level, a trace of all goroutines, exports, pages, answers, caches and
// temporary files. Only keys/ may hold what it is there to hold.
func TestCanaries(t *testing.T) {
	a := newAviary(t)
	a.setUp(t)
	a.plantKeys(t)
	a.extra = a.env()
	a.start(t)
	a.plantKeys(t) // TLS is made at the first start
	a.useHard(t)
	if o := a.run(t, "", "secret", "holder", "passphrase", "--passphrase-file", a.typed("phrase")); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	if o := a.run(t, "", "secret", "rekey", "--passphrase-file", a.typed("phrase")); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	a.stop(t)
	a.keep(t, a.stderr.Bytes())
	a.start(t) // locked
	for _, file := range []string{"wrong", "phrase"} {
		o := a.run(t, "", "secret", "unlock", "--passphrase-file", a.typed(file))
		if (o.code == 0) != (file == "phrase") {
			t.Errorf("unlock with the %s: %+v", file, o)
		}
	}
	a.plantKeys(t)
	a.client.Get(a.url + "/ask")
	a.cmd.Process.Signal(syscall.SIGQUIT) // all goroutines with their arguments, as a panic shows them
	select {
	case <-a.ended:
	case <-time.After(time.Minute):
		t.Fatal("the box does not end")
	}
	if !bytes.Contains(a.stderr.Bytes(), []byte("goroutine ")) {
		t.Error("there is no trace to look at")
	}
	a.keep(t, a.stderr.Bytes())

	if b, err := os.ReadFile(filepath.Join(a.dir, "logs", "coffre.log")); err != nil || !bytes.Contains(b, []byte(`"route":"/ask"`)) {
		t.Errorf("there is no log of requests to look at: %v", err)
	}
	hits, files := scan(t, a.canaries, a.dir, a.home, a.tmp, a.said)
	for _, h := range hits {
		t.Errorf("%s, written as %s, is in %s", h.what, h.form, strings.TrimPrefix(h.path, filepath.Dir(a.dir)))
	}
	if files < 60 {
		t.Errorf("only %d files were looked at", files)
	}
	t.Logf("%d secrets, %d forms each, in %d files", len(a.canaries), len(a.canaries[0].forms()), files)
	a.leak(t)
}

// leak writes one secret where none may be: the same search must find it.
func (a *aviary) leak(t *testing.T) {
	t.Helper()
	for _, c := range a.canaries {
		path := filepath.Join(a.dir, "tenants", a.tenant, "index", "leak")
		if err := os.WriteFile(path, c.forms()["base64+1"], 0o600); err != nil {
			t.Fatal(err)
		}
		hits, _ := scan(t, []canary{c}, a.dir)
		if len(hits) == 0 || hits[0].path != path {
			t.Errorf("a planted leak of %s was not found: %v", c.what, hits)
		}
		os.Remove(path)
	}
}
