package ui

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffre/store"
	"coffre/ui/page"
	"coffre/ui/words"
)

const testLimit = 100_000 // bytes of a file

// desk is somebody who may write in two collections, on a box that takes files
// of at most testLimit bytes.
type desk struct {
	*box
	who    person
	key    caller
	web    caller
	files  store.Collection
	others store.Collection
	doc    store.Document // where a test has put one
}

func newDesk(t *testing.T) *desk {
	d := &desk{box: newBox(t, func(d *Deps) { d.MaxUpload = testLimit })}
	d.who = d.person(d.a, "paula", store.Member)
	d.person(d.a, "adam", store.Admin)
	own := store.Grants{"user:" + d.who.id}
	d.files, d.others = d.collection(d.a, "Dossiers", own, own), d.collection(d.a, "Autres", own, own)
	d.key, d.web = d.apiKey(d.who), d.session(d.who)
	return d
}

// kept counts documents, and files in the tenant's directory.
func (d *desk) kept() (documents, files int) {
	d.t.Helper()
	err := d.a.View(func(v *store.View) error {
		ds, _, err := v.Documents(store.Operator("test"), store.DocumentFilter{Limit: 1000})
		documents = len(ds)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	all, err := os.ReadDir(filepath.Join(d.dir, "tenants", "alpha", "files"))
	if err != nil && !os.IsNotExist(err) {
		d.t.Fatal(err)
	}
	return documents, len(all)
}

// says fails unless an answer holds the catalogue's sentence for a code.
func (d *desk) says(what string, r reply, lang words.Lang, code string, params map[string]string) {
	d.t.Helper()
	want := words.Error(lang, code, params)
	text := html.UnescapeString(r.body)
	if strings.HasPrefix(r.header.Get("Content-Type"), "application/") {
		var p struct{ Detail string }
		r.json(d.t, &p)
		text = p.Detail
	}
	if code != "internal" && want == words.Error(lang, "internal", params) {
		d.t.Errorf("%s: %s has no sentence of its own", what, code)
	}
	if !strings.Contains(text, want) {
		d.t.Errorf("%s in %s: %d: the answer doesn't say %q: %.600s", what, lang, r.status, want, text)
	}
}

// ways are a file's ways in: REST, the plain form and the page's script.
func (d *desk) ways() map[string]func(lang words.Lang, b body) reply {
	send := func(c caller, path string, headers ...string) func(words.Lang, body) reply {
		return func(lang words.Lang, b body) reply {
			return d.call(c.speaking(string(lang)), "POST", path, b, headers...)
		}
	}
	return map[string]func(words.Lang, body) reply{
		"REST": send(d.key, "/api/v1/documents"), "form": send(d.web, "/documents"), "script": send(d.web, "/documents", page.PartHeader, "row"),
	}
}

func TestFilesRefusedAtOnce(t *testing.T) {
	d := newDesk(t)
	limit := map[string]string{"limit": fmt.Sprint(testLimit)}
	for name, c := range map[string]struct {
		body   func() body
		status int
		code   string
		params map[string]string
		name   string // the file's, where its script knows which one it was
	}{
		"empty file":           {func() body { return uploadOf(d.files.ID, "vide.txt", "") }, 422, "empty", nil, "vide.txt"},
		"over the limit":       {func() body { return uploadOf(d.files.ID, "gros.txt", strings.Repeat("a", testLimit+1)) }, 413, "too-large", limit, "gros.txt"},
		"far over the limit":   {func() body { return uploadOf(d.files.ID, "gros.txt", strings.Repeat("a", 30*testLimit)) }, 413, "too-large", limit, ""},
		"length not told":      {func() body { return chunked(uploadOf(d.files.ID, "gros.txt", strings.Repeat("a", 30*testLimit))) }, 413, "too-large", limit, "gros.txt"},
		"field without an end": {func() body { return chunked(multi(file{"note", "", strings.Repeat("a", 30*testLimit)})) }, 413, "too-large", limit, ""},
		"no file":              {func() body { return multi(file{"collection", "", d.files.ID}) }, 422, "file-missing", nil, ""},
		"no collection":        {func() body { return multi(file{"file", "a.txt", "abc"}) }, 422, "collection-missing", nil, ""},
		"unknown collection":   {func() body { return uploadOf("nowhere", "a.txt", "abc") }, 404, "collection-not-found", nil, "a.txt"},
		"not multipart":        {func() body { return body{"application/json", strings.NewReader("{}")} }, 400, "bad-request", nil, ""},
		"no boundary":          {func() body { return body{"multipart/form-data", strings.NewReader("abc")} }, 400, "bad-request", nil, ""},
		"cut in the middle":    {func() body { return cutBody(uploadOf(d.files.ID, "a.txt", strings.Repeat("Un texte. ", 900))) }, 422, "upload-interrupted", nil, "a.txt"},
		"cut in a header": {func() body {
			return body{"multipart/form-data; boundary=x", strings.NewReader("--x\r\nContent-Disposition: form-da")}
		}, 422, "file-missing", nil, ""},
	} {
		for way, send := range d.ways() {
			for _, lang := range words.Langs {
				r := send(lang, c.body())
				what := name + " by " + way
				if r.status != c.status {
					t.Errorf("%s: %d, want %d: %.300s", what, r.status, c.status, r.body)
				}
				if way == "REST" && r.code() != c.code {
					t.Errorf("%s: code %q, want %q", what, r.code(), c.code)
				}
				params := maps.Clone(c.params)
				if way == "script" && c.name != "" {
					params = maps.Clone(map[string]string{"name": c.name})
					maps.Copy(params, c.params)
				}
				d.says(what, r, lang, c.code, params)
			}
		}
	}
	if documents, files := d.kept(); documents != 0 || files != 0 {
		t.Errorf("refused files left %d documents and %d files", documents, files)
	}
}

// chunked hides a body's length from the client.
func chunked(b body) body { return body{b.kind, io.MultiReader(b.r)} }

func cutBody(b body) body {
	all, _ := io.ReadAll(b.r)
	return body{b.kind, strings.NewReader(string(all[:len(all)/2]))}
}

// lockedPDF is a PDF whose pages need a password: the keys in its encryption
// dictionary fit none, the empty one included.
func lockedPDF() string {
	var b strings.Builder
	b.WriteString("%PDF-1.4\n")
	var offsets []int
	obj := func(text string) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), text)
	}
	obj("<</Type/Catalog/Pages 2 0 R>>")
	obj("<</Type/Pages/Kids[3 0 R]/Count 1>>")
	obj("<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>")
	key := strings.Repeat("3c", 32)
	obj("<</Filter/Standard/V 1/R 2/P -4/O<" + key + ">/U<" + key + ">>>")
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	id := strings.Repeat("5a", 16)
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R/Encrypt 4 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, id, id, start)
	return b.String()
}

