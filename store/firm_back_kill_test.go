package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"coffre/chain"
	"coffre/vault/backupfile"
)

func TestReturnBesideOthers(t *testing.T) {
	x := newReturning(t)
	x.start(t)
	x.suspend(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	acts := 0
	wg.Go(func() {
		for ctx.Err() == nil {
			other, release, err := x.root.Acquire("other")
			if err != nil {
				t.Error(err)
				return
			}
			_, err = other.Record(context.Background(), System("test"), chain.Event{Action: chain.AuditRead})
			release()
			if err != nil {
				t.Error(err)
				return
			}
			acts++
		}
	})
	_, err := x.root.ReturnFirm(t.Context(), x.ask())
	stop()
	wg.Wait()
	if err != nil || acts < 3 {
		t.Errorf("%v, %d acts of the other firm", err, acts)
	}
	x.back(t)
}

// TestReturnOnlyOne: of the other firms nothing is ever written.
func TestReturnOnlyOne(t *testing.T) {
	x := newReturning(t)
	x.start(t)
	x.suspend(t)
	staged := false
	killPoint = func(step string) {
		if step != "return-staged" {
			return
		}
		staged = true
		found, _ := filepath.Glob(filepath.Join(x.dir, scratchPrefix+"*", "data", "tenants", "*"))
		if len(found) != 1 || filepath.Base(found[0]) != "acme" {
			t.Errorf("unpacked: %v", found)
		}
		st, err := os.Stat(filepath.Dir(filepath.Dir(found[0])))
		if err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("%v %v", st, err)
		}
	}
	defer func() { killPoint = func(string) {} }()
	if _, err := x.root.ReturnFirm(t.Context(), x.ask()); err != nil || !staged {
		t.Error(err, staged)
	}
	x.back(t)
}

// TestReturnFromPartial: a backup in which the other firm did not open brings back the
// one that did, and not the other.
func TestReturnFromPartial(t *testing.T) {
	x := newReturning(t)
	if err := os.Truncate(TenantDB(x.dir, "other"), 3*4096); err != nil {
		t.Fatal(err)
	}
	x.start(t)
	x.file = x.made(t)
	x.size = x.newest
	x.suspend(t)
	q := x.ask()
	q.Tenant, q.Confirm = "other", "Other"
	q.Identity.Recovery = nil
	if _, err := x.root.ReturnFirm(t.Context(), q); code(err) != "part-damaged" {
		t.Error("what did not open then:", err)
	}
	out, err := x.root.ReturnFirm(t.Context(), x.ask())
	if err != nil || out.Lost.Documents != 0 {
		t.Fatalf("%+v %v", out, err)
	}
	f, release := x.now(t)
	defer release()
	if err := f.Check(); err != nil {
		t.Error(err)
	}
}

// TestReturnUndone: where the firm can't take its place, the one of before stays, and
// the box's journal says that it failed.
func TestReturnUndone(t *testing.T) {
	x := newReturning(t)
	x.start(t)
	x.suspend(t)
	if err := os.WriteFile(filepath.Join(x.dir, formerDir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := x.root.ReturnFirm(t.Context(), x.ask()); err == nil {
		t.Fatal("it has taken its place over a file")
	}
	if err := os.Remove(filepath.Join(x.dir, formerDir)); err != nil {
		t.Fatal(err)
	}
	x.same(t)
	if all := (&firm{Tenant: x.root.Box}).acts(t, chain.TenantRestore); len(all) != 2 || all[0].Outcome == all[1].Outcome {
		t.Errorf("%+v", all)
	}
	if _, err := x.root.ReturnFirm(t.Context(), x.ask()); err != nil {
		t.Fatal("once more:", err)
	}
	x.back(t)
}

// TestReturnHalf: a firm that can neither take its place nor leave it stays closed until
// the next start, which ends its return, and keeps no other from being backed up.
func TestReturnHalf(t *testing.T) {
	x := newReturning(t)
	x.start(t)
	x.suspend(t)
	here, away := x.root.returnPath("acme", "key"), filepath.Join(t.TempDir(), "key")
	killPoint = func(step string) {
		if step == "return-placed" {
			if err := errors.Join(os.Rename(here, away), os.Mkdir(here, 0o700)); err != nil {
				t.Error(err)
			}
		}
	}
	defer func() { killPoint = func(string) {} }()
	if _, err := x.root.ReturnFirm(t.Context(), x.ask()); err == nil {
		t.Fatal("it came back without its key")
	}
	if _, _, err := x.root.Acquire("acme"); code(err) != "tenant-returning" {
		t.Error(err)
	}
	to, err := backupfile.Throwaway()
	if err != nil {
		t.Fatal(err)
	}
	b, err := x.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("test"), Way: WayFile, Recipients: []string{to}, throwaway: true})
	if err != nil {
		t.Fatal("a backup of the others:", err)
	}
	if all := b.Damaged(); len(all) != 1 || all[0].Tenant != "acme" || all[0].Code != "tenant-returning" || b.Size("other") == 0 {
		t.Errorf("%+v", all)
	}
	b.Close()
	if err := errors.Join(x.root.everywhere(func(*Tenant) error { return nil }), x.root.Close(), os.Remove(here), os.Rename(away, here)); err != nil {
		t.Fatal(err)
	}
	x.start(t)
	x.back(t)
}

