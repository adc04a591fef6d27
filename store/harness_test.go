package store

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"coffre/chain"
)

// TestMain lets the test binary act as the verifier's child, as coffre does.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "__verify" {
		os.Exit(VerifyChildMain(os.Stdin, os.Stdout))
	}
	if len(os.Args) > 2 && os.Args[1] == "__write" {
		os.Exit(writeUntilKilled(os.Args[2]))
	}
	if len(os.Args) > 3 && os.Args[1] == "__rotate" {
		os.Exit(rotateUntilKilled(os.Args[2], os.Args[3]))
	}
	if len(os.Args) > 4 && os.Args[1] == "__restore" {
		os.Exit(restoreUntilKilled(os.Args[2], os.Args[3], os.Args[4]))
	}
	if len(os.Args) > 4 && os.Args[1] == "__keep" {
		os.Exit(keepUntilKilled(os.Args[2], os.Args[3], os.Args[4]))
	}
	if len(os.Args) > 3 && os.Args[1] == "__rekey" {
		os.Exit(rekeyUntilKilled(os.Args[2], os.Args[3]))
	}
	if len(os.Args) > 3 && os.Args[1] == "__backup" {
		os.Exit(backupUntilKilled(os.Args[2], os.Args[3]))
	}
	if len(os.Args) > 4 && os.Args[1] == "__destroy" {
		os.Exit(destroyUntilKilled(os.Args[2], os.Args[3], os.Args[4]))
	}
	if len(os.Args) > 3 && os.Args[1] == "__copy" {
		os.Exit(copyUntilKilled(os.Args[2], os.Args[3]))
	}
	if len(os.Args) > 6 && os.Args[1] == "__take" {
		os.Exit(takeUntilKilled(os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6]))
	}
	if len(os.Args) > 5 && os.Args[1] == "__firstrestore" {
		os.Exit(firstRestoreUntilKilled(os.Args[2], os.Args[3], os.Args[4], os.Args[5]))
	}
	if len(os.Args) > 5 && os.Args[1] == "__restorefile" {
		os.Exit(restoreFileUntilKilled(os.Args[2], os.Args[3], os.Args[4], os.Args[5]))
	}
	if len(os.Args) > 5 && os.Args[1] == "__return" {
		os.Exit(returnUntilKilled(os.Args[2], os.Args[3], os.Args[4], os.Args[5]))
	}
	os.Exit(m.Run())
}

// firm is a box with one tenant and three people, checked when a test ends.
type firm struct {
	*Tenant
	root                *Root
	admin, alice, carol Principal
	open, closed        Collection
}

func newRoot(t testing.TB, dir string, now func() time.Time) *Root {
	t.Helper()
	r, err := OpenRoot(dir, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newFirm(t testing.TB) *firm {
	t.Helper()
	return newFirmAt(t, t.TempDir(), nil)
}

func newFirmAt(t testing.TB, dir string, now func() time.Time) *firm {
	t.Helper()
	f := &firm{root: newRoot(t, dir, now)}
	ctx := context.Background()
	if _, err := f.root.CreateTenant(ctx, System("test"), NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	tn, release, err := f.root.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	f.Tenant = tn
	t.Cleanup(func() {
		if err := tn.Check(); err != nil {
			t.Errorf("invariants: %v", err)
		}
		release()
		if err := f.root.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	f.admin = f.person(t, "admin", Admin)
	f.alice = f.person(t, "alice", Member)
	f.carol = f.person(t, "carol", Member)
	f.open = f.collection(t, "Commun", Grants{Everyone})
	f.closed = f.collection(t, "Direction", Grants{"user:" + f.alice.UserID})
	return f
}

func (f *firm) do(t testing.TB, action string, fn func(*Tx) error) uint64 {
	t.Helper()
	seq, err := f.Update(context.Background(), System("test"), chain.Event{Action: action}, fn)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func (f *firm) person(t testing.TB, login string, role Role) (p Principal) {
	t.Helper()
	f.do(t, chain.UserCreate, func(tx *Tx) error {
		u, err := tx.CreateUser(User{Login: login, Name: strings.ToTitle(login), Role: role})
		p.UserID = u.ID
		return err
	})
	return f.principal(t, p.UserID)
}

func (f *firm) principal(t testing.TB, id string) (p Principal) {
	t.Helper()
	if err := f.View(func(v *View) (err error) { p, err = v.Principal(id, Person(id)); return err }); err != nil {
		t.Fatal(err)
	}
	return p
}

func (f *firm) collection(t testing.TB, name string, g Grants) (c Collection) {
	t.Helper()
	f.do(t, chain.CollectionCreate, func(tx *Tx) (err error) {
		c, err = tx.CreateCollection(Collection{Name: name, Readers: g, Writers: g})
		return err
	})
	return c
}

// add puts a text file through the life of a document, its passages being its
// paragraphs.
func (f *firm) add(t *testing.T, p Principal, c Collection, name, text string) (d Document) {
	t.Helper()
	d, job := f.upload(t, p, c, name, text)
	seq := f.do(t, chain.DocumentExtract, func(tx *Tx) (err error) {
		d, err = tx.FinishExtraction(job, paragraphs(text))
		return err
	})
	if err := f.WaitIndexed(context.Background(), seq); err != nil {
		t.Fatal(err)
	}
	return d
}

func (f *firm) upload(t *testing.T, p Principal, c Collection, name, text string) (d Document, j Job) {
	t.Helper()
	o, err := f.ReceiveFile(strings.NewReader(text), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	f.do(t, chain.DocumentAdd, func(tx *Tx) (err error) {
		d, _, err = tx.AddDocument(p, NewDocument{Collection: c.ID, Name: name, SHA256: o.SHA256, Bytes: o.Bytes})
		return err
	})
	err = f.View(func(v *View) (err error) { j, err = v.Job(d.Latest().ID); return err })
	if err != nil {
		t.Fatal(err)
	}
	return d, j
}

func paragraphs(text string) (x Extracted) {
	for text != "" {
		n := len(text)
		if i := strings.Index(text, "\n\n"); i >= 0 {
			n = i + 2
		}
		start := 0
		if k := len(x.Passages); k > 0 {
			start = x.Passages[k-1].End
		}
		x.Passages = append(x.Passages, Passage{Start: start, End: start + n, Text: text[:n], Lang: "fr"})
		text = text[n:]
	}
	x.Format, x.Extractor = "text", "test/1"
	return x
}

func (f *firm) search(t *testing.T, p Principal, q string) (names []string) {
	t.Helper()
	res, err := f.Search(context.Background(), p, SearchQuery{Text: q, Apart: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range res.Hits {
		names = append(names, fmt.Sprintf("%s#%d", h.Name, h.Start))
	}
	return names
}
