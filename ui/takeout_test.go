package ui

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"coffre/store"
	"coffre/vault"
)

// compare opens an export with nothing but Python's own zip and json, and compares
// each original, each text and each quotation with what it should be.
const compare = `
import hashlib, json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
sums = dict((l[66:], l[:64]) for l in z.read("SHA256SUMS").decode().splitlines())
names = [n for n in z.namelist() if n != "SHA256SUMS"]
assert sorted(sums) == sorted(names), (sorted(sums), sorted(names))
for n in names:
    assert hashlib.sha256(z.read(n)).hexdigest() == sums[n], n
documents = json.loads(z.read("documents.json"))
texts = 0
for d in documents:
    for v in d["versions"]:
        raw = z.read(v["original"])
        assert hashlib.sha256(raw).hexdigest() == v["sha256"] and len(raw) == v["bytes"], v
        if "text" in v:
            texts += 1
            assert hashlib.sha256(z.read(v["text"])).hexdigest() == v["text_sha256"], v
            assert z.read(v["markdown"]).startswith(b"# ")
quotes = 0
for c in json.loads(z.read("conversations.json")):
    assert c["markdown"] in names, c
    for m in c["messages"]:
        for q in m["citations"]:
            quotes += 1
            assert z.read(q["text"])[q["start"]:q["end"]].decode() == q["quote"], q
print(json.dumps({"documents": len(documents), "texts": texts, "quotes": quotes, "names": names,
    "originals": sorted(z.read(v["original"]).decode() for d in documents for v in d["versions"])}))
`

type opened struct {
	Documents, Texts, Quotes int
	Names, Originals         []string
}

// openOutside runs compare over an export.
func openOutside(t *testing.T, zip string) (o opened) {
	t.Helper()
	raw := []byte(zip)
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3: apt install python3")
	}
	file := filepath.Join(t.TempDir(), "export.zip")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(python, "-c", compare, file)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	if err := json.Unmarshal(out, &o); err != nil {
		t.Fatal(err)
	}
	if unzip, err := exec.LookPath("unzip"); err == nil {
		if out, err := exec.Command(unzip, "-tq", file).CombinedOutput(); err != nil {
			t.Errorf("unzip: %v %s", err, out)
		}
	}
	return o
}

