package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"coffre/chain"
)

// copiedFirm is a firm with a folder for its copies.
type copiedFirm struct {
	*kept
	folder string
}

func newCopied(t *testing.T) *copiedFirm {
	t.Helper()
	c := &copiedFirm{newKept(t), t.TempDir()}
	c.plan(t, func(*CopyPlan) {})
	return c
}

func (c *copiedFirm) plan(t *testing.T, change func(*CopyPlan)) {
	t.Helper()
	p := DefaultCopyPlan()
	p.On, p.Folder = true, c.folder
	change(&p)
	if _, err := c.root.SetCopies(t.Context(), CopySetting{By: CLI("test"), Plan: p}); err != nil {
		t.Fatal(err)
	}
}

// countDays lets the root's clock stand so many days after now. Others than the test
// read it, the keeper of the archive for one.
func (r *Root) countDays() *atomic.Int64 {
	begun, days := time.Now(), &atomic.Int64{}
	r.opts.Now = func() time.Time { return begun.AddDate(0, 0, int(days.Load())) }
	return days
}

func (c *copiedFirm) copy(t *testing.T) CopyRecord {
	t.Helper()
	rec, err := c.root.MakeCopy(t.Context(), CopyRequest{By: CLI("test"), NoDrill: true})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func (c *copiedFirm) home(t *testing.T) string {
	t.Helper()
	home, err := copyHome(c.folder)
	if err != nil {
		t.Fatal(err)
	}
	return home
}

// files lists what lies under the home, without directories.
func (c *copiedFirm) files(t *testing.T) (out []string) {
	t.Helper()
	home := c.home(t)
	filepath.WalkDir(home, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(home, path)
			out = append(out, rel)
		}
		return err
	})
	return out
}

// restored restores a path and opens what came of it.
func (c *copiedFirm) restored(t *testing.T, path string) (*firm, RestoreReport) {
	t.Helper()
	target := filepath.Join(t.TempDir(), "new")
	rep, err := RestoreBackup(t.Context(), c.request(path, target))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return reopen(t, target), rep
}

// TestCopy: the second run with nothing new writes no object; the folder, its home
// and the run's file each restore to the firm; nothing lies there that names a
// document, and a trial restore needs nobody's identity.
func TestCopy(t *testing.T) {
	c := newCopied(t)
	first := c.copy(t)
	if first.New != 2 || first.Objects != 2 || first.NewBytes == 0 || first.State != BackupDone {
		t.Errorf("first: %+v", first)
	}
	second, err := c.root.MakeCopy(t.Context(), CopyRequest{By: CLI("test")})
	if err != nil || second.New != 0 || second.Objects != 2 {
		t.Errorf("second: %+v %v", second, err)
	}
	c.View(func(v *View) error {
		drills, err := v.Drills()
		if err != nil || len(drills) != 1 || !drills[0].OK || drills[0].Originals != 2 || drills[0].Backup != second.ID {
			t.Errorf("%+v %v", drills, err)
		}
		return nil
	})
	c.plan(t, func(p *CopyPlan) {})
	third := c.copy(t)
	for _, path := range []string{c.folder, c.home(t), third.path()} {
		f, rep := c.restored(t, path)
		if rep.Originals != 2 || rep.Backup != third.ID {
			t.Errorf("%s: %+v", path, rep)
		}
		if err := f.Tenant.Check(); err != nil {
			t.Error(err)
		}
		f.alice = f.principal(t, c.alice.UserID)
		if err := f.WaitIndexed(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if names := f.search(t, f.alice, "loyer euros"); len(names) == 0 {
			t.Error("nothing is found")
		}
	}
	for _, name := range c.files(t) {
		b, err := os.ReadFile(filepath.Join(c.home(t), name))
		if err != nil || strings.Contains(string(b), "loyer") || strings.Contains(string(b), "Acme") || strings.Contains(string(b), "acme") {
			t.Errorf("%s: %v", name, err)
		}
		for _, doc := range c.docs {
			if strings.Contains(name, doc) {
				t.Error(name)
			}
		}
	}
	for _, tn := range []*Tenant{c.Tenant, c.root.Box} {
		if err := tn.Check(); err != nil {
			t.Error(err)
		}
	}
}

// TestCopyOfFile: what a restore from a folder gives is what one from a whole backup
// of the same moment gives.
func TestCopyOfFile(t *testing.T) {
	c := newCopied(t)
	c.copy(t)
	file := c.backup(t)
	trees := map[string][]string{}
	for name, path := range map[string]string{"folder": c.folder, "file": file} {
		dir := t.TempDir()
		rep, err := backupReading{file: path, identity: c.identity}.stage(t.Context(), dir)
		if err != nil || rep.Originals != 2 {
			t.Fatalf("%s: %+v %v", name, rep, err)
		}
		filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if rel, _ := filepath.Rel(dir, path); err == nil && !d.IsDir() {
				info, _ := d.Info()
				trees[name] = append(trees[name], rel+" "+info.Mode().String())
				if strings.Contains(rel, "files") {
					b, _ := os.ReadFile(path)
					trees[name] = append(trees[name], string(b))
				}
			}
			return err
		})
	}
	if !slices.Equal(trees["folder"], trees["file"]) {
		t.Errorf("folder %q\nfile %q", trees["folder"], trees["file"])
	}
}

