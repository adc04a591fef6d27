package inbox

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// Every entry that a test of this package writes must be in its action's schema.
func init() { store.Strict = true }

func TestMain(m *testing.M) {
	if len(os.Args) > 4 && os.Args[1] == "__inbox" {
		os.Exit(takeUntilKilled(os.Args[2], os.Args[3], os.Args[4]))
	}
	os.Exit(m.Run())
}

var quickPace = pace{look: 5 * time.Millisecond, still: 0, patient: time.Hour, hangs: time.Minute, leave: time.Second}

// office is a box with one firm and a folder that a copier writes to.
type office struct {
	*store.Tenant
	t      testing.TB
	root   *store.Root
	k      *Keeper
	folder string
	open   store.Collection
	plan   store.InboxPlan
	again  bool   // closed, and opened again
	disk   uint64 // free bytes; 0: the machine's own
}

func options(root *store.Root) Options {
	return Options{
		Root: root, MaxFile: 1 << 20,
		Say:     func(_, key string, args ...any) string { return fmt.Sprint(key, args) },
		Refusal: func(_, code string, _ map[string]string) string { return "why: " + code },
	}
}

func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{t: t, folder: filepath.Join(t.TempDir(), "scans")}
	mustDo(t, os.Mkdir(o.folder, 0o755))
	root, err := store.OpenRoot(filepath.Join(t.TempDir(), "data"), store.Options{Disk: func(dir string) (uint64, uint64, error) {
		if o.disk > 0 {
			return o.disk, 100 << 30, nil
		}
		return 50 << 30, 100 << 30, nil
	}})
	mustDo(t, err)
	o.root = root
	_, err = root.CreateTenant(context.Background(), store.System("test"), store.NewTenant{ID: "acme", Firm: "Acme"})
	mustDo(t, err)
	tn, release, err := root.Acquire("acme")
	mustDo(t, err)
	o.Tenant = tn
	t.Cleanup(func() {
		if o.again {
			return
		}
		if err := tn.Check(); err != nil {
			t.Errorf("invariants: %v", err)
		}
		release()
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	})
	o.open = o.collection("Commun", store.Grants{store.Everyone})
	o.k = New(options(root))
	o.k.pace = quickPace
	o.plan = store.InboxPlan{Folder: o.folder, Collection: o.open.ID, Keep: store.InboxMove}
	return o
}

func mustDo(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (o *office) do(action string, fn func(*store.Tx) error) {
	o.t.Helper()
	_, err := o.Update(context.Background(), store.System("test"), chain.Event{Action: action}, fn)
	mustDo(o.t, err)
}

func (o *office) collection(name string, to store.Grants) (c store.Collection) {
	o.t.Helper()
	o.do(chain.CollectionCreate, func(tx *store.Tx) (err error) {
		c, err = tx.CreateCollection(store.Collection{Name: name, Readers: to, Writers: to})
		return err
	})
	return c
}

// set makes the folder the inbox.
func (o *office) set() {
	o.t.Helper()
	mustDo(o.t, o.k.Set(context.Background(), o.Tenant, Change{By: store.CLI("1"), Plan: o.plan}))
}

// setCode is the code with which a plan is refused.
func (o *office) setCode(p store.InboxPlan) string {
	o.t.Helper()
	err := o.k.Set(context.Background(), o.Tenant, Change{By: store.CLI("1"), Plan: p})
	if err == nil {
		return ""
	}
	return store.AsError(err).Code
}

// look looks n times and tells how the inbox stands.
func (o *office) look(n int) State {
	o.t.Helper()
	o.k.mu.Lock()
	w := o.k.watcherOf(o.ID)
	o.k.mu.Unlock()
	for range n {
		w.once(context.Background())
	}
	s, err := o.k.State(o.Tenant)
	mustDo(o.t, err)
	return s
}

// put writes a file of the folder.
func (o *office) put(name, text string) {
	o.t.Helper()
	at := filepath.Join(o.folder, name)
	mustDo(o.t, os.MkdirAll(filepath.Dir(at), 0o755))
	mustDo(o.t, os.WriteFile(at, []byte(text), 0o644))
}

// documents are the names in a collection, in order.
func (o *office) documents(c store.Collection) []string {
	o.t.Helper()
	names := []string{}
	mustDo(o.t, o.View(func(v *store.View) error {
		all, _, err := v.Documents(store.Operator("1"), store.DocumentFilter{Collection: c.ID, Limit: 1000})
		for _, d := range all {
			names = append(names, d.Name)
		}
		return err
	}))
	slices.Sort(names)
	return names
}

// lies are the paths of files in the folder, without the Mark; the day of the shelf
// is DAY.
func (o *office) lies() []string {
	o.t.Helper()
	paths := []string{}
	mustDo(o.t, filepath.WalkDir(o.folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != Mark {
			rel, _ := filepath.Rel(o.folder, path)
			paths = append(paths, strings.ReplaceAll(rel, time.Now().Format(time.DateOnly), "DAY"))
		}
		return err
	}))
	slices.Sort(paths)
	return paths
}

// entries counts the entries of an action.
func (o *office) entries(action string) (n int) {
	o.t.Helper()
	mustDo(o.t, o.View(func(v *store.View) error {
		all, _, err := v.Journal(store.JournalFilter{Class: action, Limit: 1000})
		n = len(all)
		return err
	}))
	return n
}

func (o *office) want(what string, got, want []string) {
	o.t.Helper()
	if !slices.Equal(got, want) {
		o.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// pdf is a text that is a whole PDF as far as the inbox looks.
func pdf(text string) string { return "%PDF-1.7\n" + text + "\n%%EOF\n" }