func anyHas(all []string, part string) bool {
	for _, s := range all {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

// takeoutFirm is a firm of two people with a question each, and a document that
// only ben may read.
func takeoutFirm(t *testing.T) (x *box, ada, ben person) {
	t.Helper()
	x = newBox(t, nil)
	ada, ben = x.person(x.a, "ada", store.Admin), x.person(x.a, "ben", store.Member)
	all := x.collection(x.a, "Baux: 2026/27", store.Grants{store.Everyone}, store.Grants{store.Everyone})
	own := x.collection(x.a, "Privé", store.Grants{"user:" + ben.id}, store.Grants{"user:" + ben.id})
	x.add(x.a, all, "Bail Carnot.txt", "Le loyer du local Carnot est de 1 200 euros par mois.\nLe bail finit en juin.\n")
	x.add(x.a, all, "bail carnot.md", "# Autre\nLe dépôt de garantie du local Carnot est de 3 600 euros.\n")
	x.add(x.a, own, "secret.txt", "La prime de ben est de 900 euros par trimestre.\n")
	x.call(x.apiKey(ben), "POST", "/api/v1/ask", map[string]any{"question": "Quelle est la prime de ben ?"})
	x.call(x.apiKey(ada), "POST", "/api/v1/ask", map[string]any{"question": "Quel est le loyer du local Carnot ?"})
	return x, ada, ben
}

// TestTakeoutPlain: in the open, another administrator has to approve; then who
// asked takes everything away, once, and it opens with nothing of ours.
func TestTakeoutPlain(t *testing.T) {
	x, ada, _ := takeoutFirm(t)
	eve := x.person(x.a, "eve", store.Admin)
	x.clock.advance(80 * 3600e9) // accounts that somebody else made decide after three days
	admin, second := x.session(ada), x.session(eve)
	if r := x.call(admin, "POST", "/api/v1/exports", map[string]any{"plain": true}); r.status != http.StatusConflict || !strings.Contains(r.body, "export-two") {
		t.Fatal(r.status, r.body)
	}
	r := x.call(admin, "POST", "/settings/firm/export", url.Values{"form": {"plain"}, "reason": {"changement de logiciel"}})
	if r.status != http.StatusSeeOther {
		t.Fatal(r.status, r.body)
	}
	if r := x.call(admin, "POST", "/api/v1/exports", map[string]any{"plain": true, "reason": "encore une fois"}); !strings.Contains(r.body, "approval-waiting") {
		t.Error(r.status, r.body)
	}
	var waiting store.Approval
	err := x.a.View(func(v *store.View) error {
		all, err := v.Approvals()
		waiting = all[0]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := x.call(second, "POST", "/retention/approvals/"+waiting.ID+"/approve", url.Values{}); r.status != http.StatusSeeOther {
		t.Fatal(r.status, r.body)
	}
	if r := x.call(second, "POST", "/api/v1/exports", map[string]any{"plain": true}); r.status != http.StatusConflict {
		t.Error("who didn't ask takes it away:", r.status)
	}
	r = x.call(admin, "POST", "/settings/firm/export", url.Values{"form": {"plain"}})
	if r.status != http.StatusOK {
		t.Fatal(r.status, r.body)
	}
	o := openOutside(t, r.body)
	if o.Documents != 3 || o.Texts != 3 || o.Quotes == 0 || !anyHas(o.Originals, "prime de ben") {
		t.Errorf("%+v", o)
	}
	for _, name := range []string{
		"documents/Baux_ 2026_27/Bail Carnot.txt", "documents/Baux_ 2026_27/bail carnot.md", "journal/verify.html", "journal/export.jsonl",
		"conversations/ben/", "LISEZMOI.md", "README.md", "settings.json", "questions.json", "groups.json", "people.json",
	} {
		if !anyHas(o.Names, name) {
			t.Errorf("no %s in %q", name, o.Names)
		}
	}
	if r := x.call(admin, "POST", "/api/v1/exports", map[string]any{"plain": true}); r.status != http.StatusConflict {
		t.Error("an approval serves twice:", r.status)
	}
	r = x.call(admin, "GET", "/api/v1/exports", nil)
	if !strings.Contains(r.body, `"state":"done"`) || !strings.Contains(r.body, `"sha256":"`) {
		t.Error(r.body)
	}
}

// TestTakeoutSealed: to the firm's own keys it needs nobody, and opens with age.
func TestTakeoutSealed(t *testing.T) {
	x, ada, _ := takeoutFirm(t)
	admin := x.session(ada)
	if r := x.call(admin, "POST", "/api/v1/exports", map[string]any{}); r.status != http.StatusConflict || !strings.Contains(r.body, "backup-recipients") {
		t.Fatal(r.status, r.body)
	}
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	x.call(admin, "PATCH", "/api/v1/settings", map[string]string{store.SettingBackupRecipients: id.Recipient().String()})
	r := x.call(admin, "POST", "/settings/firm/export", url.Values{"form": {"sealed"}})
	if r.status != http.StatusOK || r.header.Get("Coffre-Export") == "" {
		t.Fatal(r.status, r.body)
	}
	inner, err := age.Decrypt(strings.NewReader(r.body), id)
	if err != nil {
		t.Fatal(err)
	}
	var zip bytes.Buffer
	if _, err := zip.ReadFrom(inner); err != nil {
		t.Fatal(err)
	}
	if o := openOutside(t, zip.String()); o.Documents != 3 || !anyHas(o.Originals, "prime de ben") {
		t.Errorf("%+v", o)
	}
	if strings.Contains(zip.String(), vault.RecipientMark(id.Recipient().String())) && strings.Contains(zip.String(), "$argon2id$") {
		t.Error("a password's hash is in it")
	}
}

// TestTakeoutOwn: one's own holds what one may read and has asked, and nothing of
// anybody else's.
func TestTakeoutOwn(t *testing.T) {
	x, ada, ben := takeoutFirm(t)
	r := x.call(x.session(ada), "POST", "/account/export", url.Values{})
	if r.status != http.StatusOK {
		t.Fatal(r.status, r.body)
	}
	o := openOutside(t, r.body)
	if o.Documents != 2 || anyHas(o.Originals, "prime") || anyHas(o.Names, "prime") || anyHas(o.Names, "people.json") || !anyHas(o.Names, "journal/journal.csv") {
		t.Errorf("%+v", o)
	}
	r = x.call(x.session(ben), "POST", "/account/export", url.Values{})
	if o := openOutside(t, r.body); o.Documents != 3 || !anyHas(o.Names, "prime") || anyHas(o.Names, "loyer") {
		t.Errorf("%+v", o)
	}
}
