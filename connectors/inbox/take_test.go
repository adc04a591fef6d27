package inbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/connectors/extract"
	"coffre/store"
)

// TestFilesOfACopier puts one file of each kind into the folder and tells what must
// have become of it after some looks.
func TestFilesOfACopier(t *testing.T) {
	const taken, refused = "coffre-pris/DAY/", "coffre-refus/"
	for _, c := range []struct {
		what, name, text string
		document         string // its name; "" for none
		lies             string // where the file is then
		code             string // why it was set aside
	}{
		{what: "a scan", name: "SCAN0001.pdf", text: pdf("bail"), document: "SCAN0001.pdf", lies: taken + "SCAN0001.pdf"},
		{what: "a text", name: "note.txt", text: "Le bail court neuf ans.", document: "note.txt", lies: taken + "note.txt"},
		{what: "a name from a Mac", name: "re\u0301sume\u0301.txt", text: "x y", document: "résumé.txt", lies: taken + "re\u0301sume\u0301.txt"},
		{what: "a name that is no UTF-8", name: "caf\xe9.txt", text: "x y", document: "caf\ufffd.txt", lies: taken + "caf\xe9.txt"},
		{what: "control characters", name: "a\x1b[31m\nb.txt", text: "x y", document: "a[31mb.txt", lies: taken + "a\x1b[31m\nb.txt"},
		{what: "a direction turned", name: "bail\u202efdp.txt", text: "x y", document: "bailfdp.txt", lies: taken + "bail\u202efdp.txt"},
		{what: "a Windows path", name: `C:\scans\bail.txt`, text: "x y", document: "bail.txt", lies: taken + `C:\scans\bail.txt`},
		{what: "a picture", name: "photo.jpg", text: "\xff\xd8\xff\xe0 jfif", lies: refused + "photo.jpg", code: "unsupported"},
		{what: "a TIFF", name: "fax.tif", text: "II*\x00 tiff", lies: refused + "fax.tif", code: "unsupported"},
		{what: "a program", name: "setup.exe", text: "MZ\x90\x00\x03\x00\x00\x00", lies: refused + "setup.exe", code: "unsupported"},
		{what: "a page of text called PDF", name: "a.pdf", text: "not found", lies: refused + "a.pdf", code: "type-mismatch"},
		{what: "a locked Office file", name: "paie.docx", text: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + utf16("EncryptedPackage"), lies: refused + "paie.docx", code: "locked"},
		{what: "too big", name: "gros.txt", text: strings.Repeat("x ", 1<<19) + "!", lies: refused + "gros.txt", code: "too-large"},
		{what: "still empty", name: "vide.pdf", text: "", lies: "vide.pdf"},
		{what: "half a PDF", name: "moitie.pdf", text: "%PDF-1.7\nbail", lies: "moitie.pdf"},
		{what: "a temporary name", name: "SCAN.pdf.tmp", text: pdf("x"), lies: "SCAN.pdf.tmp"},
		{what: "a part", name: "SCAN.part", text: pdf("x"), lies: "SCAN.part"},
		{what: "an Office lock", name: "~$bail.docx", text: "x", lies: "~$bail.docx"},
		{what: "a hidden file", name: ".DS_Store", text: "x", lies: ".DS_Store"},
		{what: "a sub-folder that nobody set", name: "RH/paie.txt", text: "x y", lies: "RH/paie.txt"},
	} {
		t.Run(c.what, func(t *testing.T) {
			o := newOffice(t)
			o.set()
			o.put(c.name, c.text)
			if s := o.look(1); s.Taken+s.AsideCount > 0 {
				t.Errorf("taken at the first look: %+v", s)
			}
			s := o.look(2)
			var docs []string
			if c.document != "" {
				docs = []string{c.document}
			}
			o.want("documents", o.documents(o.open), append([]string{}, docs...))
			lies := []string{c.lies}
			if c.code != "" {
				lies = append(lies, c.lies+".txt")
				if s.AsideCount != 1 || s.Aside[0].Code != c.code || o.entries(chain.DocumentRefuse) != 1 {
					t.Errorf("aside: %+v, %d entries", s.Aside, o.entries(chain.DocumentRefuse))
				}
				b, err := os.ReadFile(filepath.Join(o.folder, c.lies+".txt"))
				if err != nil || !strings.Contains(string(b), "why: "+c.code) {
					t.Errorf("the text beside it: %q %v", b, err)
				}
			}
			o.want("files", o.lies(), lies)
			if again := o.look(3); again.Taken != s.Taken || o.entries(chain.DocumentAdd) != len(docs) {
				t.Errorf("taken again: %+v", again)
			}
		})
	}
}

func utf16(s string) string {
	var b strings.Builder
	for _, c := range s {
		b.WriteString(string([]byte{byte(c), 0}))
	}
	return b.String()
}