const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"

// TestFilesThatFail: what can only be known by reading is accepted, kept, and
// shown as failed with its reason, in the reader's language.
func TestFilesThatFail(t *testing.T) {
	d := newDesk(t)
	for name, c := range map[string]struct{ content, code string }{
		"verrou.pdf": {lockedPDF(), "locked"}, "image.pdf": {png, "type-mismatch"}, "blanc.txt": {" \n\n\t ", "empty"},
		"tableau.xlsx": {"PK\x03\x04 nothing", "unsupported"}, "programme.exe": {"MZ\x90\x00\x03\x00\x00\x00", ""},
		"coupe.pdf": {"%PDF-1.7\n1 0 obj\n<</Type/Catalog", "corrupt"},
	} {
		for way, send := range d.ways() {
			r := send(words.French, uploadOf(d.files.ID, way+"-"+name, c.content))
			if r.status != http.StatusAccepted && r.status != http.StatusSeeOther {
				t.Errorf("%s by %s: %d %.200s", name, way, r.status, r.body)
				continue
			}
			doc := d.settle(d.a, d.byName(way+"-"+name).ID)
			v := doc.Latest()
			if v.Status != store.Failed || c.code != "" && v.Code != c.code {
				t.Errorf("%s by %s: %s %s, want %s", name, way, v.Status, v.Code, c.code)
				continue
			}
			d.failureIsShown(doc, v)
		}
	}
}

