package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// killAt ends the process at a step, or after so long.
func killAt(step string) {
	if d, err := time.ParseDuration(step); err == nil {
		time.AfterFunc(d, func() { syscall.Kill(os.Getpid(), syscall.SIGKILL) })
		return
	}
	killPoint = func(s string) {
		if s == step {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
}

// backupUntilKilled is a child of TestKilledBackup.
func backupUntilKilled(dir, step string) int {
	r, err := OpenRoot(dir, Options{LockTimeout: 10 * time.Second})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	killAt(step)
	b, err := r.PrepareBackup(context.Background(), BackupRequest{By: CLI("x"), Way: WayFile})
	if err == nil {
		err = b.Write(context.Background(), io.Discard)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	b.Close()
	r.Close()
	return 0
}

// restoreFileUntilKilled is a child of TestKilledRestoreOfFile.
func restoreFileUntilKilled(file, identity, data, step string) int {
	text, err := os.ReadFile(identity)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	id, err := ParseBackupIdentity(text)
	killAt(step)
	if err == nil {
		_, err = RestoreBackup(context.Background(), RestoreRequest{
			VerifyBackupRequest: VerifyBackupRequest{File: file, Identity: id}, Data: data, Replace: true, By: CLI("x"),
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func killedChild(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	var errout strings.Builder
	cmd.Stderr = &errout
	cmd.Run()
	if errout.Len() > 0 {
		t.Errorf("the child says %s", &errout)
	}
}

func moments(n int, most time.Duration) (out []string) {
	for range n {
		out = append(out, time.Duration(rand.Int64N(int64(most))).String())
	}
	return out
}

// TestKilledBackup: killed at any moment, the box opens again, lists the backup as
// cut, keeps no copies, and makes the next one.
func TestKilledBackup(t *testing.T) {
	k := newKept(t)
	live := filepath.Join(t.TempDir(), "data")
	copyBox(t, k.root.Dir, live)
	for _, step := range append([]string{"backup-entered", "backup-prepared", "backup-written"}, moments(4, 60*time.Millisecond)...) {
		killedChild(t, "__backup", live, step)
		f, end := opened(t, live)
		f.View(func(v *View) error {
			all, err := v.Backups()
			for _, r := range all {
				if r.State == BackupRunning {
					t.Errorf("%s: %+v", step, r)
				}
			}
			return err
		})
		if names, _ := filepath.Glob(filepath.Join(live, scratchPrefix+"*")); len(names) > 0 {
			t.Errorf("%s: left behind: %v", step, names)
		}
		if err := f.Tenant.Check(); err != nil {
			t.Errorf("%s: %v", step, err)
		}
		end()
	}
	killedChild(t, "__backup", live, "never")
}

// TestKilledRestoreOfFile: killed at any moment, a restore over a box leaves the old
// one or the new one, whole, under the name; done again it ends, and removes what
// was left beside.
func TestKilledRestoreOfFile(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	identity := filepath.Join(t.TempDir(), "id.txt")
	text := k.text + k.kits["acme"].RecoverySecret + "\n" + k.kits[BoxID].RecoverySecret + "\n"
	if err := os.WriteFile(identity, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	steps := []string{"restore-made", "restore-staged", "restore-awake", "restore-exchanged"}
	for _, step := range append(steps, moments(5, 900*time.Millisecond)...) {
		parent := t.TempDir()
		live := filepath.Join(parent, "data")
		copyBox(t, k.root.Dir, live)
		killedChild(t, "__restorefile", file, identity, live, step)
		f, end := opened(t, live)
		if err := f.Tenant.Check(); err != nil {
			t.Errorf("%s: %v", step, err)
		}
		restored := false
		f.View(func(v *View) error {
			n, err := v.restores()
			restored = n > 0
			return err
		})
		end()
		if names, _ := filepath.Glob(live + ".before-*"); restored != (len(names) == 1) {
			t.Errorf("%s: restored %v, kept from before %v", step, restored, names)
		}
		if restored {
			continue
		}
		killedChild(t, "__restorefile", file, identity, live, "never")
		_, end = opened(t, live)
		end()
		for _, name := range left(t, parent) {
			if strings.Contains(name, stagedPrefix) {
				t.Errorf("%s: left behind: %s", step, name)
			}
		}
	}
}

// copyBox copies a data directory as it is now, with its modes.
func copyBox(t *testing.T, from, to string) {
	t.Helper()
	err := os.CopyFS(to, os.DirFS(from))
	for range 20 {
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		os.RemoveAll(to) // the index of an open box joins its files now and then
		err = os.CopyFS(to, os.DirFS(from))
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(to, "keys"), MasterPath(to)} {
		if st, err := os.Stat(path); err != nil || os.Chmod(path, st.Mode().Perm()&0o700) != nil {
			t.Fatal(err)
		}
	}
}

// opened opens a data directory; end closes it.
func opened(t *testing.T, dir string) (f *firm, end func()) {
	t.Helper()
	r, err := OpenRoot(dir, Options{LockTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	return &firm{Tenant: tn, root: r}, func() { release(); r.Close() }
}
