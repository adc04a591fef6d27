package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffre/chain"
)

// returning is a box with two firms and a backup from before acme went on: it lost
// bob, who was erased, and won carol and a document.
type returning struct {
	*kept
	dir, file    string
	bob, carol   Principal
	size, newest uint64 // of acme's journal in the backup, and now
	note         string // its newest checkpoint
	witness      *laptop
}

func newReturning(t *testing.T) *returning {
	t.Helper()
	x := &returning{kept: newKept(t)}
	x.dir = x.root.Dir
	hosts := []string{"acme.test"}
	if _, err := x.root.ChangeTenant(t.Context(), CLI("test"), "acme", &hosts, nil, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := x.root.CreateTenant(t.Context(), System("test"), NewTenant{ID: "other", Firm: "Other", Hosts: []string{"other.test"}}); err != nil {
		t.Fatal(err)
	}
	other, release, err := x.root.Acquire("other")
	if err != nil {
		t.Fatal(err)
	}
	o := &firm{Tenant: other, root: x.root}
	o.add(t, o.person(t, "olga", Admin), o.collection(t, "Tout", Grants{Everyone}), "autre.txt", "Un secret d’autrui.")
	release()
	x.bob = x.person(t, "bob", Member)
	x.witness = newLaptop(t, x.firm)
	if _, err := x.AddWitness(t.Context(), x.admin.Actor, x.witness.state.Verifier(), ""); err != nil {
		t.Fatal(err)
	}
	x.file = x.made(t)
	x.size = x.sizeOf(t, x.file)
	x.do(t, chain.UserErase, func(tx *Tx) error {
		u, err := tx.User(x.bob.UserID)
		if err != nil {
			return err
		}
		return tx.erasePerson(u, "")
	})
	x.carol = x.person(t, "carol", Member)
	x.add(t, x.admin, x.open, "neuf.txt", "Le parking est gratuit.")
	if err := x.writeLedger(); err != nil {
		t.Fatal(err)
	}
	x.newest, x.note = x.Head()
	if err := x.root.Close(); err != nil {
		t.Fatal(err)
	}
	return x
}

// made makes a backup of the box for what acme names.
func (x *returning) made(t *testing.T) string {
	t.Helper()
	b, err := x.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("test"), Way: WayFile, Tenant: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	path := filepath.Join(t.TempDir(), "b.age")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Write(t.Context(), f), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func (x *returning) sizeOf(t *testing.T, file string) (size uint64) {
	t.Helper()
	rep, err := VerifyBackup(t.Context(), VerifyBackupRequest{File: file, Identity: x.identity, Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range rep.Chains {
		if c.Tenant == "acme" {
			size = c.Size
		}
	}
	return size
}

// start opens the box anew.
func (x *returning) start(t *testing.T) *Root {
	t.Helper()
	x.root = newRoot(t, x.dir, nil)
	t.Cleanup(func() { x.root.Close() })
	return x.root
}

func (x *returning) suspend(t *testing.T) {
	t.Helper()
	if _, err := x.root.SuspendTenant(t.Context(), CLI("test"), "acme", "it goes back", ""); err != nil && AsError(err).Kind != Corrupt && AsError(err).Kind != Unavailable && AsError(err).Kind != Internal {
		t.Fatal(err)
	}
}

func (x *returning) ask() FirmReturnRequest {
	return FirmReturnRequest{FirmRequest: FirmRequest{By: CLI("test"), Tenant: "acme", File: x.file, Identity: x.identity}, Confirm: "Acme"}
}

// now opens acme as it is.
func (x *returning) now(t *testing.T) (f *firm, release func()) {
	t.Helper()
	tn, release, err := x.root.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	return &firm{Tenant: tn, root: x.root}, release
}

// back checks that acme is the one of the backup, whole, and that nothing that was
// decrypted lies about.
func (x *returning) back(t *testing.T) {
	t.Helper()
	f, release := x.now(t)
	defer release()
	err := f.View(func(v *View) error {
		if _, err := v.User(x.carol.UserID); !IsNotFound(err) {
			t.Errorf("somebody from after the backup: %v", err)
		}
		if u, err := v.User(x.bob.UserID); err != nil || u.Erased.IsZero() {
			t.Errorf("somebody who was erased is back: %+v %v", u, err)
		}
		lives, err := v.restores()
		if lives != 1 {
			t.Errorf("%d lives", lives)
		}
		return errors.Join(err, v.hasOriginals())
	})
	if err := errors.Join(err, f.Check()); err != nil {
		t.Error(err)
	}
	_, note := f.Head()
	oneKey(t, x.root.keys(), "acme", note)
	f.alice = f.principal(t, x.alice.UserID)
	var last uint64
	f.View(func(v *View) error { last = v.lastChange(); return nil })
	if err := f.WaitIndexed(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	if names := f.search(t, f.alice, "loyer euros"); len(names) == 0 {
		t.Error("nothing is found")
	}
	if names := f.search(t, f.alice, "parking gratuit"); len(names) != 0 {
		t.Errorf("found from after the backup: %v", names)
	}
	x.tidy(t)
}

// same checks that acme is as it was.
func (x *returning) same(t *testing.T) {
	t.Helper()
	f, release := x.now(t)
	defer release()
	err := f.View(func(v *View) error {
		lives, err := v.restores()
		if _, uerr := v.User(x.carol.UserID); uerr != nil || lives != 0 {
			t.Errorf("%d lives, carol: %v", lives, uerr)
		}
		return errors.Join(err, v.hasOriginals())
	})
	if err := errors.Join(err, f.Check()); err != nil {
		t.Error(err)
	}
	if names := left(t, filepath.Join(x.dir, formerDir)); len(names) != 0 {
		t.Errorf("put aside: %v", names)
	}
	x.tidy(t)
}

func (x *returning) tidy(t *testing.T) {
	t.Helper()
	for _, name := range left(t, x.dir) {
		if strings.HasPrefix(name, scratchPrefix) || name == returnDir {
			t.Errorf("left behind: %s", name)
		}
	}
	other, release, err := x.root.Acquire("other")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if err := other.Check(); err != nil {
		t.Error("the other firm:", err)
	}
}

// TestReturnFirm: a firm of two goes back to its backup; what it loses was told, both
// journals say so, whom it had erased stays erased, and whoever holds a checkpoint
// from before is told of a restore.
func TestReturnFirm(t *testing.T) {
	x := newReturning(t)
	x.start(t)
	look, err := x.root.LookForFirm(t.Context(), x.ask().FirmRequest)
	if err != nil {
		t.Fatal(err)
	}
	if !look.Opens || look.Suspended || !look.Counted || !look.Ledger || !look.Keyed || look.Erased != 1 || look.Size != x.size ||
		look.Had.Documents != 2 || look.Had.People != 3 || look.Lost.Documents != 1 || look.Lost.People != 1 || look.Lost.Entries < x.newest-x.size {
		t.Errorf("%+v", look)
	}
	if _, err := x.root.ReturnFirm(t.Context(), x.ask()); code(err) != "tenant-serves" {
		t.Error("in service:", err)
	}
	x.suspend(t)
	out, err := x.root.ReturnFirm(t.Context(), x.ask())
	if err != nil {
		t.Fatal(err)
	}
	if out.Restore != x.size+1 || out.Lost.Documents != 1 || out.Former == "" || !out.Suspended || out.Erased != 1 {
		t.Errorf("%+v", out)
	}
	x.back(t)
	if rec, err := x.root.Registered("acme"); err != nil || rec.Suspended.IsZero() {
		t.Errorf("not suspended any more: %+v %v", rec, err)
	}
	x.enteredIn(t, out)
	f, release := x.now(t)
	keys := x.kits["acme"].FirstKey + "\n" + x.kits["acme"].RecoveryKey
	_, rep := f.exported(t, chain.VerifyOptions{FirstKey: keys, Checkpoints: []string{x.note}})
	if !rep.Authentic || len(rep.Restored) != 1 || rep.Restored[0].LostTo < x.newest {
		t.Errorf("%+v", rep)
	}
	release()
	if _, err := x.root.ReturnFirm(t.Context(), x.ask()); code(err) != "restored-before" {
		t.Error("the same backup once more:", err)
	}
	if _, err := x.root.ResumeTenant(t.Context(), CLI("test"), "acme", ""); err != nil {
		t.Error(err)
	}
	x.file = x.made(t)
	x.suspend(t)
	if out, err = x.root.ReturnFirm(t.Context(), x.ask()); err != nil {
		t.Error("a backup of the second life:", err)
	}
	if names := left(t, filepath.Join(x.dir, formerDir)); len(names) != 2 {
		t.Errorf("put aside: %v", names)
	}
}

// enteredIn looks for the entries of a return in both journals.
func (x *returning) enteredIn(t *testing.T, out FirmReturned) {
	t.Helper()
	err := x.root.Box.View(func(v *View) error {
		e, err := v.entry(out.Seq)
		if e.Action != chain.TenantRestore || e.Object.ID != "acme" || fmt.Sprint(e.Detail["backup"]) != out.Backup || fmt.Sprint(e.Detail["size"]) != fmt.Sprint(out.Size) {
			t.Errorf("the box's entry: %+v", e.Payload)
		}
		return err
	})
	f, release := x.now(t)
	defer release()
	err = errors.Join(err, f.View(func(v *View) error {
		e, err := v.entry(out.Restore)
		if e.Action != chain.AuditRestore {
			t.Errorf("the firm's entry: %+v", e.Payload)
		}
		return err
	}))
	if err != nil {
		t.Error(err)
	}
	if all := f.acts(t, chain.TenantRestore); len(all) != 1 {
		t.Errorf("%d entries of the return in the firm's journal", len(all))
	}
}

// TestReturnWitnessed: what a witness has seen is given up by an explicit word only,
// and the witness calls it a restore.
func TestReturnWitnessed(t *testing.T) {
	x := newReturning(t)
	x.start(t)
	f, release := x.now(t)
	note, err := x.witness.watch(f.Tenant)
	if err == nil {
		_, err = f.TakeCosignature(t.Context(), Person(x.admin.UserID), note, "")
	}
	release()
	if err != nil {
		t.Fatal(err)
	}
	x.suspend(t)
	q := x.ask()
	if look, err := x.root.LookForFirm(t.Context(), q.FirmRequest); err != nil || look.Known <= look.Size {
		t.Errorf("%+v %v", look, err)
	}
	if _, err := x.root.ReturnFirm(t.Context(), q); code(err) != "firm-behind" {
		t.Error(err)
	}
	q.Behind = true
	if _, err := x.root.ReturnFirm(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	x.back(t)
	f, release = x.now(t)
	defer release()
	if _, err := x.witness.watch(f.Tenant); err != nil || x.witness.state.Restores != 1 {
		t.Errorf("the witness: %v, %d restores", err, x.witness.state.Restores)
	}
}

// TestReturnDamaged: whatever is wrong with a firm's data, down to none being left,
// it comes back, and what could be read of it is told.
func TestReturnDamaged(t *testing.T) {
	for name, c := range map[string]struct {
		damage  func(dir, key string) error
		counted bool
	}{
		"truncated": {func(dir, _ string) error { return os.Truncate(filepath.Join(dir, "store.db"), 3*4096) }, false},
		"pages": {func(dir, _ string) error {
			path := filepath.Join(dir, "store.db")
			raw, err := os.ReadFile(path)
			for i := 2 * 4096; err == nil && i < len(raw); i += 512 {
				raw[i] ^= 0xff
			}
			return errors.Join(err, os.WriteFile(path, raw, 0o600))
		}, false},
		"removed":   {func(dir, _ string) error { return os.Remove(filepath.Join(dir, "store.db")) }, false},
		"key":       {func(_, key string) error { return os.Remove(key) }, true},
		"empty":     {func(dir, _ string) error { return os.WriteFile(filepath.Join(dir, "store.db"), nil, 0o600) }, false},
		"directory": {func(dir, _ string) error { return os.RemoveAll(dir) }, false},
		"everything": {func(dir, key string) error {
			return errors.Join(os.RemoveAll(filepath.Dir(dir)), os.Remove(key))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			x := newReturning(t)
			ledger, err := ReadLedger(LedgerPath(x.dir, "acme"))
			if err != nil || len(ledger) != 1 {
				t.Fatal(ledger, err)
			}
			kept := filepath.Join(t.TempDir(), "other")
			if name == "everything" {
				copyTree(t, filepath.Join(x.dir, "tenants", "other"), kept)
			}
			if err := c.damage(filepath.Join(x.dir, "tenants", "acme"), signerPath(filepath.Join(x.dir, "keys"), "acme")); err != nil {
				t.Fatal(err)
			}
			if name == "everything" {
				copyTree(t, kept, filepath.Join(x.dir, "tenants", "other"))
			}
			x.start(t)
			q := x.ask()
			look, err := x.root.LookForFirm(t.Context(), q.FirmRequest)
			if err != nil || look.Opens || look.Code == "" || look.Counted != c.counted {
				t.Fatalf("%+v %v", look, err)
			}
			gone := name == "directory" || name == "everything"
			if look.Ledger == gone {
				t.Errorf("a ledger: %v", look.Ledger)
			}
			if gone {
				q.Ledger = ledger
			}
			out, err := x.root.ReturnFirm(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if (out.Former == "") != gone || out.Opens {
				t.Errorf("%+v", out)
			}
			x.back(t)
		})
	}
}
