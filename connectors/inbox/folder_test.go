package inbox

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// TestFoldersThatAreNone lists what no administrator may name.
func TestFoldersThatAreNone(t *testing.T) {
	o := newOffice(t)
	full := filepath.Join(t.TempDir(), "etc")
	mustDo(t, os.Mkdir(full, 0o755))
	mustDo(t, os.WriteFile(filepath.Join(full, "passwd.txt"), []byte("root"), 0o644))
	link := filepath.Join(t.TempDir(), "link")
	mustDo(t, os.Symlink(o.folder, link))
	inside := filepath.Join(o.root.Dir, "scans")
	mustDo(t, os.Mkdir(inside, 0o755))
	file := filepath.Join(full, "passwd.txt")
	copies := filepath.Join(t.TempDir(), "copies")
	mustDo(t, os.MkdirAll(filepath.Join(copies, "scans"), 0o755))
	o.do(chain.SettingsUpdate, func(tx *store.Tx) error { return tx.PutSetting(store.SettingWormDir, copies) })
	for folder, code := range map[string]string{
		"scans": "inbox-path", "/srv/../srv": "inbox-path", "/": "inbox-path", "/srv/a\nb": "inbox-path",
		filepath.Join(full, "not-there"): "inbox-missing", link: "inbox-link", file: "inbox-not-folder",
		inside: "inbox-inside", o.root.Dir: "inbox-inside", filepath.Dir(o.root.Dir): "inbox-inside",
		filepath.Join(copies, "scans"): "inbox-shared", full: "inbox-not-empty",
	} {
		p := o.plan
		if p.Folder = folder; o.setCode(p) != code {
			t.Errorf("%q: %q, want %q", folder, o.setCode(p), code)
		}
	}
	for edit, code := range map[string]string{"keep": "inbox-keep", "collection": "inbox-collection"} {
		p := o.plan
		if edit == "keep" {
			p.Keep = "shred"
		} else {
			p.Collection = "none"
		}
		if got := o.setCode(p); got != code {
			t.Errorf("%s: %q", edit, got)
		}
	}
	// Whoever may write there says so.
	mustDo(t, os.WriteFile(filepath.Join(full, Mark), nil, 0o644))
	o.plan.Folder, o.folder = full, full
	o.set()
	o.look(2)
	o.want("documents", o.documents(o.open), []string{"passwd.txt"})
}

// TestOtherFirm: firms of one box don't share a folder, nor a part of it.
func TestOtherFirm(t *testing.T) {
	o := newOffice(t)
	o.set()
	_, err := o.root.CreateTenant(context.Background(), store.System("test"), store.NewTenant{ID: "other", Firm: "Other"})
	mustDo(t, err)
	other, release, err := o.root.Acquire("other")
	mustDo(t, err)
	defer release()
	theirs := *o
	theirs.Tenant = other
	c := theirs.collection("Theirs", store.Grants{store.Everyone})
	below := filepath.Join(o.folder, "sub")
	mustDo(t, os.Mkdir(below, 0o755))
	for _, folder := range []string{o.folder, below, filepath.Dir(o.folder)} {
		if code := theirs.setCode(store.InboxPlan{Folder: folder, Collection: c.ID, Keep: store.InboxMove}); code != "inbox-shared" {
			t.Errorf("%s: %q", folder, code)
		}
	}
	// Another box on the same share sees whose it is.
	box := newOffice(t)
	box.plan.Folder = o.folder
	if code := box.setCode(box.plan); code != "inbox-other" {
		t.Errorf("another box: %q", code)
	}
	// Given up by hand: the first that comes has it, and the other stands back.
	mustDo(t, os.WriteFile(filepath.Join(o.folder, Mark), nil, 0o644))
	box.set()
	o.put("a.txt", "bail")
	if s := o.look(3); s.Fault == nil || s.Fault.Code != "inbox-other" || s.Taken != 0 {
		t.Errorf("%+v", s)
	}
}

// TestLinks: nothing is followed out of the folder, nor within it.
func TestLinks(t *testing.T) {
	o := newOffice(t)
	o.plan.Subfolders = true
	o.collection("lien", store.Grants{store.Everyone})
	secret := filepath.Join(t.TempDir(), "secret")
	mustDo(t, os.Mkdir(secret, 0o755))
	mustDo(t, os.WriteFile(filepath.Join(secret, "key.txt"), []byte("secret"), 0o644))
	o.set()
	mustDo(t, os.Symlink(filepath.Join(secret, "key.txt"), filepath.Join(o.folder, "key.txt")))
	mustDo(t, os.Symlink(secret, filepath.Join(o.folder, "lien")))
	mustDo(t, syscall.Mkfifo(filepath.Join(o.folder, "pipe.txt"), 0o644))
	mustDo(t, syscall.Mkfifo(filepath.Join(o.folder, ".coffre-probe"), 0o644))
	mustDo(t, os.Symlink(secret, filepath.Join(o.folder, "coffre-pris")))
	o.put("a.txt", "bail")
	s := o.look(4)
	o.want("documents", o.documents(o.open), []string{"a.txt"})
	if all, err := os.ReadDir(secret); err != nil || len(all) != 1 {
		t.Errorf("something came into the folder that a link leads to: %v %v", all, err)
	}
	if s.Left != 1 {
		t.Errorf("%+v", s)
	}
	// A link in the place of the folder itself.
	mustDo(t, os.Rename(o.folder, o.folder+"-was"))
	mustDo(t, os.Symlink(o.folder+"-was", o.folder))
	if s := o.look(1); s.Fault == nil || s.Fault.Code != "inbox-link" {
		t.Errorf("%+v", s)
	}
}

