package ui

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/page"
	"coffre/vault/paper"
)

// brought is a firm's backup with the paper that opens it.
type brought struct {
	file  []byte
	words string
	keys  string
	later string // the firm's checkpoint, from after the backup

	person  string // somebody of the firm
	ca      []byte // the box's own authority
	caPrint string
}

var mineAndYours = struct{ firm, admin string }{"Maison Neuve", "anne"}

// newBrought sets a box up as somebody does, prints its paper, and keeps a backup.
func newBrought(t *testing.T) (b brought) {
	t.Helper()
	x := emptyBox(t, nil)
	own := x.root.TakeBoxKit()
	res, err := x.auth.Setup(x.ctx, x.root, store.System("setup"), auth.SetupRequest{
		Firm: mineAndYours.firm, AdminName: "Anne", Login: mineAndYours.admin, Password: password, Lang: "fr", Collection: "Commun", Address: "192.0.2.7",
	})
	if err != nil {
		t.Fatal(err)
	}
	tn := x.acquire(res.TenantID)
	b.person = x.person(tn, "zoe", store.Member).id
	b.ca, b.caPrint = x.server.certificates().CA()
	kit, err := tn.MakeBackupKit(x.ctx, store.System("setup"), "")
	if err != nil {
		t.Fatal(err)
	}
	b.words = strings.Join(kit.Words(paper.French), " ")
	b.keys = res.Kit.RecoverySecret + "\n" + own.RecoverySecret
	made, err := x.root.PrepareBackup(x.ctx, store.BackupRequest{By: store.CLI("test"), Way: store.WayFile})
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	var buf bytes.Buffer
	if err := made.Write(x.ctx, &buf); err != nil {
		t.Fatal(err)
	}
	b.file = buf.Bytes()
	_, b.later = tn.Head()
	return b
}

// fresh is a new box with its one-time link.
type fresh struct {
	*box
	token     string
	restarted chan bool
	anyone    caller
}

func newFresh(t *testing.T) *fresh {
	t.Helper()
	f := &fresh{anyone: caller{host: "anything.local"}, restarted: make(chan bool, 2)}
	f.box = emptyBox(t, func(d *Deps) { d.Restart = func() { f.restarted <- true } })
	f.token = f.auth.OpenSetup()
	return f
}

func (f *fresh) link(part string) string { return "/setup/restore" + part + "?token=" + f.token }

func (f *fresh) send(name string, b []byte) reply {
	return f.call(f.anyone, "POST", f.link("/file"), multi(file{"file", name, string(b)}))
}

func (f *fresh) post(part string, kv ...string) reply {
	form := url.Values{"token": {f.token}}
	for i := 0; i < len(kv); i += 2 {
		form.Set(kv[i], kv[i+1])
	}
	return f.call(f.anyone, "POST", f.link("/"+part), form)
}

// page waits until nothing runs any more.
func (f *fresh) page() string {
	f.t.Helper()
	for range 600 {
		if f.server.first.look().Phase != page.RestoreRuns {
			return f.call(f.anyone, "GET", f.link(""), nil).body
		}
		time.Sleep(50 * time.Millisecond)
	}
	f.t.Fatal("the restore doesn't end")
	return ""
}

func (f *fresh) nothingLeft(what string) {
	f.t.Helper()
	if _, err := os.Stat(filepath.Join(f.dir, "restore")); !errors.Is(err, os.ErrNotExist) {
		f.t.Errorf("%s: something is left behind", what)
	}
}