// TestCopyRecipients: with other recipients all is written anew, so that who is
// added opens everything and who is taken away nothing new.
func TestCopyRecipients(t *testing.T) {
	c := newCopied(t)
	first := c.copy(t)
	old := c.identity
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	c.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting(SettingBackupRecovery, id.Recipient().String()) })
	second := c.copy(t)
	if second.Set == first.Set || second.New != 2 {
		t.Errorf("%+v", second)
	}
	if _, err := VerifyBackup(t.Context(), VerifyBackupRequest{File: second.path(), Identity: old}); AsError(err).Code != "backup-locked" {
		t.Error(err)
	}
	c.identity = c.parse(t, id.String()+"\n# "+c.kits["acme"].RecoverySecret+"\n# "+c.kits[BoxID].RecoverySecret)
	c.restored(t, c.folder)
	// The copy of the old recipients goes with the next sweep, its objects with it.
	c.copy(t)
	for _, name := range c.files(t) {
		if strings.Contains(name, first.Set) || strings.Contains(name, first.ID) {
			t.Errorf("left behind: %s", name)
		}
	}
}

// TestCopyAttacked: whoever may write in the folder is found out, by name, and never
// gives half a restore.
func TestCopyAttacked(t *testing.T) {
	c := newCopied(t)
	old := c.copy(t)
	c.add(t, c.admin, c.open, "Préavis.txt", "Le préavis est de trois mois.")
	c.plan(t, func(p *CopyPlan) {})
	rec := c.copy(t)
	_ = old
	home := c.home(t)
	var objects []string
	for _, name := range c.files(t) {
		if strings.HasPrefix(name, "objects") {
			objects = append(objects, filepath.Join(home, name))
		}
	}
	write := func(path string, change func([]byte) []byte) func() {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(slices.Clone(b)), 0o600); err != nil {
			t.Fatal(err)
		}
		return func() { os.WriteFile(path, b, 0o600) }
	}
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[(at+len(b))%len(b)] ^= 1; return b }
	}
	for name, attack := range map[string]struct {
		do   func() func()
		code string
	}{
		"object flipped": {func() func() { return write(objects[0], flip(-3)) }, "copy-object"},
		"object's head":  {func() func() { return write(objects[0], flip(40)) }, "copy-object"},
		"object cut":     {func() func() { return write(objects[0], func(b []byte) []byte { return b[:len(b)-5] }) }, "copy-object"},
		"object emptied": {func() func() { return write(objects[0], func([]byte) []byte { return nil }) }, "copy-object"},
		"objects swapped": {func() func() {
			other, _ := os.ReadFile(objects[1])
			return write(objects[0], func([]byte) []byte { return other })
		}, "copy-object"},
		"object removed": {func() func() {
			os.Rename(objects[0], objects[0]+".x")
			return func() { os.Rename(objects[0]+".x", objects[0]) }
		}, "copy-missing-object"},
		"object a link": {func() func() {
			os.Rename(objects[0], objects[0]+".x")
			os.Symlink(objects[0]+".x", objects[0])
			return func() { os.Remove(objects[0]); os.Rename(objects[0]+".x", objects[0]) }
		}, "copy-object"},
		"run flipped": {func() func() { return write(rec.path(), flip(-100)) }, "backup-damaged"},
		"run cut":     {func() func() { return write(rec.path(), func(b []byte) []byte { return b[:len(b)/2] }) }, "backup-cut"},
		"old run as a new one": {func() func() {
			name := filepath.Join(home, copyRuns, "20990101T000000Z-"+strings.Repeat("a", 26)+copyEnding)
			b, _ := os.ReadFile(rec.path())
			os.WriteFile(name, b, 0o600)
			return func() { os.Remove(name) }
		}, "copy-name"},
	} {
		undo := attack.do()
		target := filepath.Join(t.TempDir(), "new")
		_, err := RestoreBackup(t.Context(), c.request(c.folder, target))
		if AsError(err).Code != attack.code {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(target); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: half a restore", name)
		}
		if name != "old run as a new one" {
			k, err := c.root.CheckCopies(t.Context(), CLI("test"), "")
			if err != nil || k.OK || k.Damaged+k.Missing == 0 || len(k.Bad) == 0 {
				t.Errorf("%s: verified as %+v %v", name, k, err)
			}
		}
		undo()
	}
	if k, err := c.root.CheckCopies(t.Context(), CLI("test"), ""); err != nil || !k.OK || k.Objects != 3 {
		t.Errorf("%+v %v", k, err)
	}
	c.restored(t, c.folder)
}

// TestCopyMends: the next copy writes a damaged or missing object again, and then
// the earlier copies are whole, too.
func TestCopyMends(t *testing.T) {
	c := newCopied(t)
	c.root.opts.Now = func() time.Time { return time.Now().AddDate(0, 0, -1) }
	first := c.copy(t)
	c.root.opts.Now = time.Now
	var objects []string
	for _, name := range c.files(t) {
		if strings.HasPrefix(name, "objects") {
			objects = append(objects, filepath.Join(c.home(t), name))
		}
	}
	b, _ := os.ReadFile(objects[0])
	b[len(b)-1] ^= 1
	if err := errors.Join(os.WriteFile(objects[0], b, 0o600), os.Remove(objects[1])); err != nil {
		t.Fatal(err)
	}
	k, err := c.root.CheckCopies(t.Context(), CLI("test"), "")
	if err != nil || k.Damaged != 1 || k.Missing != 1 || k.Code != "copy-damaged" {
		t.Fatalf("%+v %v", k, err)
	}
	if rec := c.copy(t); rec.New != 2 {
		t.Errorf("%+v", rec)
	}
	if k, err = c.root.CheckCopies(t.Context(), CLI("test"), ""); err != nil || !k.OK || k.Runs != 2 {
		t.Errorf("%+v %v", k, err)
	}
	c.restored(t, first.path())
}
