package cli

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// inbox takes documents and makes their receipts after some polls.
type inbox struct {
	mu     sync.Mutex
	got    []string // "collection name content"
	polled map[string]int
	api    *api
}

func newInbox() *inbox {
	b := &inbox{polled: map[string]int{}}
	b.api = &api{answers: map[string]http.HandlerFunc{
		"GET /collections": says(`{"collections":[{"id":"c1","name":"Baux","may_write":true},{"id":"c2","name":"Lecture","may_write":false}]}`),
		"POST /documents":  b.receive,
	}}
	return b
}

func (b *inbox) receive(w http.ResponseWriter, r *http.Request) {
	mr, err := r.MultipartReader()
	if err != nil {
		panic(err)
	}
	var fields []string
	for {
		p, err := mr.NextPart()
		if err != nil {
			break
		}
		content, _ := io.ReadAll(p)
		if p.FormName() == "file" {
			fields = append(fields, p.FileName())
		}
		fields = append(fields, string(content))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, strings.Join(fields, "|"))
	if strings.Contains(fields[1], "toobig") {
		fails(http.StatusRequestEntityTooLarge, "too-large", "Too large.")(w, r)
		return
	}
	id := fmt.Sprintf("d%d", len(b.got))
	status, code := "ready", ""
	if strings.Contains(fields[1], "locked") {
		status, code = "failed", "locked"
	}
	b.api.mu.Lock()
	b.api.answers["GET /documents/"+id] = func(w http.ResponseWriter, _ *http.Request) {
		b.mu.Lock()
		b.polled[id]++
		s := status
		if b.polled[id] < 3 {
			s = "queued"
		}
		b.mu.Unlock()
		fmt.Fprintf(w, `{"id":%q,"versions":[{"id":"old","status":"ready","passages":99},{"id":"v-%s","status":%q,"code":%q,"pages":2,"passages":3,"characters":400,"warnings":[{"code":"garbled-text","page":2}]}]}`, id, id, s, code)
	}
	b.api.mu.Unlock()
	fmt.Fprintf(w, `{"id":%q,"status":"queued","version":"v-%s"}`, id, id)
}

func tree(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("content of "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestIngest(t *testing.T) {
	dir := tree(t, "a.txt", "b/README.md", "c/readme.md", "locked.pdf", "toobig.pdf", ".hidden/x.txt", ".y", "~$a.docx", "été.txt")
	if err := os.Symlink("a.txt", filepath.Join(dir, "link.txt")); err != nil {
		t.Fatal(err)
	}
	b := newInbox()
	o := run(t, b.api, "ingest", dir, "--wait", "--json", filepath.Join(dir, "gone.txt"))
	o.want(t, ExitFailed, "", "3 of 7 files could not be read")
	for _, skipped := range []string{".hidden is hidden", ".y is hidden", "~$a.docx is hidden", "link.txt is a link"} {
		o.want(t, ExitFailed, "", skipped)
	}
	want := []string{
		"c1|a.txt|content of a.txt", "c1|b - README.md|content of b/README.md", "c1|c - readme.md|content of c/readme.md",
		"c1|locked.pdf|content of locked.pdf", "c1|toobig.pdf|content of toobig.pdf", "c1|été.txt|content of été.txt",
	}
	if !slices.Equal(b.got, want) {
		t.Errorf("the box got %q", b.got)
	}
	byName := map[string]map[string]any{}
	for _, r := range o.lines(t) {
		byName[filepath.Base(r["path"].(string))] = r
	}
	if r := byName["a.txt"]; r["status"] != "ready" || r["passages"] != 3.0 || r["pages"] != 2.0 || r["document_id"] != "d1" {
		t.Errorf("receipt of a.txt: %v", r)
	}
	for name, code := range map[string]string{"locked.pdf": "locked", "toobig.pdf": "too-large", "gone.txt": "unreadable"} {
		if r := byName[name]; r["status"] != "failed" || r["code"] != code || r["detail"] == "" || r["warnings"] == nil {
			t.Errorf("receipt of %s: %v", name, r)
		}
	}
}

func TestIngestSentences(t *testing.T) {
	dir := tree(t, "a.txt")
	b := newInbox()
	o := run(t, b.api, "ingest", filepath.Join(dir, "a.txt"), "--lang", "fr")
	o.want(t, ExitDone, "a.txt\u00a0: lu, 2 pages, 3 passages, 400 caractères", "")
	known := newInbox()
	known.api.answers["POST /documents"] = says(`{"id":"d9","status":"ready","version":"v9"}`)
	known.api.answers["GET /documents/d9"] = says(`{"versions":[{"id":"v9","status":"ready","passages":1,"characters":12}]}`)
	run(t, known.api, "ingest", dir).want(t, ExitDone, "a.txt: read, 1 passage, 12 characters", "")
	run(t, b.api, "ingest", filepath.Join(dir, "a.txt"), "--collection", "lecture").want(t, ExitDenied, "", "can’t receive")
	run(t, b.api, "ingest", filepath.Join(dir, "a.txt"), "--collection", "nope").want(t, ExitUsage, "", "there are Baux and Lecture")
	run(t, b.api, "ingest", t.TempDir()).want(t, ExitFailed, "", "No file to put in")
	b.api.answers["GET /collections"] = says(`{"collections":[{"id":"c1","name":"Baux","may_write":true},{"id":"c2","name":"Paie","may_write":true}]}`)
	run(t, b.api, "ingest", dir).want(t, ExitUsage, "", "Baux and Paie. Choose one with --collection")
	run(t, b.api, "ingest", dir, "--collection", "PAIE").want(t, ExitDone, "read", "")
	b.api.answers["GET /collections"] = says(`{"collections":[]}`)
	run(t, b.api, "ingest", dir).want(t, ExitFailed, "", "no collection")
	b.api.answers["POST /documents"] = fails(http.StatusForbidden, "denied", "Not yours.")
	b.api.answers["GET /collections"] = says(`{"collections":[{"id":"c1","name":"Baux","may_write":true}]}`)
	run(t, b.api, "ingest", dir).want(t, ExitDenied, "", "Not yours.")
}

// TestUploadOfAFileThatShrinks: what was announced doesn't come, and that is
// the file's fault, not the box's.
func TestUploadOfAFileThatShrinks(t *testing.T) {
	e := &exactly{r: strings.NewReader("12345"), left: 10}
	if _, err := io.ReadAll(e); err == nil || e.failed() == nil {
		t.Errorf("%v, %v", err, e.failed())
	}
	e = &exactly{r: strings.NewReader("12345"), left: 3}
	if b, err := io.ReadAll(e); string(b) != "123" || err != nil || e.failed() != nil {
		t.Errorf("%q, %v", b, err)
	}
}