// TestSetupRestore: a backup and its paper make a new box the old one, over HTTP.
func TestSetupRestore(t *testing.T) {
	b := newBrought(t)
	f := newFresh(t)
	if r := f.call(f.anyone, "GET", "/setup?token="+f.token, nil); !strings.Contains(r.body, "/setup/restore?token=") {
		t.Error("the set-up doesn't lead to the restore")
	}
	if r := f.send("sauvegarde.age", b.file); r.status != seeOther {
		t.Fatalf("sent: %d %s", r.status, r.body)
	}
	if body := f.page(); !strings.Contains(body, "sauvegarde.age") || !strings.Contains(body, `name="words"`) {
		t.Fatal(body)
	}
	if r := f.send("another.age", b.file); r.status != http.StatusConflict {
		t.Errorf("a second one at once: %d", r.status)
	}
	if r := f.post("go"); r.status != http.StatusConflict {
		t.Errorf("the word before anything was read: %d", r.status)
	}
	if r := f.post("check", "words", b.words, "keys", b.keys); r.status != seeOther {
		t.Fatalf("check: %d %s", r.status, r.body)
	}
	body := f.page()
	for _, want := range []string{mineAndYours.firm, `action="/setup/restore/go"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of what was found lacks %s: %s", want, body)
		}
	}
	if all, _ := f.root.Tenants(); len(all) > 0 {
		t.Error("something was done before anybody gave the word")
	}
	r := f.post("go")
	if r.status != 200 || !strings.Contains(r.body, "/signin") {
		t.Fatalf("go: %d %s", r.status, r.body)
	}
	if r := f.call(f.anyone, "GET", "/readyz", nil); r.status != http.StatusServiceUnavailable {
		t.Errorf("ready, though the box is about to end: %d", r.status)
	}
	select {
	case <-f.restarted:
	case <-time.After(time.Minute):
		t.Fatal("the box doesn't begin again")
	}
	if r := f.call(f.anyone, "GET", f.link(""), nil); r.status != http.StatusForbidden {
		t.Errorf("the link afterwards: %d", r.status)
	}
	_, err := f.auth.Setup(f.ctx, f.root, store.System("setup"), auth.SetupRequest{Firm: "X", AdminName: "X", Login: "x", Password: password, Lang: "fr"})
	if store.AsError(err).Code != "already-set-up" {
		t.Errorf("a set-up afterwards: %v", err)
	}
	secrets := append(strings.Fields(b.keys), b.words)
	for _, s := range secrets {
		if strings.Contains(f.logged(), s) || strings.Contains(body+r.body, s) {
			t.Error("what opens the backup was written somewhere")
		}
	}
	f.again(t)
}

// again opens the data as the next start does, and signs in.
func (f *fresh) again(t *testing.T) {
	t.Helper()
	f.reopened(t, func(_ *store.Root, tn *store.Tenant) {
		a := auth.New(auth.Options{})
		defer a.Close()
		if token, _, err := a.SignIn(t.Context(), tn, auth.SignIn{Login: mineAndYours.admin, Password: password, Address: "192.0.2.7"}); err != nil || token == "" {
			t.Errorf("the password from before: %v", err)
		}
		if err := tn.Check(); err != nil {
			t.Error(err)
		}
	})
}

// reopened opens a copy of the data as the next start does.
func (f *fresh) reopened(t *testing.T, fn func(*store.Root, *store.Tenant)) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(dir, os.DirFS(f.dir)); err != nil {
		t.Fatal(err)
	}
	filepath.WalkDir(dir, func(path string, d os.DirEntry, _ error) error {
		mode := os.FileMode(0o600)
		if d.IsDir() {
			mode = 0o700
		}
		return os.Chmod(path, mode)
	})
	root, err := store.OpenRoot(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	tn, release, err := root.Acquire("maison-neuve")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	fn(root, tn)
}

// TestSetupRestoreRefused: each reason stands beside what it is about, and a backup
// that doesn't hold leaves nothing.
func TestSetupRestoreRefused(t *testing.T) {
	b := newBrought(t)
	f := newFresh(t)
	flipped := bytes.Clone(b.file)
	flipped[len(flipped)*2/3] ^= 1
	words := strings.Fields(b.words)
	swapped := strings.Join(append([]string{words[1], words[0]}, words[2:]...), " ")
	one, _, _ := strings.Cut(b.keys, "\n")
	for _, q := range []struct {
		name        string
		file        []byte
		words, keys string
		more        []string
		field, code string
	}{
		{"cut", b.file[:len(b.file)-70_000], b.words, b.keys, nil, "", "backup-cut"},
		{"flipped", flipped, b.words, b.keys, nil, "", "backup-damaged"},
		{"no backup", []byte("hello"), b.words, b.keys, nil, "", "backup-other"},
		{"an unknown word", b.file, "xylophage " + strings.Join(words[1:], " "), b.keys, nil, "words", "paper-word"},
		{"words of another order", b.file, swapped, b.keys, nil, "words", ""},
		{"somebody else's words", b.file, strings.Repeat("abandon ", 23) + "art", b.keys, nil, "words", "backup-locked"},
		{"too few words", b.file, "abandon", b.keys, nil, "words", "paper-count"},
		{"no words", b.file, " ", b.keys, nil, "words", "backup-identity"},
		{"one key of two", b.file, b.words, one, nil, "keys", "restore-keys"},
		{"no key", b.file, b.words, "hello", nil, "keys", "recovery-key"},
		{"a checkpoint that is none", b.file, b.words, b.keys, []string{"checkpoint", "hello"}, "checkpoint", "restore-checkpoint"},
	} {
		if r := f.send("b.age", q.file); r.status != seeOther {
			t.Fatalf("%s: %d", q.name, r.status)
		}
		f.post("check", append([]string{"words", q.words, "keys", q.keys}, q.more...)...)
		body := f.page()
		faults := f.server.first.look().Faults
		if got, ok := faults[q.field]; !ok || q.code != "" && got.Code != q.code {
			t.Errorf("%s: %v", q.name, faults)
		}
		if len(q.words) > 30 && strings.Contains(body, q.words) || strings.Contains(body, "PRIVATE+KEY+coffre") {
			t.Errorf("%s: what was typed is shown", q.name)
		}
		if q.field != "" {
			f.post("drop")
		}
		f.nothingLeft(q.name)
	}
	if all, err := f.root.Tenants(); len(all) > 0 || err != nil {
		t.Errorf("%v %v", all, err)
	}
	for _, path := range []string{"/etc/passwd", "/nowhere", f.dir, "relative", "/dev/zero"} {
		f.post("path", "path", path)
		if got := f.server.first.look().Faults["path"]; got.Code != "restore-path" || len(got.Params) > 0 {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

// TestSetupRestoreOfPath: a backup that lies on the box is read where it lies.
func TestSetupRestoreOfPath(t *testing.T) {
	b := newBrought(t)
	f := newFresh(t)
	path := filepath.Join(t.TempDir(), "b.age")
	if err := os.WriteFile(path, b.file, 0o400); err != nil {
		t.Fatal(err)
	}
	f.post("path", "path", path)
	f.post("check", "words", b.words, "keys", b.keys)
	if body := f.page(); !strings.Contains(body, mineAndYours.firm) {
		t.Fatal(body)
	}
	f.post("drop")
	f.nothingLeft("another one is chosen")
	if _, err := os.Stat(path); err != nil {
		t.Error("the backup itself went:", err)
	}
}

// TestSetupRestoreCut: an upload that ends too early leaves nothing, and the next one
// is taken.
func TestSetupRestoreCut(t *testing.T) {
	f := newFresh(t)
	pr, pw := io.Pipe()
	go func() {
		pw.Write([]byte("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.age\"\r\n\r\n" + strings.Repeat("a", 1<<20)))
		pw.CloseWithError(io.ErrUnexpectedEOF)
	}()
	req, err := http.NewRequest("POST", f.web.URL+f.link("/file"), pr)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if res, err := f.client.Do(req); err == nil {
		res.Body.Close()
	}
	for range 100 {
		if f.server.first.look().Faults["file"].Code == "upload-interrupted" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if got := f.server.first.look(); got.Faults["file"].Code != "upload-interrupted" || got.Phase != page.RestoreNone {
		t.Errorf("%+v", got)
	}
	f.nothingLeft("cut")
	if r := f.send("empty.age", []byte("x")); r.status != seeOther || f.server.first.look().Phase != page.RestoreFile {
		t.Errorf("the next one: %d", r.status)
	}
}

// TestSetupRestoreGuarded: without the link, from another site, and once the box is
// set up, there is nothing to reach; a set-up in another tab ends a restore.
func TestSetupRestoreGuarded(t *testing.T) {
	b := newBrought(t)
	f := newFresh(t)
	all := map[string]string{"GET": "", "GET ": "/state", "POST": "/file", "POST ": "/path", "POST  ": "/check", "POST   ": "/go", "POST    ": "/drop"}
	for method, part := range all {
		method = strings.TrimSpace(method)
		for _, token := range []string{"", "wrong"} {
			if r := f.call(f.anyone, method, "/setup/restore"+part+"?token="+token, url.Values{"token": {token}}); r.status != http.StatusForbidden {
				t.Errorf("%s %s with %q: %d", method, part, token, r.status)
			}
		}
		if r := f.call(f.anyone, "POST", f.link(part), url.Values{"token": {f.token}}, "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site"); method == "POST" && r.status != http.StatusForbidden {
			t.Errorf("%s from another site: %d", part, r.status)
		}
	}
	f.nothingLeft("refused")
	f.send("b.age", b.file)
	f.post("check", "words", b.words, "keys", b.keys)
	f.page()
	r := f.call(f.anyone, "POST", "/setup", url.Values{
		"token": {f.token}, "firm": {"Autre"}, "admin_name": {"Zoé"}, "admin_user": {"zoe"}, "password": {password}, "password_again": {password},
	})
	if r.status != 200 {
		t.Fatalf("set-up in another tab: %d %s", r.status, r.body)
	}
	f.nothingLeft("set up in another tab")
	for method, part := range all {
		method = strings.TrimSpace(method)
		if r := f.call(f.anyone, method, f.link(part), url.Values{"token": {f.token}}); r.status != http.StatusNotFound {
			t.Errorf("%s %s on a box that is set up: %d", method, part, r.status)
		}
	}
	if err := f.root.CommitRestore(); store.AsError(err).Code != "already-set-up" {
		t.Errorf("the word on a box that is set up: %v", err)
	}
}
