package ui

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/health/machine"
	"coffre/ui/page"
	"coffre/ui/words"
)

func (x *copied) back(c caller, part string, kv ...string) reply {
	x.t.Helper()
	form := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		form.Add(kv[i], kv[i+1])
	}
	return x.call(c, "POST", backPath+"/"+part, form)
}

// phase waits until no job runs.
func (x *copied) phase() string {
	x.t.Helper()
	for range 1200 {
		x.server.back.mu.Lock()
		phase, runs := x.server.back.state.Phase, x.server.back.runs()
		x.server.back.mu.Unlock()
		if !runs {
			return phase
		}
		time.Sleep(50 * time.Millisecond)
	}
	x.t.Fatal("the job doesn't end")
	return ""
}

func (x *copied) faults() string {
	x.server.back.mu.Lock()
	defer x.server.back.mu.Unlock()
	s := ""
	for field, f := range x.server.back.state.Faults {
		s += field + ":" + f.Code
	}
	return s
}

// sees is the page of somebody, once nothing runs; want are sentences of it.
func (x *copied) sees(c caller, query string, want ...string) string {
	x.t.Helper()
	x.phase()
	r := x.call(c.speaking("en"), "GET", backPath+query, nil)
	body := unescaped(r.body)
	if r.status != ok {
		x.t.Fatalf("%s%s: %d %s", backPath, query, r.status, r.header.Get("Location"))
	}
	for _, s := range want {
		if !strings.Contains(body, s) {
			x.t.Errorf("%s lacks %q: %s", query, s, body)
		}
	}
	if strings.Contains(body, x.words) || strings.Contains(body, strings.Join(strings.Fields(x.words)[:3], " ")) {
		x.t.Error("what opens the backup is on the page")
	}
	return body
}

// opened opens the copy for somebody.
func (x *copied) opened(c caller, more ...string) {
	x.t.Helper()
	if r := x.back(c, "copy", "copy", x.copy); r.status != seeOther {
		x.t.Fatal(r.status, r.body)
	}
	if r := x.back(c, "open", append([]string{"words", x.words}, more...)...); r.status != seeOther {
		x.t.Fatal(r.status, r.body)
	}
	if p := x.phase(); p != page.RestoreFound {
		x.t.Fatal(p, x.faults(), x.logged())
	}
}

func (x *copied) nothingAside(when string) {
	x.t.Helper()
	if left := x.aside(); len(left) > 0 {
		x.t.Errorf("%s: left in clear: %v", when, left)
	}
}

// TestBackPage: an administrator finds a document in a copy, sees what will happen,
// and has it back, with nothing but forms.
func TestBackPage(t *testing.T) {
	x := newCopied(t, nil)
	if r := x.call(x.admin, "GET", "/settings/backups", nil); !strings.Contains(r.body, `href="`+backPath+`"`) {
		t.Error("nothing leads there")
	}
	x.sees(x.admin, "", `value="`+x.copy+`"`, "/back/file")
	x.back(x.admin, "copy", "copy", x.copy)
	x.sees(x.admin, "", `name="words"`)
	x.back(x.admin, "open", "words", "abandon abandon")
	x.sees(x.admin, "", words.English.T("restore.words"), "words-fault")
	x.back(x.admin, "open", "words", strings.Repeat("abandon ", 23)+"art")
	if x.sees(x.admin, "", "words-fault"); x.faults() != "words:backup-locked" {
		t.Error(x.faults())
	}
	x.nothingAside("refused")
	x.back(x.admin, "open", "words", x.words)
	body := x.sees(x.admin, "", x.doc.Title, "Commun", words.English.T("back.now-bin"))
	if strings.Contains(body, x.kept.ID) {
		t.Error("what is there is shown among what is missing")
	}
	x.sees(x.admin, "?show=all", x.doc.ID, x.kept.ID)
	x.sees(x.admin, "?show=all&q=STATUTS", x.kept.ID)
	x.sees(x.admin, "?q=zzzz", words.English.T("back.none-match"))
	for _, dir := range x.aside() {
		if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 1 || filepath.Base(names[0]) != "tenants" {
			t.Errorf("beside the firm's data lies %v", names)
		}
	}
	if r := x.back(x.admin, "choose", "go", "plan", "shown", x.doc.ID); r.header.Get("Location") != backPath {
		t.Error(r.header.Get("Location"))
	}
	x.sees(x.admin, "", words.English.T("error.back-none"))
	if r := x.back(x.admin, "choose", "go", "2", "shown", x.doc.ID, "document", x.doc.ID, "q", "bail"); r.header.Get("Location") != backPath+"?page=2&q=bail" {
		t.Error(r.header.Get("Location"))
	}
	x.sees(x.admin, "?show=all", words.English.T("back.chosen", "n", 1))
	if r := x.back(x.admin, "choose", "go", "plan", "shown", x.kept.ID, "document", x.kept.ID, "document", "nonsense"); r.header.Get("Location") != backPath+"?step=plan" {
		t.Error(r.header.Get("Location"))
	}
	head, _ := x.a.Head()
	x.sees(x.admin, "?step=plan", words.English.T("back.would-bin", "to", "Commun"), words.English.T("back.would-there", "to", "Commun"), words.English.T("back.go", "n", 1))
	x.sees(x.admin, "?step=plan&into="+store.NewID(), words.English.T("error.collection-not-found"))
	if now, _ := x.a.Head(); now != head {
		t.Error("looking at a plan entered something")
	}
	if r := x.back(x.admin, "take"); r.status != seeOther {
		t.Fatal(r.status, r.body)
	}
	x.sees(x.admin, "", words.English.T("back.did-bin"), `href="/documents/`+x.doc.ID+`"`)
	if r := x.call(x.admin, "GET", "/documents/"+x.doc.ID, nil); r.status != ok {
		t.Error("the link:", r.status)
	}
	x.nothingAside("taken")
	if l, k := x.wrote(chain.BackupLook), x.wrote(chain.BackupTake); l != 1 || k != 1 {
		t.Errorf("%d looks, %d takes entered", l, k)
	}
	if strings.Contains(x.logged(), x.words) {
		t.Error("what opens the backup was logged")
	}
	x.back(x.admin, "drop")
	x.sees(x.admin, "", `value="`+x.copy+`"`)
}