// TestUnfinished gives a copier its time, and then up.
func TestUnfinished(t *testing.T) {
	o := newOffice(t)
	o.set()
	o.put("vide.pdf", "")
	o.put("moitie.pdf", "%PDF-1.7\nbail")
	if s := o.look(4); s.Waiting != 2 || s.AsideCount != 0 {
		t.Errorf("%+v", s)
	}
	o.put("moitie.pdf", pdf("bail"))
	o.look(3)
	o.want("documents", o.documents(o.open), []string{"moitie.pdf"})
	o.put("moitie2.pdf", "%PDF-1.7\nbail")
	o.k.pace.patient = 0
	s := o.look(3)
	if s.AsideCount != 2 || s.Aside[0].Code != "inbox-unfinished" || s.Aside[1].Code != "empty" {
		t.Errorf("%+v", s.Aside)
	}
	// The state outlives the process: it is in the folder.
	o.k = New(o.k.opts)
	o.k.pace = quickPace
	if s := o.look(1); s.AsideCount != 2 || s.Aside[0].Code != "inbox-unfinished" {
		t.Errorf("after a start: %+v", s.Aside)
	}
	mustDo(t, os.RemoveAll(filepath.Join(o.folder, "coffre-refus")))
	if s := o.look(1); s.AsideCount != 0 {
		t.Errorf("emptied: %+v", s.Aside)
	}
}

// TestGrowing never takes a file that changed between two looks, whatever the clock
// of the share says.
func TestGrowing(t *testing.T) {
	o := newOffice(t)
	o.set()
	path := filepath.Join(o.folder, "a.txt")
	for i := range 5 {
		o.put("a.txt", strings.Repeat("bail ", i+1))
		mustDo(t, os.Chtimes(path, time.Time{}, time.Date(1980+i*20, 1, 1, 0, 0, 0, 0, time.UTC)))
		o.look(1)
	}
	o.want("documents", o.documents(o.open), []string{})
	o.look(2)
	o.want("documents", o.documents(o.open), []string{"a.txt"})
}

// TestChangedWhileRead writes to the file in the moment in which it is read.
func TestChangedWhileRead(t *testing.T) {
	o := newOffice(t)
	o.set()
	o.put("a.txt", "bail")
	first, judge := true, o.k.opts.Judge
	o.k.opts.Judge = func(h extract.Head) string {
		if first {
			first = false
			o.put("a.txt", "bail commercial")
		}
		return judge(h)
	}
	o.look(2)
	o.want("documents", o.documents(o.open), []string{})
	o.look(3)
	o.want("documents", o.documents(o.open), []string{"a.txt"})
}

// TestSameNameAgain is a copier that counts from one again: its second scan replaces
// nothing.
func TestSameNameAgain(t *testing.T) {
	o := newOffice(t)
	o.set()
	for i := range 3 {
		o.put("SCAN.txt", fmt.Sprint("page ", i))
		o.look(2)
	}
	day := time.Now().Format(time.DateOnly)
	o.want("documents", o.documents(o.open), []string{"SCAN (" + day + ").txt", "SCAN (" + day + ", 2).txt", "SCAN.txt"})
	o.want("files", o.lies(), []string{"coffre-pris/DAY/SCAN (2).txt", "coffre-pris/DAY/SCAN (3).txt", "coffre-pris/DAY/SCAN.txt"})
}

// TestSameClock: same name, size and time, other bytes, after a move that a kill
// prevented.
func TestSameClock(t *testing.T) {
	o := newOffice(t)
	o.set()
	at := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, text := range []string{"page 1", "page 2"} {
		o.put("SCAN.txt", text)
		mustDo(t, os.Chtimes(filepath.Join(o.folder, "SCAN.txt"), at, at))
		o.look(2)
	}
	if n := len(o.documents(o.open)); n != 2 {
		t.Errorf("%d documents", n)
	}
}

// TestSameBytes says a repeated scan once, and takes it again once the first is in
// the bin.
func TestSameBytes(t *testing.T) {
	o := newOffice(t)
	o.set()
	o.put("a.txt", "bail")
	o.look(2)
	o.put("b.txt", "bail")
	s := o.look(2)
	if s.Taken != 1 || s.Repeated != 1 || o.entries(chain.DocumentAdd) != 2 {
		t.Errorf("%+v, %d entries", s, o.entries(chain.DocumentAdd))
	}
	o.want("documents", o.documents(o.open), []string{"a.txt"})
	o.do(chain.DocumentDelete, func(tx *store.Tx) error { return tx.DeleteDocument(store.Operator("1"), s.LastDocument) })
	o.put("c.txt", "bail")
	o.look(2)
	o.want("documents", o.documents(o.open), []string{"c.txt"})
}