func (d *desk) byName(name string) (found store.Document) {
	d.t.Helper()
	err := d.a.View(func(v *store.View) error {
		ds, _, err := v.Documents(store.Operator("test"), store.DocumentFilter{Name: name, Limit: 1000})
		for _, x := range ds {
			if x.Name == name {
				found = x
			}
		}
		return err
	})
	if err != nil || found.ID == "" {
		d.t.Fatalf("no document named %s: %v", name, err)
	}
	return found
}

// failureIsShown looks at a failed document everywhere: page, list, REST,
// text and original.
func (d *desk) failureIsShown(doc store.Document, v store.Version) {
	d.t.Helper()
	params := map[string]string{"name": doc.Name}
	for _, lang := range words.Langs {
		web := d.web.speaking(string(lang))
		d.says("page of "+doc.Name, d.call(web, "GET", "/documents/"+doc.ID, nil), lang, v.Code, params)
		d.says("list with "+doc.Name, d.call(web, "GET", "/documents?status=failed", nil), lang, v.Code, params)
		r := d.call(d.key.speaking(string(lang)), "GET", "/api/v1/documents/"+doc.ID+"/content?as=text", nil)
		d.says("text of "+doc.Name, r, lang, "not-ready", nil)
		if r.status != http.StatusConflict {
			d.t.Errorf("text of %s: %d", doc.Name, r.status)
		}
	}
	var rest documentJSON
	d.call(d.key, "GET", "/api/v1/documents/"+doc.ID, nil).json(d.t, &rest)
	if rest.Status != "failed" || rest.Code != v.Code || rest.Versions[0].Passages != 0 {
		d.t.Errorf("%s over REST: %+v", doc.Name, rest)
	}
	if r := d.call(d.key, "GET", "/api/v1/documents/"+doc.ID+"/content?as=original", nil); r.status != 200 || int64(len(r.body)) != v.Bytes {
		d.t.Errorf("original of %s: %d, %d bytes of %d", doc.Name, r.status, len(r.body), v.Bytes)
	}
}

// TestLatin1CSV: a table in the encoding of an old spreadsheet is read right,
// by its form and over REST, whatever the order of the fields.
func TestLatin1CSV(t *testing.T) {
	d := newDesk(t)
	latin1 := "D\xe9signation;Prix\nC\xe2ble \xe0 fibre;12,50\nP\xe8se-lettre;48,00\n"
	for i, b := range []body{
		uploadOf(d.files.ID, "a.csv", latin1), multi(file{"file", "b.csv", latin1}, file{"collection", "", d.files.ID}),
	} {
		r := d.call(d.key, "POST", "/api/v1/documents", b)
		var out struct{ ID string }
		r.json(t, &out)
		if doc := d.settle(d.a, out.ID); doc.Latest().Status != store.Ready || doc.Collection != d.files.ID {
			t.Fatalf("upload %d: %+v", i, doc)
		}
		text := d.call(d.key, "GET", "/api/v1/documents/"+out.ID+"/content?as=text", nil).body
		for _, word := range []string{"Désignation", "Câble à fibre", "12,50", "Pèse-lettre"} {
			if !strings.Contains(text, word) {
				t.Errorf("upload %d: the text doesn't hold %q: %q", i, word, text)
			}
		}
	}
	r := d.call(d.web, "GET", "/search?q=p%C3%A8se-lettre", nil)
	if !strings.Contains(r.body, "<mark>") {
		t.Error("the table isn't found by a word of it")
	}
}

