package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/health/machine"
	"coffre/vault/paper"
)

// copied is a firm with a document in the bin and a copy in a folder from before.
type copied struct {
	*box
	adam   person
	admin  caller
	common store.Collection
	doc    store.Document
	kept   store.Document // that is there as it was
	words  string
	folder string
	copy   string // its id
}

func newCopied(t *testing.T, edit func(*Deps)) *copied {
	t.Helper()
	x := &copied{box: emptyBox(t, edit), folder: t.TempDir()}
	x.ends = append(x.ends, x.server.Close)
	op := store.Operator("test")
	if _, err := x.root.CreateTenant(x.ctx, op.Actor, store.NewTenant{ID: "alpha", Firm: "Firm alpha", Hosts: []string{hostA}}); err != nil {
		t.Fatal(err)
	}
	x.a = x.acquire("alpha")
	kit, err := x.a.MakeBackupKit(x.ctx, store.System("setup"), "")
	if err != nil {
		t.Fatal(err)
	}
	x.words = strings.Join(kit.Words(paper.French), " ")
	x.adam = x.person(x.a, "adam", store.Admin)
	x.admin = x.session(x.adam)
	x.common = x.collection(x.a, "Commun", store.Grants{store.Everyone}, store.Grants{store.Everyone})
	x.doc = x.add(x.a, x.common, "bail.txt", "Le bail de l’atelier expire en mars.")
	x.kept = x.add(x.a, x.common, "statuts.txt", "Les statuts de la société, tels qu’ils furent signés.")
	plan := store.CopyPlan{On: true, Folder: x.folder, Days: []int{0, 1, 2, 3, 4, 5, 6}, Hour: 1, Daily: 7, Weekly: 5, Monthly: 12}
	if _, err := x.root.SetCopies(x.ctx, store.CopySetting{By: op.Actor, Plan: plan}); err != nil {
		t.Fatal(err)
	}
	rec, err := x.root.MakeCopy(x.ctx, store.CopyRequest{By: op.Actor})
	if err != nil || rec.State != store.BackupDone {
		t.Fatalf("%+v %v", rec, err)
	}
	x.copy = rec.ID
	if r := x.call(x.admin, "DELETE", "/api/v1/documents/"+x.doc.ID, nil); r.status != gone {
		t.Fatal(r.status, r.body)
	}
	return x
}

// aside lists what lies in clear beside the data.
func (x *copied) aside() []string {
	all, _ := filepath.Glob(filepath.Join(x.dir, ".scratch-*"))
	return all
}

func (x *copied) post(c caller, what string, in map[string]any, headers ...string) reply {
	x.t.Helper()
	return x.call(c, "POST", "/api/v1/backups/"+what, in, headers...)
}

func (x *copied) ask(more ...any) map[string]any {
	in := map[string]any{"copy": x.copy, "identity": x.words}
	for i := 0; i < len(more); i += 2 {
		in[more[i].(string)] = more[i+1]
	}
	return in
}

