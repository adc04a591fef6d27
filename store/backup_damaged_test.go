package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"coffre/chain"
)

// pair is a box with two firms: acme with what it has on paper, and beta.
type pair struct {
	*kept
	betaKit Kit
	beta    []string // SHA-256 of its originals
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{kept: newKept(t)}
	kit, err := p.root.CreateTenant(t.Context(), System("test"), NewTenant{ID: "beta", Firm: "Beta", Hosts: []string{"beta.test"}})
	if err != nil {
		t.Fatal(err)
	}
	p.betaKit = kit
	if _, err := p.root.ChangeTenant(t.Context(), System("test"), "acme", &[]string{"acme.test"}, nil, ""); err != nil {
		t.Fatal(err)
	}
	tn, release, err := p.root.Acquire("beta")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	f := &firm{Tenant: tn, root: p.root}
	f.admin = f.person(t, "admin", Admin)
	open := f.collection(t, "Commun", Grants{Everyone})
	for i := range 2 {
		f.add(t, f.admin, open, fmt.Sprintf("%d.txt", i), fmt.Sprintf("Beta garde le texte numéro %d.", i))
	}
	f.View(func(v *View) error {
		all, err := v.originals()
		for _, o := range all {
			p.beta = append(p.beta, o.SHA256)
		}
		return err
	})
	slices.Sort(p.beta)
	p.identity = p.parse(t, p.text+"# "+p.kits["acme"].RecoverySecret+"\n# "+p.kits[BoxID].RecoverySecret+"\n# "+kit.RecoverySecret+"\n")
	return p
}

// shut closes beta, so that its files can be changed as a disk would.
func (p *pair) shut(t *testing.T) {
	t.Helper()
	s, why, err := p.root.seize(t.Context(), "beta")
	if err != nil {
		t.Fatal(err)
	}
	defer s.mu.Unlock()
	if why == nil {
		err = s.t.close()
	}
	if s.t = nil; err != nil {
		t.Fatal(err)
	}
}

func (p *pair) dir() string { return p.root.tenantDir("beta") }

// damages are what can be wrong with a firm's data.
var damages = map[string]struct {
	code string
	do   func(r *Root, id string) error
}{
	"cut": {"damaged", func(r *Root, id string) error { return os.Truncate(r.tenantPath(id), 3*4096) }},
	"pages": {"damaged", func(r *Root, id string) error {
		b, err := os.ReadFile(r.tenantPath(id))
		for i := 2 * 4096; i < len(b); i += 512 {
			b[i] ^= 0xff
		}
		return errors.Join(err, os.WriteFile(r.tenantPath(id), b, 0o600))
	}},
	"removed":  {"damaged", func(r *Root, id string) error { return os.Remove(r.tenantPath(id)) }},
	"all gone": {"damaged", func(r *Root, id string) error { return os.RemoveAll(r.tenantDir(id)) }},
	"key":      {"checkpoint-key-missing", func(r *Root, id string) error { return os.Remove(signerPath(r.keys(), id)) }},
}