// TestTwoGigabytes: a file far over the limit is refused when its length is
// told, before any of it is read.
func TestTwoGigabytes(t *testing.T) {
	d := newDesk(t)
	for _, lang := range words.Langs {
		for path, who := range map[string]string{
			"/api/v1/documents": "Authorization: Bearer " + d.key.key, "/documents": "Cookie: __Host-coffre=" + d.web.cookie,
		} {
			c := d.rawTLS()
			fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\n%s\r\nAccept-Language: %s\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 2147483648\r\n\r\n--x\r\n", path, hostA, who, lang)
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatalf("%s: no answer while the file is still to come: %v", path, err)
			}
			text, _ := io.ReadAll(res.Body)
			r := reply{res.StatusCode, res.Header, string(text)}
			d.checkHeaders("POST "+path, r)
			if r.status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: %d", path, r.status)
			}
			d.says(path, r, lang, "too-large", map[string]string{"limit": fmt.Sprint(testLimit)})
		}
	}
}

// TestUploadsThatBreakOff: senders that tell a wrong length or go away leave
// nothing behind.
func TestUploadsThatBreakOff(t *testing.T) {
	d := newDesk(t)
	part := "--x\r\nContent-Disposition: form-data; name=\"collection\"\r\n\r\n" + d.files.ID + "\r\n--x\r\n" +
		"Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nUn début de texte"
	for name, length := range map[string]int{"goes away": len(part) + 5000, "promises less than comes": len(part) - 100} {
		c := d.rawTLS()
		fmt.Fprintf(c, "POST /api/v1/documents HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n%s", hostA, d.key.key, length, part)
		if name == "promises less than comes" {
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil || res.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s: %v %v", name, res, err)
			}
		}
		c.Close()
	}
	// The server notices a closed connection when it reads on.
	for range 6000 {
		if _, files := d.kept(); files == 0 && d.idle() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if documents, files := d.kept(); documents != 0 || files != 0 {
		t.Errorf("uploads that broke off left %d documents and %d files", documents, files)
	}
}

// idle tells whether nothing is being received.
func (d *desk) idle() bool {
	left, _ := filepath.Glob(filepath.Join(d.dir, "tenants", "alpha", "files", ".incoming-*"))
	return len(left) == 0
}

// TestNamesOfFiles: a name is shown as it is and never leads anywhere.
func TestNamesOfFiles(t *testing.T) {
	d := newDesk(t)
	for sent, want := range map[string]string{
		`..\..\windows\a.txt`: "a.txt", "../../etc/b.txt": "b.txt", "<script>alert(1)</script>.txt": "script>.txt",
		"é\u202etxt.c.txt": "", "c\r\nSet-Cookie: x=1.txt": "", strings.Repeat("n", 400) + ".txt": "",
	} {
		r := d.call(d.key, "POST", "/api/v1/documents", uploadOf(d.files.ID, sent, "Un texte de "+fmt.Sprintf("%x", sent)))
		if r.status != http.StatusAccepted {
			t.Errorf("%q: %d %s", sent, r.status, r.body)
			continue
		}
		var out struct{ ID string }
		r.json(t, &out)
		var doc documentJSON
		d.call(d.key, "GET", "/api/v1/documents/"+out.ID, nil).json(t, &doc)
		if want != "" && doc.Name != want || len(doc.Name) > 255 || strings.ContainsAny(doc.Name, "/\\\r\n\x00") {
			t.Errorf("%q is kept as %q", sent, doc.Name)
		}
		o := d.call(d.web, "GET", "/documents/"+out.ID+"/original", nil)
		if !strings.HasPrefix(o.header.Get("Content-Disposition"), "attachment; filename") || o.header.Get("Set-Cookie") != "" {
			t.Errorf("%q is sent with %v", sent, o.header)
		}
		if list := d.call(d.web, "GET", "/documents", nil).body; strings.Contains(list, "<script>alert") {
			t.Errorf("%q stands unescaped in the list", sent)
		}
	}
}