// TestThousands takes a morning's scans in one look, oldest first.
func TestThousands(t *testing.T) {
	n := 400
	if testing.Short() {
		n = 50
	}
	o := newOffice(t)
	o.set()
	for i := range n {
		o.put(fmt.Sprintf("SCAN%04d.txt", i), fmt.Sprint("page ", i))
	}
	if s := o.look(2); s.Taken != n || s.Waiting != 0 {
		t.Errorf("%+v", s)
	}
}

func TestSubfolders(t *testing.T) {
	o := newOffice(t)
	rh := o.collection("Ressources humaines", store.Grants{store.Everyone})
	o.plan.Subfolders = true
	o.set()
	o.put("commun.txt", "a b")
	o.put("ressources humaines/paie.txt", "c d")
	o.put("Direction/secret.txt", "e f")
	o.put("Direction/deeper/x.txt", "g h")
	s := o.look(3)
	o.want("commun", o.documents(o.open), []string{"commun.txt"})
	o.want("rh", o.documents(rh), []string{"paie.txt"})
	o.want("unmatched", s.Unmatched, []string{"Direction"})
	if s.Waiting != 1 {
		t.Errorf("%+v", s)
	}
	// The same bytes for two collections are two documents.
	o.put("paie.txt", "c d")
	o.look(2)
	o.want("commun", o.documents(o.open), []string{"commun.txt", "paie.txt"})
}

func TestRemove(t *testing.T) {
	o := newOffice(t)
	o.plan.Keep = store.InboxRemove
	o.set()
	o.put("a.txt", "bail")
	o.look(2)
	o.want("documents", o.documents(o.open), []string{"a.txt"})
	o.want("files", o.lies(), []string{})
}

// TestOwner: an account's rights hold at each file, and its name is shown.
func TestOwner(t *testing.T) {
	o := newOffice(t)
	var u store.User
	o.do(chain.UserCreate, func(tx *store.Tx) (err error) {
		u, err = tx.CreateUser(store.User{Login: "alice", Name: "Alice", Role: store.Admin})
		return err
	})
	o.plan.Owner = "nobody"
	if code := o.setCode(o.plan); code != "inbox-owner" {
		t.Error(code)
	}
	o.plan.Owner = u.ID
	o.set()
	o.put("a.txt", "bail")
	s := o.look(2)
	mustDo(t, o.View(func(v *store.View) error {
		d, err := v.Document(store.Operator("1"), s.LastDocument)
		if ver := d.Latest(); err != nil || ver.AddedBy != u.ID || ver.Via != store.InboxActor {
			t.Errorf("%+v %v", d, err)
		}
		return nil
	}))
	o.do(chain.CollectionUpdate, func(tx *store.Tx) error {
		c := o.open
		c.Writers = store.Grants{}
		return tx.UpdateCollection(c)
	})
	o.put("b.txt", "autre")
	if s := o.look(3); s.Waiting != 1 || s.Blocked == nil || s.Blocked.Code != "inbox-owner" {
		t.Errorf("%+v", s)
	}
	o.want("files", o.lies(), []string{"b.txt", "coffre-pris/DAY/a.txt"})
}

// TestWaits: what can't be taken now stays where it is, and comes by itself.
func TestWaits(t *testing.T) {
	o := newOffice(t)
	o.set()
	o.put("a.txt", "bail")
	o.disk = 1 << 20
	o.root.ForgetRoom()
	if s := o.look(3); s.Blocked == nil || s.Blocked.Code != "disk-reserve" || s.Waiting != 1 {
		t.Errorf("%+v", s)
	}
	o.disk = 0
	o.root.ForgetRoom()
	for _, c := range []struct {
		quota store.Quota
		code  string
	}{{store.Quota{Bytes: 2}, "quota-bytes"}, {store.Quota{Documents: 1}, "quota-documents"}} {
		if c.code == "quota-documents" {
			o.look(1)
			o.put("b.txt", "autre")
		}
		_, err := o.root.ChangeTenant(context.Background(), store.CLI("1"), o.ID, nil, &c.quota, "")
		mustDo(t, err)
		if s := o.look(3); s.Blocked == nil || s.Blocked.Code != c.code || s.Waiting != 1 {
			t.Errorf("%s: %+v", c.code, s)
		}
		_, err = o.root.ChangeTenant(context.Background(), store.CLI("1"), o.ID, nil, &store.Quota{}, "")
		mustDo(t, err)
	}
	o.look(2)
	o.want("documents", o.documents(o.open), []string{"a.txt", "b.txt"})
	p := o.plan
	p.Paused = true
	mustDo(t, o.k.Set(context.Background(), o.Tenant, Change{By: store.CLI("1"), Plan: p}))
	o.put("c.txt", "troisième")
	if s := o.look(3); s.Waiting != 0 || len(o.documents(o.open)) != 2 {
		t.Errorf("paused: %+v", s)
	}
}