// TestBackWhole: a whole collection, and what was removed meanwhile is said.
func TestBackWhole(t *testing.T) {
	x := newCopied(t, nil)
	x.opened(x.admin)
	if r := x.back(x.admin, "choose", "go", "whole", "whole", x.common.ID); r.header.Get("Location") != backPath+"?step=plan" {
		t.Fatal(r.header.Get("Location"))
	}
	x.sees(x.admin, "?step=plan", words.English.T("back.sum-bin", "n", 1), words.English.T("back.sum-there", "n", 1))
	x.back(x.admin, "drop", "then", "backups")
	x.nothingAside("left")
	for part, kv := range map[string][]string{"choose": {"go", "plan", "document", x.doc.ID}, "take": nil, "open": {"words", x.words}} {
		if r := x.back(x.admin, part, kv...); r.status != seeOther {
			t.Errorf("%s after the end: %d", part, r.status)
		}
		x.sees(x.admin, "", words.English.T("error.part-closed"))
	}
}

// TestBackEnds: what is open goes with its time, its session, the right to it and the
// box; presence is asked for again.
func TestBackEnds(t *testing.T) {
	x := newCopied(t, nil)
	tick := func() { x.server.back.tick() }
	x.opened(x.admin)
	tick()
	if len(x.aside()) != 1 {
		t.Fatal("removed before its time")
	}
	x.clock.advance(11 * time.Minute)
	if r := x.call(x.admin, "GET", backPath, nil); r.status != seeOther || !strings.HasPrefix(r.header.Get("Location"), "/reauth?next=") {
		t.Errorf("without presence: %d %s", r.status, r.header.Get("Location"))
	}
	if r := x.back(x.admin, "take"); r.status != seeOther || r.header.Get("Location") != "/reauth?next="+url.QueryEscape(backPath) {
		t.Errorf("without presence: %d", r.status)
	}
	x.clock.advance(20 * time.Minute)
	tick()
	x.nothingAside("its time is over")

	again := x.session(x.adam)
	x.opened(again)
	x.call(again, "POST", "/signout", url.Values{})
	tick()
	x.nothingAside("signed out")

	eve := x.person(x.a, "eve", store.Admin)
	x.opened(x.session(eve))
	x.do(x.a, chain.UserUpdate, func(tx *store.Tx) error {
		u, err := tx.User(eve.id)
		if err != nil {
			return err
		}
		u.Role = store.Member
		return tx.UpdateUser(u)
	})
	tick()
	x.nothingAside("no administrator any more")

	x.opened(x.session(x.adam))
	x.server.Close()
	x.nothingAside("the box ends")
}

// TestBackOthers: another administrator, and another session of the same one, see
// that one is open and nothing of it, and may end it; members see no page.
func TestBackOthers(t *testing.T) {
	x := newCopied(t, nil)
	x.opened(x.admin)
	for _, c := range []caller{x.session(x.person(x.a, "eve", store.Admin)), x.session(x.adam)} {
		if body := x.sees(c, "", words.English.T("back.other-title"), "Name of adam"); strings.Contains(body, x.doc.ID) {
			t.Error("somebody else sees what is in it")
		}
		x.back(c, "choose", "go", "plan", "document", x.doc.ID)
		if r := x.call(c, "GET", backPath+"?step=plan", nil); strings.Contains(r.body, x.doc.ID) {
			t.Error("somebody else sees a plan")
		}
		x.back(c, "take")
		x.back(c, "copy", "copy", x.copy)
		x.back(c, "open", "words", x.words)
		x.sees(c, "", words.English.T("back.other-title"))
	}
	if l, k := x.wrote(chain.BackupLook), x.wrote(chain.BackupTake); l != 1 || k != 0 {
		t.Errorf("somebody else looked or took something: %d, %d", l, k)
	}
	for _, p := range []person{x.person(x.a, "mia", store.Member), x.person(x.a, "aude", store.Auditor)} {
		if r := x.call(x.session(p), "GET", backPath, nil); r.status != hidden {
			t.Errorf("%s: %d", p.login, r.status)
		}
	}
	x.back(x.session(x.adam), "drop")
	x.nothingAside("ended by another")
}

