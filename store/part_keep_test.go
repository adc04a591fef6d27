package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"coffre/chain"
)

func (k *kept) opened(t *testing.T, file string) *OpenPart {
	t.Helper()
	p, _, err := k.root.OpenPart(t.Context(), k.Tenant, k.part(file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// aside lists what lies in clear beside the data, without originals' names.
func (k *kept) aside(t *testing.T) (all []string) {
	t.Helper()
	dirs, _ := filepath.Glob(filepath.Join(k.root.Dir, scratchPrefix+"*"))
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			name, _ := filepath.Rel(dir, path)
			if err == nil && !d.IsDir() {
				if filepath.Base(filepath.Dir(name)) == "files" {
					name = "an original"
				}
				all = append(all, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(all)
	return all
}

// TestOpenPart: one reading serves to look, to plan and to take; meanwhile nothing
// lies beside the data but the firm's database and originals, and afterwards nothing.
func TestOpenPart(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	k.do(t, chain.DocumentDelete, func(tx *Tx) error { return tx.DeleteDocument(k.admin, k.docs[0]) })
	k.lose(t, k.docs[1])
	p := k.opened(t, file)
	if got, want := slices.Compact(k.aside(t)), []string{"an original", filepath.Join("tenants", "acme", "store.db")}; !slices.Equal(got, want) {
		t.Errorf("in clear: %v, want %v", got, want)
	}
	q := TakeRequest{PartRequest: PartRequest{By: CLI("test")}, As: k.admin, Collection: k.open.ID}
	before, _ := k.Head()
	plan, err := p.Plan(k.Tenant, q)
	if err != nil || len(plan.Documents) != 2 || len(plan.Collections) != 0 {
		t.Fatalf("%+v, %v", plan, err)
	}
	for _, d := range plan.Documents {
		if want := map[string]string{k.docs[0]: PartBin, k.docs[1]: PartBack}[d.ID]; d.State != want || d.To != q.Collection || d.Version {
			t.Errorf("%+v, want %s", d, want)
		}
	}
	if after, _ := k.Head(); after != before {
		t.Errorf("a plan entered %d entries", after-before)
	}
	var steps []int64
	q.Progress = func(step string, done, total int64) {
		if step == StageTake && total == 2 {
			steps = append(steps, done)
		}
	}
	out, err := p.Take(t.Context(), k.Tenant, q)
	if err != nil || !slices.Equal(partStates(out.Documents), []string{PartBack, PartBin}) || !slices.Equal(steps, []int64{0, 1}) {
		t.Fatalf("%+v, %v, %v", out, steps, err)
	}
	if plan, err := p.Plan(k.Tenant, q); err != nil || plan.Documents[0].State != PartThere {
		t.Errorf("%+v, %v", plan, err)
	}
	p.Close()
	p.Close()
	if got := k.aside(t); len(got) > 0 {
		t.Error("left in clear:", got)
	}
	if _, err := p.Plan(k.Tenant, q); AsError(err).Code != "part-closed" {
		t.Error(err)
	}
	if _, err := p.Take(t.Context(), k.Tenant, q); AsError(err).Code != "part-closed" {
		t.Error(err)
	}
	if err := k.Check(); err != nil {
		t.Error(err)
	}
}

// TestOpenPartAlone: while a backup is open, others can be tried and made; one that
// can't be opened leaves nothing.
func TestOpenPartAlone(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	k.opened(t, file)
	if _, err := k.root.LookIntoBackup(t.Context(), k.Tenant, k.part(file)); err != nil {
		t.Error("a look beside:", err)
	}
	if rec, err := k.root.Drill(t.Context(), DrillRequest{By: CLI("test"), Tenant: k.ID}); err != nil || !rec.OK {
		t.Errorf("a trial beside: %+v, %v", rec, err)
	}
	held := len(k.aside(t))
	cut := filepath.Join(t.TempDir(), "cut.age")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cut, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.root.OpenPart(t.Context(), k.Tenant, k.part(cut)); AsError(err).Code != "backup-cut" {
		t.Error(err)
	}
	if now := len(k.aside(t)); now != held {
		t.Errorf("%d files in clear, %d before", now, held)
	}
}

// TestPlanRights: a plan names the collection that is made again, who would get their
// rights of then, and how many would not.
func TestPlanRights(t *testing.T) {
	k := newKept(t)
	carol := k.person(t, "carol", Member)
	own := k.collection(t, "Paie", Grants{"user:" + k.alice.UserID, "user:" + carol.UserID})
	doc := k.add(t, k.alice, own, "paie.txt", "Salaire de mars.")
	file := k.backup(t)
	k.lose(t, doc.ID)
	k.do(t, chain.CollectionDelete, func(tx *Tx) error { return tx.DeleteCollection(own.ID) })
	k.do(t, chain.UserDisable, func(tx *Tx) error {
		u, err := tx.User(carol.UserID)
		u.Disabled = true
		return errors.Join(err, tx.UpdateUser(u))
	})
	p := k.opened(t, file)
	plan, err := p.Plan(k.Tenant, TakeRequest{As: k.admin, Documents: []string{doc.ID}})
	if err != nil || len(plan.Collections) != 1 {
		t.Fatalf("%+v, %v", plan, err)
	}
	if c := plan.Collections[0]; c.Name != "Paie" || !slices.Equal(c.Readers, Grants{"user:" + k.alice.UserID}) || c.Left != 1 {
		t.Errorf("%+v", c)
	}
}

// TestReceiveAside: what is sent lies beside the data until it is dropped, and a
// sender that breaks off leaves nothing.
func TestReceiveAside(t *testing.T) {
	k := newKept(t)
	path, n, err := k.root.ReceiveAside(strings.NewReader("hello"), -1)
	if err != nil || n != 5 {
		t.Fatal(path, n, err)
	}
	if err := k.root.DropAside(filepath.Join(k.root.Dir, "keys", "x")); err == nil {
		t.Error("dropped the keys")
	}
	if err := k.root.DropAside(path); err != nil {
		t.Error(err)
	}
	if _, _, err := k.root.ReceiveAside(errReader{}, -1); err == nil {
		t.Error("took half a file")
	}
	if _, _, err := k.root.ReceiveAside(strings.NewReader("x"), 1<<60); err == nil {
		t.Error("took what has no room")
	}
	if got := k.aside(t); len(got) > 0 {
		t.Error("left:", got)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("gone") }