// wrote counts the entries of an action in the firm's journal.
func (x *copied) wrote(action string) (n int) {
	x.t.Helper()
	err := x.a.View(func(v *store.View) error {
		all, err := v.EntriesAfter(0, 10_000, 64<<20)
		for _, e := range all {
			if e.Action == action {
				n++
			}
		}
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return n
}

// TestPartOverNetwork: a copy named by its id is looked into and gives back what was
// lost, for a session and for a key; twice changes nothing.
func TestPartOverNetwork(t *testing.T) {
	x := newCopied(t, nil)
	for _, c := range []caller{x.admin, x.apiKey(x.adam)} {
		var look store.PartContents
		r := x.post(c, "look", x.ask())
		if r.status != ok {
			t.Fatalf("%s: %d %s", c.name, r.status, r.body)
		}
		r.json(t, &look)
		states := map[string]string{}
		for _, d := range look.Documents {
			states[d.ID] = d.State
		}
		if len(states) != 2 || states[x.doc.ID] != store.PartBin || states[x.kept.ID] != store.PartThere || len(look.Firms) != 1 || look.Firms[0] != "alpha" {
			t.Errorf("%s: %+v", c.name, look)
		}
		for _, want := range []string{store.PartBin, store.PartThere} {
			var out store.Taken
			r := x.post(c, "take", x.ask("documents", []string{x.doc.ID}))
			r.json(t, &out)
			if r.status != ok || len(out.Documents) != 1 || out.Documents[0].State != want {
				t.Errorf("%s: want %s: %d %s", c.name, want, r.status, r.body)
			}
			if strings.Contains(r.body, x.words) {
				t.Error("what opens the backup is in the answer")
			}
		}
		if r := x.call(c, "DELETE", "/api/v1/documents/"+x.doc.ID, nil); r.status != gone {
			t.Error(r.status)
		}
	}
	if n, k := x.wrote(chain.BackupLook), x.wrote(chain.BackupTake); n != 2 || k != 4 {
		t.Errorf("%d looks and %d takes entered", n, k)
	}
	if strings.Contains(x.logged(), x.words) || len(x.aside()) > 0 {
		t.Error("something is left of it:", x.aside())
	}
}

// TestPartRefusedOverNetwork: each reason has its status and code, for both calls, and
// nothing is entered or left.
func TestPartRefusedOverNetwork(t *testing.T) {
	x := newCopied(t, nil)
	mia, aude := x.person(x.a, "mia", store.Member), x.person(x.a, "aude", store.Auditor)
	x.collection(x.a, "De Mia", store.Grants{"user:" + mia.id}, store.Grants{"user:" + mia.id})
	narrow, _, err := x.auth.MakeKey(x.ctx, x.a, store.Operator("test"), auth.NewKey{UserID: x.adam.id, Name: "narrow", Scopes: []string{"read", "write", "ask", "audit"}})
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Repeat("abandon ", 23) + "art"
	typo := "xylophage " + strings.Join(strings.Fields(x.words)[1:], " ")
	before := x.wrote(chain.BackupLook) + x.wrote(chain.BackupTake)
	for _, q := range []struct {
		name   string
		c      caller
		in     map[string]any
		status int
		code   string
	}{
		{"nobody", caller{host: hostA}, x.ask(), unauth, "session-expired"},
		{"a member who manages a collection", x.session(mia), x.ask(), hidden, "not-found"},
		{"an auditor", x.session(aude), x.ask(), hidden, "not-found"},
		{"a member's key", x.apiKey(mia), x.ask(), hidden, "not-found"},
		{"a key without the scope", caller{host: hostA, key: narrow}, x.ask(), several, "key-lacks-scope"},
		{"somebody else's words", x.admin, x.ask("identity", wrong), unproc, "backup-locked"},
		{"an unknown word", x.admin, x.ask("identity", typo), unproc, "backup-identity"},
		{"no words", x.admin, x.ask("identity", ""), unproc, "backup-identity"},
		{"a path", x.admin, x.ask("path", x.folder), 400, "bad-parameter"},
		{"a path for a copy", x.admin, x.ask("copy", "../../etc/passwd"), hidden, "copy-none"},
		{"an unknown copy", x.admin, x.ask("copy", store.NewID()), hidden, "copy-none"},
	} {
		q.in["documents"] = []string{x.doc.ID}
		for _, what := range []string{"look", "take"} {
			if r := x.post(q.c, what, q.in); r.status != q.status || r.code() != q.code {
				t.Errorf("%s, %s: %d %s, want %d %s", q.name, what, r.status, r.code(), q.status, q.code)
			} else if s, _ := q.in["identity"].(string); len(s) > 20 && strings.Contains(r.body, s) {
				t.Errorf("%s: what opens the backup is in the answer", q.name)
			}
		}
	}
	path, err := filepath.Glob(filepath.Join(x.folder, "*", "runs", "*"+x.copy+".age"))
	if err != nil || len(path) != 1 {
		t.Fatal(path, err)
	}
	if st, err := os.Stat(path[0]); err != nil || os.Truncate(path[0], st.Size()-1000) != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"look", "take"} {
		if r := x.post(x.admin, what, x.ask("documents", []string{x.doc.ID})); r.status != unproc || r.code() != "backup-cut" {
			t.Errorf("cut, %s: %d %s", what, r.status, r.body)
		}
	}
	x.clock.advance(11 * time.Minute)
	for _, what := range []string{"look", "take"} {
		if r := x.post(x.admin, what, x.ask("documents", []string{x.doc.ID})); r.status != several || r.code() != "reauth" {
			t.Errorf("without presence, %s: %d %s", what, r.status, r.body)
		}
	}
	if after := x.wrote(chain.BackupLook) + x.wrote(chain.BackupTake); after != before || len(x.aside()) > 0 {
		t.Errorf("%d entries of what was refused; left: %v", after-before, x.aside())
	}
}

// TestPartOfSeveralFirms: once the box serves two firms, no administrator of either
// looks into a backup, which holds both, and none comes in by the other's address.
func TestPartOfSeveralFirms(t *testing.T) {
	x := newCopied(t, nil)
	if _, err := x.root.CreateTenant(x.ctx, store.Operator("test").Actor, store.NewTenant{ID: "beta", Firm: "Firm beta", Hosts: []string{hostB}}); err != nil {
		t.Fatal(err)
	}
	x.b = x.acquire("beta")
	bea := x.session(x.person(x.b, "bea", store.Admin))
	astray := bea
	astray.host = hostA
	for _, what := range []string{"look", "take"} {
		for _, c := range []caller{x.admin, bea} {
			if r := x.post(c, what, x.ask("documents", []string{x.doc.ID})); r.status != several || r.code() != "backup-many" {
				t.Errorf("%s, %s: %d %s", c.name, what, r.status, r.body)
			}
		}
		if r := x.post(astray, what, x.ask("documents", []string{x.doc.ID})); r.status != unauth {
			t.Errorf("the other's address, %s: %d %s", what, r.status, r.body)
		}
	}
}

// TestPartHardened: in hardened mode a reason goes before, and is entered.
func TestPartHardened(t *testing.T) {
	x := newCopied(t, onDisk(machine.Encrypted))
	c := x.harden(x.adam)
	for _, what := range []string{"look", "take"} {
		in := x.ask("documents", []string{x.doc.ID})
		if r := x.post(c, what, in); r.status != unproc || r.code() != "export-reason" {
			t.Errorf("%s without a reason: %d %s", what, r.status, r.body)
		}
		if r := x.post(c, what, in, ReasonHeader, "short"); r.code() != "export-reason" {
			t.Errorf("%s with a short reason: %d %s", what, r.status, r.body)
		}
		if r := x.post(c, what, in, ReasonHeader, "The lease was deleted by mistake"); r.status != ok {
			t.Errorf("%s: %d %s", what, r.status, r.body)
		}
	}
	if n := x.wrote(chain.ExportReason); n != 2 {
		t.Errorf("%d reasons entered", n)
	}
}

// TestPartWithoutFolder: where no folder is set, a copy can't be named.
func TestPartWithoutFolder(t *testing.T) {
	x, _ := guardedBox(t)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	if r := x.call(adam, "POST", "/api/v1/backups/look", map[string]any{"copy": store.NewID(), "identity": "x"}); r.status != conflict || r.code() != "copy-off" {
		t.Errorf("%d %s", r.status, r.body)
	}
}