// TestReturnWayBack: what was put aside is the firm, with the key of its journal.
func TestReturnWayBack(t *testing.T) {
	x := newReturning(t)
	x.start(t)
	x.suspend(t)
	out, err := x.root.ReturnFirm(t.Context(), x.ask())
	if err != nil {
		t.Fatal(err)
	}
	if err := x.root.Close(); err != nil {
		t.Fatal(err)
	}
	here := filepath.Join(x.dir, "tenants", "acme")
	for _, step := range []error{
		os.Rename(here, filepath.Join(x.dir, "put-away")), os.Rename(out.Former, here),
		os.Rename(filepath.Join(here, "acme.key"), signerPath(filepath.Join(x.dir, "keys"), "acme")),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	x.start(t)
	x.same(t)
}

// TestReturnNoRoom: a disk that would lose its reserve is refused before anything.
// returnUntilKilled is a child of TestKilledReturn.
func returnUntilKilled(dir, file, identity, step string) int {
	text, err := os.ReadFile(identity)
	if err != nil {
		return 1
	}
	id, err := ParseBackupIdentity(text)
	if err != nil {
		return 1
	}
	r, err := OpenRoot(dir, Options{LockTimeout: 10 * time.Second})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	killAt(step)
	q := FirmReturnRequest{FirmRequest: FirmRequest{By: CLI("x"), Tenant: "acme", File: file, Identity: id}, Confirm: "Acme"}
	if _, err := r.ReturnFirm(context.Background(), q); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestKilledReturn: killed at any step, the box has either firm, whole, after its next
// start, and nothing of the other lies about but the way back.
func TestKilledReturn(t *testing.T) {
	x := newReturning(t)
	x.start(t)
	x.suspend(t)
	if err := x.root.Close(); err != nil {
		t.Fatal(err)
	}
	identity := filepath.Join(t.TempDir(), "id.txt")
	if err := os.WriteFile(identity, []byte(x.text+x.kits["acme"].RecoverySecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	live := x.dir
	for step, returned := range map[string]bool{
		"return-staged": false, "return-reborn": false, "return-awake": false, "return-laid": false, "return-marked": false,
		"return-entered": true, "return-aside": true, "return-placed": true, "return-overwritten": true, "return-keyed": true,
		"return-unmarked": true, "never": true,
	} {
		t.Run(step, func(t *testing.T) {
			x.dir = filepath.Join(t.TempDir(), "data")
			copyBox(t, live, x.dir)
			killedChild(t, "__return", x.dir, x.file, identity, step)
			x.start(t)
			if returned {
				x.back(t)
			} else {
				x.same(t)
				if _, err := x.root.ReturnFirm(t.Context(), x.ask()); err != nil {
					t.Fatal("once more:", err)
				}
				x.back(t)
			}
		})
	}
	for _, step := range moments(6, 900*time.Millisecond) {
		t.Run(step, func(t *testing.T) {
			x.dir = filepath.Join(t.TempDir(), "data")
			copyBox(t, live, x.dir)
			killedChild(t, "__return", x.dir, x.file, identity, step)
			x.start(t)
			f, release := x.now(t)
			lives := 0
			f.View(func(v *View) (err error) { lives, err = v.restores(); return err })
			release()
			if lives == 1 {
				x.back(t)
			} else {
				x.same(t)
			}
		})
	}
}

// TestReturnMounted: a firm whose directory is a link can't change places.
