package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// buildDir holds what tests build once; TestMain removes it.
var buildDir string

// program is the real coffre, built once for all tests that kill or damage it.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "coffre-test-")
	if err != nil {
		return "", err
	}
	buildDir = dir
	path := filepath.Join(dir, "coffre")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

func coffre(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "LANG=en_GB.UTF-8")
	return cmd
}

// outcome is what a command left behind.
type outcome struct {
	code        int
	out, errout string
}

// command runs coffre to its end. Whatever happens, people are shown no stack.
func command(t *testing.T, args ...string) (o outcome) {
	t.Helper()
	cmd := coffre(t, args...)
	var out, errout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errout
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	o = outcome{cmd.ProcessState.ExitCode(), out.String(), errout.String()}
	if o.code < 0 || strings.Contains(o.errout, "goroutine ") || strings.Contains(o.errout, "panic:") {
		t.Errorf("coffre %s: exit %d\n%s", strings.Join(args, " "), o.code, o.errout)
	}
	return o
}

// firmBox is a firm's data directory, and the process that serves it now.
type firmBox struct {
	dir, tenant, key, firstKey string
	collection                 string
	url                        string
	client                     *http.Client
	cmd                        *exec.Cmd
	ended                      chan struct{} // closed once the process has ended
	stderr                     *bytes.Buffer
	extra                      []string // environment of the process, in place of the tests'
	listen                     string   // "": any port
}

// newBox makes a box with `coffre init`.
func newBox(t *testing.T) *firmBox {
	t.Helper()
	b := &firmBox{dir: filepath.Join(t.TempDir(), "data")}
	pw := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(pw, []byte("velours-cadastre-93-tuile\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := command(t, "init", "--firm", "Acme", "--admin", "Ana", "--password-file", pw, "--json", "--data", b.dir)
	var made struct {
		Tenant string `json:"tenant"`
		APIKey string `json:"api_key"`
	}
	if err := json.Unmarshal([]byte(o.out), &made); err != nil {
		t.Fatalf("init: %v: %+v", err, o)
	}
	b.tenant, b.key = made.Tenant, made.APIKey
	for line := range strings.Lines(o.errout) {
		if k := strings.TrimSpace(line); b.firstKey == "" && strings.HasPrefix(k, "coffre.audit/") {
			b.firstKey = k
		}
	}
	if b.firstKey == "" {
		t.Fatalf("init shows no first key: %s", o.errout)
	}
	return b
}

func (b *firmBox) storeDB() string { return filepath.Join(b.dir, "tenants", b.tenant, "store.db") }

// launch starts `coffre serve` without waiting for it.
func (b *firmBox) launch(t *testing.T) io.Reader {
	t.Helper()
	b.cmd = coffre(t, "serve", "--listen", cmp.Or(b.listen, "127.0.0.1:0"), "--json", "--data", b.dir)
	if b.extra != nil {
		b.cmd.Env = b.extra
	}
	b.stderr = &bytes.Buffer{}
	b.cmd.Stderr = b.stderr
	// A pipe of our own: Wait must not close it before it has been read.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	b.cmd.Stdout = w
	err = b.cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	cmd, ended := b.cmd, make(chan struct{})
	b.ended = ended
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() { cmd.Process.Kill(); <-ended })
	return r
}

// start starts `coffre serve` and waits until it answers.
func (b *firmBox) start(t *testing.T) {
	t.Helper()
	line, err := bufio.NewReader(b.launch(t)).ReadString('\n')
	var ready struct {
		URL string `json:"url"`
	}
	if err == nil {
		err = json.Unmarshal([]byte(line), &ready)
	}
	if err != nil {
		<-b.ended
		t.Fatalf("serve is not ready: %v\n%s", err, b.stderr)
	}
	b.connect(t, ready.URL, filepath.Join(b.dir, "keys", "ca.pem"))
}

func (b *firmBox) connect(t *testing.T, address, caFile string) {
	t.Helper()
	pem, err := os.ReadFile(caFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("%s holds no certificate", caFile)
	}
	b.url = address
	b.client = &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}},
	}
	t.Cleanup(b.client.CloseIdleConnections)
}

// kill is SIGKILL: nothing runs after it.
func (b *firmBox) kill() {
	b.cmd.Process.Kill()
	<-b.ended
}

// stop ends the box as a service manager does.
func (b *firmBox) stop(t *testing.T) {
	t.Helper()
	b.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-b.ended:
	case <-time.After(30 * time.Second):
		t.Error("serve does not end on SIGTERM")
		b.kill()
	}
	if code := b.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("serve ended with %d\n%s", code, b.stderr)
	}
}

// errStatus is an answer that is no success.
type errStatus struct {
	status int
	body   string
}

func (e *errStatus) Error() string { return fmt.Sprintf("status %d: %s", e.status, e.body) }

// call makes a REST request and decodes the answer into out, which may be nil.
func (b *firmBox) call(ctx context.Context, method, path, contentType string, body io.Reader, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, b.url+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+b.key)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return &errStatus{resp.StatusCode, string(raw)}
	}
	if p, ok := out.(*[]byte); ok {
		*p = raw
		return nil
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

func (b *firmBox) get(ctx context.Context, path string, out any) error {
	return b.call(ctx, http.MethodGet, path, "", nil, out)
}

func (b *firmBox) post(ctx context.Context, path string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return b.call(ctx, http.MethodPost, path, "application/json", bytes.NewReader(raw), out)
}

// upload sends a file and returns the id that the box acknowledged.
func (b *firmBox) upload(ctx context.Context, name string, content []byte) (string, error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	w.WriteField("collection", b.collection)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		return "", err
	}
	part.Write(content)
	w.Close()
	var ack struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	}
	err = b.call(ctx, http.MethodPost, "/documents", w.FormDataContentType(), &form, &ack)
	if err == nil && ack.ID == "" {
		err = errors.New("an upload was acknowledged without an id")
	}
	return ack.ID, err
}

// findCollection asks for the one that every new firm has.
func (b *firmBox) findCollection(t *testing.T) {
	t.Helper()
	var got struct {
		Collections []struct {
			ID string `json:"id"`
		} `json:"collections"`
	}
	if err := b.get(context.Background(), "/collections", &got); err != nil || len(got.Collections) == 0 {
		t.Fatalf("collections: %+v %v", got, err)
	}
	b.collection = got.Collections[0].ID
}

type restHit struct {
	DocumentID string `json:"document_id"`
	Version    string `json:"version"`
	Text       string `json:"text"`
	Start      int    `json:"start"`
	End        int    `json:"end"`
}

func (b *firmBox) search(ctx context.Context, q string) ([]restHit, error) {
	var got struct {
		Hits []restHit `json:"hits"`
	}
	err := b.get(ctx, "/search?"+url.Values{"q": {q}}.Encode(), &got)
	return got.Hits, err
}