// TestBackFile: a backup that the browser sends; one that doesn't hold leaves nothing,
// and what is no whole backup says so.
func TestBackFile(t *testing.T) {
	x := newCopied(t, nil)
	made, err := x.root.PrepareBackup(x.ctx, store.BackupRequest{By: store.CLI("test"), Way: store.WayFile})
	if err != nil {
		t.Fatal(err)
	}
	var whole bytes.Buffer
	err = made.Write(x.ctx, &whole)
	made.Close()
	if err != nil {
		t.Fatal(err)
	}
	one, _ := filepath.Glob(filepath.Join(x.folder, "*", "runs", "*.age"))
	apart, err := os.ReadFile(one[0])
	if err != nil {
		t.Fatal(err)
	}
	send := func(b []byte) {
		t.Helper()
		if r := x.call(x.admin, "POST", backPath+"/file", multi(file{"file", "b.age", string(b)})); r.status != seeOther {
			t.Fatal(r.status, r.body)
		}
	}
	for _, q := range []struct {
		name string
		file []byte
		want string
	}{
		{"cut", whole.Bytes()[:whole.Len()-70_000], ":backup-cut"},
		{"no backup", []byte("hello"), ":backup-other"},
		{"a copy without its originals", apart, ":copy-alone"},
	} {
		send(q.file)
		x.back(x.admin, "open", "words", x.words)
		if p := x.phase(); p != page.RestoreNone || x.faults() != q.want {
			t.Errorf("%s: %q %s", q.name, p, x.faults())
		}
		x.sees(x.admin, "", `role="alert"`)
		x.nothingAside(q.name)
	}
	if r := x.call(x.admin, "POST", backPath+"/file", multi(file{"file", "", ""})); r.status != seeOther || x.faults() != "file:file-missing" {
		t.Error(r.status, x.faults())
	}
	send(whole.Bytes())
	x.back(x.admin, "open", "words", x.words)
	if p := x.phase(); p != page.RestoreFound {
		t.Fatal(p, x.faults())
	}
	// The firm's database and one original alone are left of what was read.
	if found, _ := filepath.Glob(filepath.Join(x.dir, ".scratch-*", "upload.age")); len(found) > 0 {
		t.Error("what was sent still lies there:", found)
	}
	x.sees(x.admin, "?show=all", x.doc.ID)
	x.back(x.admin, "drop")
	x.nothingAside("dropped")
}

// TestBackHardened: in hardened mode the reason stands beside the words, which no page
// repeats, and is entered once they open something.
func TestBackHardened(t *testing.T) {
	x := newCopied(t, onDisk(machine.Encrypted))
	c := x.harden(x.adam)
	x.back(c, "copy", "copy", x.copy)
	x.sees(c, "", `name="reason"`)
	x.back(c, "open", "words", x.words)
	if x.sees(c, "", "reason-fault"); x.faults() != "reason:reason" {
		t.Error(x.faults())
	}
	x.back(c, "open", "words", x.words, "reason", "short")
	x.sees(c, "", `value="short"`)
	if n := x.wrote(chain.ExportReason); n > 0 {
		t.Error("a bad reason was entered")
	}
	x.back(c, "open", "words", x.words, "reason", "The lease was deleted by mistake")
	if p := x.phase(); p != page.RestoreFound || x.wrote(chain.ExportReason) != 1 {
		t.Fatal(p, x.faults(), x.wrote(chain.ExportReason))
	}
	x.back(c, "choose", "go", "whole", "whole", x.common.ID)
	x.back(c, "take")
	x.sees(c, "", words.English.T("back.did-bin"))
}

// TestBackMany: a firm with thousands of documents has a list in pages.
func TestBackMany(t *testing.T) {
	x := newCopied(t, nil)
	x.opened(x.admin)
	b := &x.server.back
	b.mu.Lock()
	for i := range 5000 {
		b.found.Documents = append(b.found.Documents, store.PartDocument{ID: fmt.Sprintf("many-%04d", i), Title: fmt.Sprintf("Relevé %04d", i), Collection: x.common.ID, State: store.PartBack})
	}
	b.mu.Unlock()
	body := x.sees(x.admin, "?page=3&q=releve", "many-0050", "many-0074", words.English.T("list.page", "n", 3, "of", 200))
	if n := strings.Count(body, `name="document"`); n != listStep || len(body) > 200_000 {
		t.Errorf("%d on a page of %d bytes", n, len(body))
	}
	if r := x.back(x.admin, "choose", "go", "4", "q", "releve", "document", "many-0050", "shown", "many-0050"); r.status != http.StatusSeeOther {
		t.Error(r.status)
	}
	x.sees(x.admin, "?page=4&q=releve", words.English.T("back.chosen", "n", 1))
}
