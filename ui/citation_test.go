package ui

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/demo"
)

// sampleFirm is the sample firm on a box of its own, with a key for each person.
type sampleFirm struct {
	*box
	files fs.FS
	t     *store.Tenant
	keys  map[string]caller
	texts map[string]string // by document and version
}

func newSampleFirm(t *testing.T) *sampleFirm {
	f := &sampleFirm{box: emptyBox(t, nil), files: os.DirFS("../testdata/demo"), keys: map[string]caller{}, texts: map[string]string{}}
	accounts, err := demo.Seed(f.ctx, f.root, f.auth, f.files, "fr")
	if err == nil {
		f.server.Ingest.Wake()
		err = demo.Wait(f.ctx, f.root)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.t = f.acquire(demo.TenantID)
	f.a = f.t
	for _, a := range accounts {
		err := f.t.View(func(v *store.View) error {
			u, err := v.UserByLogin(a.Name)
			f.keys[a.Name] = f.apiKey(person{id: u.ID, login: a.Name, t: f.t})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// ask asks over REST as somebody.
func (f *sampleFirm) ask(q demo.Question) (answerJSON, reply) {
	f.box.t.Helper()
	r := f.call(f.keys[q.Asker], "POST", "/api/v1/ask", map[string]any{"question": q.Question})
	var a answerJSON
	r.json(f.box.t, &a)
	if r.status != 200 || a.AuditSeq == 0 {
		f.box.t.Fatalf("%s: %d %s", q.ID, r.status, r.body)
	}
	return a, r
}

// TestCitationsOfTheSampleFirm asks the questions of the sample firm and holds
// every citation against the text of its document as REST gives it.
func TestCitationsOfTheSampleFirm(t *testing.T) {
	f := newSampleFirm(t)
	questions, err := demo.Questions(f.files)
	if err != nil {
		t.Fatal(err)
	}
	seqs := map[uint64]string{}
	asked, answered := map[string]int{}, 0
	for _, q := range questions {
		if limit := map[string]int{"answerable": 24, "unanswerable": 6, "forbidden": 99}[q.Kind]; asked[q.Kind] >= limit {
			continue
		}
		asked[q.Kind]++
		a, r := f.ask(q)
		seqs[a.AuditSeq] = chain.AnswerGive
		for _, c := range a.Citations {
			f.checkCitation(q, c)
		}
		if q.Kind == "forbidden" {
			f.checkForbidden(q, r)
			continue
		}
		for _, want := range q.Expect.Contains {
			if strings.Contains(a.Answer, want) {
				answered++
				f.checkExpectedPage(q, a, want)
				break
			}
		}
	}
	if asked["answerable"] < 20 || asked["forbidden"] < 10 || answered < asked["answerable"]/2 {
		t.Errorf("asked %v, %d answers hold what they should", asked, answered)
	}
	t.Logf("asked %v; %d of %d answers hold what they should", asked, answered, asked["answerable"])
	f.checkExport(seqs)
}

// checkCitation: the quote is byte for byte the extracted text of that version
// in that range, and the page is the one on which it begins.
func (f *sampleFirm) checkCitation(q demo.Question, c citationJSON) {
	t := f.box.t
	t.Helper()
	key := c.DocumentID + " " + c.Version
	if _, ok := f.texts[key]; !ok {
		r := f.call(f.keys[q.Asker], "GET", "/api/v1/documents/"+c.DocumentID+"/content?as=text&version="+c.Version, nil)
		if r.status != 200 {
			t.Fatalf("%s: its source can't be opened: %d", q.ID, r.status)
		}
		f.texts[key] = r.body
	}
	text := f.texts[key]
	if c.Start < 0 || c.End > len(text) || c.Start >= c.End || c.Quote != text[c.Start:c.End] || !c.Verified {
		t.Errorf("%s: the citation %+v is not the text there", q.ID, c)
		return
	}
	err := f.t.View(func(v *store.View) error {
		d, err := v.Document(store.Operator("test"), c.DocumentID)
		if err != nil {
			return err
		}
		ver, _ := d.Version(c.Version)
		pages, err := v.VersionPages(ver)
		want := 0
		for _, p := range pages {
			if c.Start >= p.Start && c.Start < p.End {
				want = p.N
			}
		}
		if c.Page != want {
			t.Errorf("%s: a quote of %s on page %d is said to stand on %d: %q", q.ID, d.Name, want, c.Page, c.Quote)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkExpectedPage holds the page against the list of questions, which a
// person wrote with the documents in hand.
func (f *sampleFirm) checkExpectedPage(q demo.Question, a answerJSON, want string) {
	for _, c := range a.Citations {
		if q.Expect.Page > 0 && strings.Contains(c.Quote, want) && f.nameOf(c.DocumentID) == path.Base(q.Expect.Documents[0]) && c.Page != q.Expect.Page {
			f.box.t.Errorf("%s: %q is cited on page %d, it stands on %d", q.ID, want, c.Page, q.Expect.Page)
		}
	}
}

func (f *sampleFirm) nameOf(id string) (name string) {
	f.t.View(func(v *store.View) error {
		d, err := v.Document(store.Operator("test"), id)
		name = d.Name
		return err
	})
	return name
}

// checkForbidden: an answer to somebody who may not have it shows neither what
// it would say nor the document that says it.
func (f *sampleFirm) checkForbidden(q demo.Question, r reply) {
	t := f.box.t
	t.Helper()
	for _, secret := range q.Expect.Contains {
		if strings.Contains(r.body, secret) {
			t.Errorf("%s: %s is shown %q", q.ID, q.Asker, secret)
		}
	}
	for _, file := range q.Expect.Documents {
		err := f.t.View(func(v *store.View) error {
			ds, _, err := v.Documents(store.Operator("test"), store.DocumentFilter{Name: path.Base(file)})
			for _, d := range ds {
				if strings.Contains(r.body, d.ID) || strings.Contains(r.body, d.Title) {
					t.Errorf("%s: %s is shown that %s exists", q.ID, q.Asker, file)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// checkExport: the entries that the answers named are in the export, which
// both verifiers accept.
func (f *sampleFirm) checkExport(seqs map[uint64]string) {
	t := f.box.t
	t.Helper()
	r := f.call(f.keys["odette"], "GET", "/api/v1/audit/export", nil)
	if r.status != 200 {
		t.Fatalf("export: %d %s", r.status, r.body)
	}
	lines := bufio.NewScanner(strings.NewReader(r.body))
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"salt"`) || strings.Contains(lines.Text(), `"private":{`) {
			t.Fatal("an export that wasn't asked for private parts holds one")
		}
		var e struct{ Payload json.RawMessage }
		json.Unmarshal(lines.Bytes(), &e)
		if p, err := chain.ParsePayload(e.Payload); err == nil && seqs[p.Seq] == p.Action {
			delete(seqs, p.Seq)
		}
	}
	if len(seqs) != 0 {
		t.Errorf("the export lacks the entries %v", seqs)
	}
	var first string
	if err := f.t.View(func(v *store.View) error { facts, err := v.Facts(); first = facts.FirstKey; return err }); err != nil {
		t.Fatal(err)
	}
	rep, err := chain.VerifyExport(strings.NewReader(r.body), chain.VerifyOptions{FirstKey: first})
	if err != nil || !rep.OK || !rep.Authentic {
		t.Errorf("the export doesn't verify: %v %+v", err, rep)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 for the stranger's verifier: install python3")
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	out, err := exec.Command(python, "../testdata/audit-verifier/verify.py", "--key", write("first.key", first), write("export.ndjson", r.body)).CombinedOutput()
	var stranger struct{ OK, Authentic bool }
	if json.Unmarshal(out, &stranger); err != nil || !stranger.OK || !stranger.Authentic {
		t.Errorf("the stranger's verifier: %v %s", err, out)
	}
}
