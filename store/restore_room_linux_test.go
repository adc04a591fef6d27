package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"coffre/chain"
	"coffre/vault/backupfile"
)

// tmpfs mounts a small file system, or skips.
func tmpfs(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("mounting a tmpfs needs root: run the tests as root in a container (%v)", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	return dir
}

// TestRestoreFullDisk: a disk that is too small is named, at once where the system
// tells and in the middle where it doesn't, and nothing is left on it.
func TestRestoreFullDisk(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	for _, size := range []string{"64k", "1m", "1200k"} {
		dir := tmpfs(t, size)
		_, err := RestoreBackup(t.Context(), k.request(file, filepath.Join(dir, "new")))
		if err == nil {
			continue // it is large enough after all
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", size, err)
		}
		if names := left(t, dir); len(names) > 0 {
			t.Errorf("%s: left behind: %v", size, names)
		}
	}
}

// TestBackupFullDisk: a box whose disk has no room for the copies says so, and goes
// on.
func TestBackupFullDisk(t *testing.T) {
	dir := tmpfs(t, "24m")
	f := newFirmAt(t, filepath.Join(dir, "data"), nil)
	to, err := throwaway()
	if err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	f.add(t, f.admin, f.open, "long.txt", strings.Repeat("Le bail expire en mars de l'an prochain.\n\n", 20_000))
	fill(t, filler, 400<<10)
	b, err := f.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("x"), Recipients: []string{to}, throwaway: true})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("no room: %v", err)
	}
	if b != nil {
		b.Close()
	}
	if names, _ := filepath.Glob(filepath.Join(f.root.Dir, scratchPrefix+"*")); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
	os.Remove(filler)
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting("x", "y") })
}

// TestDrillFullDisk: a trial restore that has no room says so, says nothing of the
// backup, and leaves nothing behind.
func TestDrillFullDisk(t *testing.T) {
	dir := tmpfs(t, "32m")
	k := newKeptAt(t, filepath.Join(dir, "data"), nil)
	file := k.backup(t)
	filler := filepath.Join(dir, "filler")
	for _, free := range []int64{48 << 10, 136 << 10} {
		fill(t, filler, free)
		_, err := k.root.Drill(t.Context(), DrillRequest{By: CLI("test"), Path: file, Identities: k.identity.Identities})
		if AsError(err).Code != "drill-room" {
			t.Errorf("with %d bytes: %v", free, err)
		}
		os.Remove(filler)
	}
	if _, err := k.root.Drill(t.Context(), DrillRequest{By: CLI("test"), Path: file, Identities: k.identity.Identities}); err != nil {
		t.Errorf("with room: %v", err)
	}
	k.View(func(v *View) error {
		if all, err := v.Drills(); err != nil || len(all) != 1 {
			t.Errorf("%+v %v", all, err)
		}
		return nil
	})
	if names, _ := filepath.Glob(filepath.Join(k.root.Dir, scratchPrefix+"*")); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

func throwaway() (string, error) { return backupfile.Throwaway() }

// fill leaves so many bytes of a file system free.
func fill(t *testing.T, path string, free int64) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &st); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, make([]byte, max(int64(st.Bavail)*st.Bsize-free, 0)), 0o600); err != nil {
		t.Fatal(err)
	}
}
