package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// patience is how long a box may take for what it does by itself; a broken one
// is late for ever.
var patience = 2 * time.Minute

// box is a running `coffre serve` and a client of it.
type box struct {
	program, data string
	key           string
	url, link     string // link is where a fresh box is set up
	client        *http.Client
	cmd           *exec.Cmd
	ended         chan struct{}
	said          bytes.Buffer
}

// start runs the box and waits until it answers.
func start(program, data, key string) (*box, error) {
	b := &box{program: program, data: data, key: key, ended: make(chan struct{})}
	b.cmd = exec.Command(program, "serve", "--listen", "127.0.0.1:0", "--json", "--data", data)
	b.cmd.Env = append(os.Environ(), "LANG=en_GB.UTF-8")
	b.cmd.Stderr = &b.said
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b.cmd.Stdout = w
	err = b.cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	go func() { b.cmd.Wait(); close(b.ended) }()
	r.SetReadDeadline(time.Now().Add(patience))
	line, err := bufio.NewReader(r).ReadString('\n')
	var ready struct {
		URL   string `json:"url"`
		Setup string `json:"setup_url"`
	}
	if err == nil {
		err = json.Unmarshal([]byte(line), &ready)
	}
	if err == nil {
		b.url, b.link = ready.URL, ready.Setup
		err = b.connect()
	}
	if err != nil {
		b.kill()
		return nil, fmt.Errorf("serve doesn't start: %w\n%s", err, b.said.String())
	}
	return b, nil
}

func (b *box) connect() error {
	pem, err := os.ReadFile(filepath.Join(b.data, "keys", "ca.pem"))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return errors.New("ca.pem holds no certificate")
	}
	b.client = &http.Client{Timeout: 5 * time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	return nil
}

func (b *box) kill() {
	b.cmd.Process.Kill()
	<-b.ended
}

// stop ends the box as a service manager does.
func (b *box) stop() error {
	b.client.CloseIdleConnections()
	b.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-b.ended:
	case <-time.After(patience):
		b.kill()
		return errors.New("serve does not end on SIGTERM")
	}
	if code := b.cmd.ProcessState.ExitCode(); code != 0 || strings.Contains(b.said.String(), "panic") {
		return fmt.Errorf("serve ended with %d:\n%s", code, b.said.String())
	}
	return nil
}

// refusal is an answer that is no success.
type refusal struct {
	status int
	body   string
}

func (e *refusal) Error() string { return fmt.Sprintf("status %d: %s", e.status, e.body) }

// call makes a REST request and decodes the answer into out: nil, bytes, or JSON.
func (b *box) call(ctx context.Context, method, path, kind string, body io.Reader, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, b.url+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+b.key)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	switch p := out.(type) {
	case nil:
	case *[]byte:
		*p = raw
	default:
		if err == nil && resp.StatusCode/100 == 2 {
			err = json.Unmarshal(raw, out)
		}
	}
	if err == nil && resp.StatusCode/100 != 2 {
		err = &refusal{resp.StatusCode, string(raw)}
	}
	return err
}

func (b *box) get(path string, out any) error {
	return b.call(context.Background(), http.MethodGet, path, "", nil, out)
}

func (b *box) send(ctx context.Context, method, path string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return b.call(ctx, method, path, "application/json", bytes.NewReader(raw), out)
}

// upload puts a file in and returns its id.
func (b *box) upload(ctx context.Context, collection, name string, content []byte) (string, error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	w.WriteField("collection", collection)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		return "", err
	}
	part.Write(content)
	w.Close()
	var ack struct {
		ID string `json:"id"`
	}
	err = b.call(ctx, http.MethodPost, "/documents", w.FormDataContentType(), &form, &ack)
	if err == nil && ack.ID == "" {
		err = errors.New("an upload was acknowledged without an id")
	}
	return ack.ID, err
}

// collection is the one that every new firm has.
func (b *box) collection() (string, error) {
	var got struct {
		Collections []struct {
			ID string `json:"id"`
		} `json:"collections"`
	}
	if err := b.get("/collections", &got); err != nil {
		return "", err
	}
	if len(got.Collections) == 0 {
		return "", errors.New("no collection")
	}
	return got.Collections[0].ID, nil
}

// run runs a command of the program to its end; errors hold what it said.
func run(program string, args ...string) (out, said string, err error) {
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "LANG=en_GB.UTF-8")
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	if err = cmd.Run(); err != nil || strings.Contains(e.String(), "goroutine ") {
		err = fmt.Errorf("coffre %s: %w\n%s", strings.Join(args, " "), err, e.String())
	}
	return o.String(), e.String(), err
}