func (p *pair) prepare(t *testing.T) *Backup {
	t.Helper()
	b, err := p.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("test"), Way: WayFile, Tenant: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (p *pair) write(t *testing.T) (*Backup, string) {
	t.Helper()
	b := p.prepare(t)
	defer b.Close()
	path := filepath.Join(t.TempDir(), "b.age")
	f, err := os.Create(path)
	if err == nil {
		err = errors.Join(b.Write(t.Context(), f), f.Close())
	}
	if st, serr := os.Stat(path); err != nil || serr != nil || st.Size() != b.Bytes {
		t.Fatalf("%v %v: %d bytes announced", err, serr, b.Bytes)
	}
	return b, path
}

// TestBackupWithoutAFirm: whatever is wrong with one firm, the backup has the others
// whole and of that one what can be read, as it is; the chains and the report say so,
// the restored box serves the others, and its own next backup has the files again.
func TestBackupWithoutAFirm(t *testing.T) {
	for name, d := range damages {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			p.shut(t)
			if err := d.do(p.root, "beta"); err != nil {
				t.Fatal(err)
			}
			there := map[string][]byte{}
			filepath.WalkDir(p.dir(), func(path string, e os.DirEntry, err error) error {
				if rel, _ := filepath.Rel(p.dir(), path); err == nil && !e.IsDir() && (rel == "store.db" || strings.HasPrefix(rel, "files")) {
					there[rel], err = os.ReadFile(path)
				}
				return err
			})
			b, path := p.write(t)
			if all := b.Damaged(); len(all) != 1 || all[0].Tenant != "beta" || all[0].Code != d.code || all[0].Files+all[0].Originals != len(there) || all[0].Unread != 0 {
				t.Errorf("%+v, %d files", all, len(there))
			}
			p.told(t, b.ID)
			target := filepath.Join(t.TempDir(), "new")
			rep, err := RestoreBackup(t.Context(), p.request(path, target))
			if err != nil {
				t.Fatal(err)
			}
			if len(rep.Chains) != 2 || len(rep.Damaged) != 1 || rep.Damaged[0].Tenant != "beta" || !rep.OK {
				t.Errorf("%+v", rep)
			}
			for rel, want := range there {
				if got, err := os.ReadFile(filepath.Join(target, "tenants", "beta", rel)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s came back as something else: %v", rel, err)
				}
			}
			f := reopen(t, target)
			if err := f.Tenant.Check(); err != nil {
				t.Error(err)
			}
			if _, _, err := f.root.Acquire("beta"); unopened(err) == nil {
				t.Errorf("beta opens: %v", err)
			}
			again := &pair{kept: &kept{firm: f, identity: p.identity}}
			b, _ = again.write(t)
			if all := b.Damaged(); len(all) != 1 || all[0].Files+all[0].Originals != len(there) {
				t.Errorf("the restored box's backup: %+v", all)
			}
		})
	}
}

