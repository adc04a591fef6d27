package inbox

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// TestPlaceLater: what comes to use the folder once it is the inbox is seen at a look:
// another firm's, a link above the folder.
func TestPlaceLater(t *testing.T) {
	o := newOffice(t)
	_, err := o.root.CreateTenant(context.Background(), store.System("test"), store.NewTenant{ID: "other", Firm: "Other"})
	mustDo(t, err)
	other, release, err := o.root.Acquire("other")
	mustDo(t, err)
	defer release()
	theirs := *o
	theirs.Tenant = other
	o.folder = filepath.Join(t.TempDir(), "share", "scans")
	mustDo(t, os.MkdirAll(o.folder, 0o755))
	o.plan.Folder = o.folder
	o.set()
	code := func(what, want string) {
		t.Helper()
		got := ""
		if s := o.look(1); s.Fault != nil {
			got = s.Fault.Code
		}
		if got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	code("alone", "")
	c := theirs.collection("Theirs", store.Grants{store.Everyone})
	plan := func(folder string) {
		t.Helper()
		theirs.do(chain.SettingsUpdate, func(tx *store.Tx) error {
			return tx.PutInboxPlan(store.InboxPlan{Folder: folder, Paused: true, Collection: c.ID, Keep: store.InboxMove})
		})
	}
	plan(filepath.Dir(o.folder))
	theirs.look(1)
	code("another firm's inbox above", "inbox-shared")
	plan("")
	code("taken back, which the other's watcher hasn't seen", "")
	theirs.look(1)
	code("and now it has", "")
	mustDo(t, os.Rename(filepath.Dir(o.folder), filepath.Dir(o.folder)+"-was"))
	inside := filepath.Join(o.root.Dir, "share")
	mustDo(t, os.MkdirAll(filepath.Join(inside, "scans"), 0o755))
	mustDo(t, os.Symlink(inside, filepath.Dir(o.folder)))
	code("a link above it into the box's data", "inbox-inside")
}

// TestPlaceAtStart: a box that begins asks every firm before it takes anything, and
// not its watchers, which may not have looked yet.
func TestPlaceAtStart(t *testing.T) {
	o := newOffice(t)
	o.set()
	_, err := o.root.CreateTenant(context.Background(), store.System("test"), store.NewTenant{ID: "other", Firm: "Other"})
	mustDo(t, err)
	other, release, err := o.root.Acquire("other")
	mustDo(t, err)
	defer release()
	theirs := *o
	theirs.Tenant = other
	theirs.do(chain.SettingsUpdate, func(tx *store.Tx) error { return tx.PutSetting(store.SettingWormDir, o.folder) })
	o.k = New(o.k.opts)
	o.k.pace = quickPace
	o.put("a.txt", "bail")
	if s := o.look(3); s.Fault == nil || s.Fault.Code != "inbox-shared" || s.Taken != 0 {
		t.Errorf("%+v", s)
	}
}

// TestPlaceOfArchive: an archive of the firm's own that comes to lie in the folder.
func TestPlaceOfArchive(t *testing.T) {
	o := newOffice(t)
	o.set()
	o.put("a.txt", "bail")
	if s := o.look(3); s.Fault != nil || s.Taken != 1 {
		t.Errorf("%+v", s)
	}
	o.do(chain.SettingsUpdate, func(tx *store.Tx) error {
		return tx.PutSetting(store.SettingWormDir, filepath.Join(o.folder, "archive"))
	})
	o.put("b.txt", "autre")
	if s := o.look(3); s.Fault == nil || s.Fault.Code != "inbox-shared" || s.Taken != 1 {
		t.Errorf("%+v", s)
	}
}