// TestGone: a share that goes away is no empty folder, and comes back by itself.
func TestGone(t *testing.T) {
	o := newOffice(t)
	o.set()
	o.put("a.txt", "bail")
	o.look(1)
	mustDo(t, os.Rename(o.folder, o.folder+"-was"))
	if s := o.look(2); s.Fault == nil || s.Fault.Code != "inbox-gone" || s.Since.IsZero() {
		t.Errorf("gone: %+v", s)
	}
	mustDo(t, os.Mkdir(o.folder, 0o755)) // the bare mount point
	o.put("b.txt", "somebody’s")
	if s := o.look(3); s.Fault == nil || s.Fault.Code != "inbox-unmarked" || len(o.documents(o.open)) != 0 {
		t.Errorf("mount point: %+v", s)
	}
	if code := o.setCode(o.plan); code != "" {
		t.Errorf("other settings can't be changed meanwhile: %s", code)
	}
	mustDo(t, os.RemoveAll(o.folder))
	mustDo(t, os.Rename(o.folder+"-was", o.folder))
	if s := o.look(3); s.Fault != nil || s.Taken != 1 {
		t.Errorf("back: %+v", s)
	}
}

// TestReadOnly: what was taken is remembered over a start, and moved once it can be.
func TestReadOnly(t *testing.T) {
	if os.Getuid() == 0 {
		drop(t)
		return
	}
	readOnly(t)
}

func readOnly(t *testing.T) {
	o := newOffice(t)
	o.set()
	o.put("a.txt", "bail")
	o.put("photo.jpg", "\xff\xd8\xff\xe0 jfif")
	mustDo(t, os.Chmod(o.folder, 0o555))
	defer os.Chmod(o.folder, 0o755)
	for range 2 {
		s := o.look(3)
		if s.Left != 1 || s.AsideCount != 1 || s.Aside[0].Code != "unsupported" || s.Blocked != nil {
			t.Errorf("%+v", s)
		}
		if o.entries(chain.DocumentAdd) != 1 || o.entries(chain.DocumentRefuse) != 1 {
			t.Errorf("%d and %d entries", o.entries(chain.DocumentAdd), o.entries(chain.DocumentRefuse))
		}
		o.k = New(o.k.opts)
		o.k.pace = quickPace
	}
	o.look(3)
	mustDo(t, os.Chmod(o.folder, 0o755))
	o.look(2)
	o.want("files", o.lies(), []string{"coffre-pris/DAY/a.txt", "coffre-refus/photo.jpg", "coffre-refus/photo.jpg.txt"})
	mustDo(t, os.WriteFile(filepath.Join(o.folder, "closed.txt"), []byte("x y"), 0o000))
	o.put("z.txt", "autre")
	if s := o.look(3); s.Blocked == nil || s.Blocked.Code != "inbox-unreadable" || len(o.documents(o.open)) != 2 {
		t.Errorf("%+v", s)
	}
}

// TestRefusedTwice: two files of one name, and a text beside which another file was
// refused, lose nothing.
func TestRefusedTwice(t *testing.T) {
	o := newOffice(t)
	o.set()
	for range 2 {
		o.put("photo.jpg", "\xff\xd8\xff\xe0 jfif")
		o.look(2)
	}
	o.put("coffre-refus/a.jpg.txt", "a note of somebody’s")
	o.put("a.jpg", "\xff\xd8\xff\xe0 other")
	o.look(2)
	o.want("files", o.lies(), []string{
		"coffre-refus/a (2).jpg", "coffre-refus/a (2).jpg.txt", "coffre-refus/a.jpg.txt", "coffre-refus/photo (2).jpg",
		"coffre-refus/photo (2).jpg.txt", "coffre-refus/photo.jpg", "coffre-refus/photo.jpg.txt",
	})
	// Put back by a person, it is judged anew.
	mustDo(t, os.Rename(filepath.Join(o.folder, "coffre-refus/photo.jpg"), filepath.Join(o.folder, "photo.jpg")))
	if s := o.look(3); strings.Contains(strings.Join(o.lies(), " "), " photo.jpg") || s.AsideCount != 4 {
		t.Errorf("%+v %q", s, o.lies())
	}
}