// told checks what the chains say of a backup: how many firms, and only the box which.
func (p *pair) told(t *testing.T, id string) {
	t.Helper()
	for _, tn := range []*Tenant{p.Tenant, p.root.Box} {
		err := tn.View(func(v *View) error {
			made, err := v.Backups()
			if err != nil || len(made) == 0 || made[0].ID != id || made[0].Damaged != 1 || made[0].State != BackupDone {
				t.Errorf("%s: %+v %v", tn.ID, made, err)
			}
			all, _, err := v.Journal(JournalFilter{Class: "backup", Limit: 10})
			for _, e := range all {
				_, names := e.Detail["without"]
				if e.Object.ID == id && (fmt.Sprint(e.Detail["damaged"]) != "1" || names != (tn.ID == BoxID)) {
					t.Errorf("%s: %s says %v", tn.ID, e.Action, e.Detail)
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestBackupOfDamagedOriginal: an original that isn't what its name says, of a firm
// that doesn't open, comes along as it is and stops nothing.
func TestBackupOfDamagedOriginal(t *testing.T) {
	p := newPair(t)
	p.shut(t)
	bad := filepath.Join(p.dir(), "files", p.beta[0])
	if err := errors.Join(os.Chmod(bad, 0o600), os.WriteFile(bad, []byte("other"), 0o600), damages["cut"].do(p.root, "beta")); err != nil {
		t.Fatal(err)
	}
	b, path := p.write(t)
	if d := b.Damaged()[0]; d.Files != 2 || d.Originals != 1 {
		t.Errorf("%+v", d)
	}
	target := filepath.Join(t.TempDir(), "new")
	if _, err := RestoreBackup(t.Context(), p.request(path, target)); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(target, "tenants", "beta", "files", p.beta[0])); string(got) != "other" {
		t.Errorf("%q %v", got, err)
	}
}

// TestTakeFromPartial: nothing is taken out of a backup that has a firm as files alone,
// and the reason is said.
func TestTakeFromPartial(t *testing.T) {
	p := newPair(t)
	p.shut(t)
	db := p.root.tenantPath("beta")
	whole, err := os.ReadFile(db)
	if err := errors.Join(err, os.Truncate(db, 3*4096)); err != nil {
		t.Fatal(err)
	}
	_, path := p.write(t)
	if err := os.WriteFile(db, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	beta, release, err := p.root.Acquire("beta")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := p.root.LookIntoBackup(t.Context(), beta, PartRequest{By: CLI("test"), File: path, Identity: p.identity}); code(err) != "part-damaged" {
		t.Errorf("looked into it: %v", err)
	}
	if _, err := p.root.LookIntoBackup(t.Context(), p.Tenant, PartRequest{By: CLI("test"), File: path, Identity: p.identity}); err != nil {
		t.Errorf("the sound firm: %v", err)
	}
}

// TestDrillWithoutAFirm: the sound firm's trial says how many were not tried.
func TestDrillWithoutAFirm(t *testing.T) {
	p := newPair(t)
	p.shut(t)
	if err := damages["pages"].do(p.root, "beta"); err != nil {
		t.Fatal(err)
	}
	rec, err := p.root.Drill(t.Context(), DrillRequest{By: CLI("test"), Tenant: "acme"})
	if err != nil || !rec.OK || rec.Damaged != 1 || rec.Tenant != "acme" || rec.Seq == 0 {
		t.Errorf("%+v %v", rec, err)
	}
}

// copies sets up a folder; the box's own plan, since there are two firms.
func (p *pair) copies(t *testing.T) *copiedFirm {
	t.Helper()
	c := &copiedFirm{p.kept, t.TempDir()}
	plan := DefaultCopyPlan()
	plan.On, plan.Folder, plan.Daily, plan.Weekly, plan.Monthly = true, c.folder, 2, 0, 0
	if _, err := p.root.SetCopies(t.Context(), CopySetting{By: CLI("test"), Plan: plan, Recipients: []string{p.to}}); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCopiesHoldADamagedFirm: while a firm doesn't open, no copy that has it whole goes,
// however old it gets; those without it go in their time; the state isn't green, also
// after a start; and once it opens again the old ones go.
func TestCopiesHoldADamagedFirm(t *testing.T) {
	p := newPair(t)
	c := p.copies(t)
	days := p.root.countDays()
	day := func() CopyRecord { days.Add(1); return c.copy(t) }
	sound := []CopyRecord{day(), day()}
	p.shut(t)
	db := p.root.tenantPath("beta")
	whole, err := os.ReadFile(db)
	if err := errors.Join(err, damages["pages"].do(p.root, "beta")); err != nil {
		t.Fatal(err)
	}
	ids := func() (out []string) {
		all, err := ListCopies(c.folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			out = append(out, f.ID)
		}
		return out
	}
	var last CopyRecord
	for range 30 {
		if last = day(); !slices.Equal(last.Damaged, []string{"beta"}) || last.State != BackupDone {
			t.Fatalf("%+v", last)
		}
	}
	left := ids()
	for _, rec := range sound {
		if !slices.Contains(left, rec.ID) {
			t.Errorf("a copy that has beta whole is gone: %s", rec.Name)
		}
		if _, err := VerifyBackup(t.Context(), VerifyBackupRequest{File: rec.path(), Identity: p.identity}); err != nil {
			t.Error(err)
		}
	}
	if len(left) != 4 {
		t.Errorf("%d copies are left", len(left))
	}
	s, err := p.root.Copies()
	if err != nil || s.Failed == nil || s.Failed.Code != "backup-partial" {
		t.Errorf("%+v %v", s.Failed, err)
	}
	p.root.copies.failed = nil // as after a start
	if s, err = p.root.Copies(); err != nil || s.Failed == nil || s.Failed.Code != "backup-partial" || s.Failed.Params["names"] != "beta" {
		t.Errorf("%+v %v", s.Failed, err)
	}
	rep, err := VerifyBackup(t.Context(), VerifyBackupRequest{File: last.path(), Identity: p.identity})
	if err != nil || len(rep.Damaged) != 1 || rep.Damaged[0].Originals != 2 || rep.Damaged[0].Files != 1 {
		t.Errorf("%+v %v", rep, err)
	}
	if k, err := p.root.CheckCopies(t.Context(), CLI("test"), ""); err != nil || !k.OK {
		t.Errorf("%+v %v", k, err)
	}
	if err := os.WriteFile(db, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	day()
	last = day()
	if left = ids(); len(left) != 2 || len(last.Damaged) > 0 {
		t.Errorf("beta is back, and %d copies are left", len(left))
	}
	if s, err = p.root.Copies(); err != nil || s.Failed != nil {
		t.Errorf("%+v %v", s.Failed, err)
	}
}

// TestCopiesHoldTheLastThatPassed: of a firm that opens, but whose trial restores fail,
// the copy that passed last stays.
func TestCopiesHoldTheLastThatPassed(t *testing.T) {
	c := newCopied(t)
	c.plan(t, func(p *CopyPlan) { p.Daily, p.Weekly, p.Monthly = 1, 0, 0 })
	days := c.root.countDays()
	good := c.copy(t)
	for i, ok := range []bool{true, false, false} {
		c.do(t, chain.BackupDrill, func(tx *Tx) error {
			return tx.keepDrill(DrillRecord{ID: fmt.Sprint(i), Seq: tx.Seq, OK: ok, Backup: map[bool]string{true: good.ID, false: "later"}[ok]})
		})
	}
	for range 5 {
		days.Add(1)
		c.copy(t)
	}
	if all, err := ListCopies(c.folder); err != nil || len(all) != 2 || all[1].ID != good.ID {
		t.Errorf("%+v %v", all, err)
	}
}

// TestWaitingFirmInBackup: a firm that waits for its recovery key comes back waiting.
func TestWaitingFirmInBackup(t *testing.T) {
	p := newPair(t)
	_, path := p.write(t)
	all := p.identity
	p.identity = p.parse(t, p.text+"# "+p.kits["acme"].RecoverySecret+"\n# "+p.kits[BoxID].RecoverySecret+"\n")
	first := filepath.Join(t.TempDir(), "first")
	if _, err := RestoreBackup(t.Context(), p.request(path, first)); err != nil {
		t.Fatal(err)
	}
	f := reopen(t, first)
	waits := &pair{kept: &kept{firm: f, identity: p.identity}}
	b, path := waits.write(t)
	if d := b.Damaged(); len(d) != 1 || d[0].Code != "restore-waits" {
		t.Fatalf("%+v", d)
	}
	second := filepath.Join(t.TempDir(), "second")
	if _, err := RestoreBackup(t.Context(), p.request(path, second)); err != nil {
		t.Fatal(err)
	}
	if got, err := RecoverChains(second, all, CLI("test"), nil, Options{}); err != nil || len(got) != 1 || got[0].Waits {
		t.Fatalf("%+v %v", got, err)
	}
	r := newRoot(t, second, nil)
	defer r.Close()
	tn, release, err := r.Acquire("beta")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if err := tn.Check(); err != nil {
		t.Error(err)
	}
}

// TestDamageShowsInBackup: what happens to a firm's file while the box has it open is
// found by the backup, which then goes on without the firm.
func TestDamageShowsInBackup(t *testing.T) {
	p := newPair(t)
	if err := os.Truncate(p.root.tenantPath("beta"), 8192); err != nil {
		t.Fatal(err)
	}
	b, _ := p.write(t)
	if all := b.Damaged(); len(all) != 1 || all[0].Tenant != "beta" || all[0].Originals != 2 {
		t.Errorf("%+v", all)
	}
	c := p.copies(t)
	if rec := c.copy(t); len(rec.Damaged) != 1 || rec.Objects != 4 {
		t.Errorf("%+v", rec)
	}
}
