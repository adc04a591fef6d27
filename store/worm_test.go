package store

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"coffre/chain"
)

// archiveTo sets the archive folder, as two people may.
func (f *firm) archiveTo(t *testing.T, dir string) {
	t.Helper()
	f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.putSetting(SettingWormDir, dir) })
}

// await waits until the archive's state is what is wanted.
func (f *firm) await(t *testing.T, what string, is func(WormState) bool) (s WormState) {
	t.Helper()
	for range 6000 {
		f.worm.Load().nudge()
		if s = f.WormState(); is(s) {
			return s
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("waited for %s: %+v", what, s)
	return s
}

// archived waits until everything that is kept now is in the folder.
func (f *firm) archived(t *testing.T) WormState {
	t.Helper()
	newest := f.kept(t)[0].Size
	return f.await(t, "the archive", func(s WormState) bool { return s.Err == nil && s.Waiting == 0 && s.Checkpoint >= newest })
}

func (f *firm) kept(t *testing.T) (all []SignedCheckpoint) {
	t.Helper()
	err := f.View(func(v *View) (err error) {
		all, _, err = v.CheckpointHistory(0, 1000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (f *firm) home(t *testing.T, dir string) string {
	t.Helper()
	genesis, err := f.Customer.Genesis()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "acme-"+genesis.String()[:16])
}

// verifyArchive verifies the folder with the keys of the kit.
func (f *firm) verifyArchive(t *testing.T, dir string, checkpoints ...string) ArchiveReport {
	t.Helper()
	first, recovery := f.firstKey(t)
	rep, err := VerifyArchive(t.Context(), dir, chain.VerifyOptions{FirstKey: first + "\n" + recovery, Checkpoints: checkpoints})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// segmentsOf lists the segments of a folder's life, and how many hand-overs each
// carries beside its own.
func (f *firm) segmentsOf(t *testing.T, dir, life string) (paths []string, others []int) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(f.home(t, dir), life, "segment-*.ndjson"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("segments %v, %v", paths, err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(b), "\n")
		var h struct {
			First     uint64
			Handovers []struct{ Note string }
		}
		if err := json.Unmarshal([]byte(head), &h); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, o := range h.Handovers {
			if parsed(t, o.Note).Size < h.First {
				n++
			}
		}
		others = append(others, n)
	}
	return paths, others
}

// checkArchive verifies a folder: its segments hold every entry under the first
// key, no hand-over is in more than one of them, and each checkpoint is one of the
// chain's.
func (f *firm) checkArchive(t *testing.T, dir string, life string) {
	t.Helper()
	paths, others := f.segmentsOf(t, dir, life)
	for i, path := range paths {
		if others[i] > 0 {
			t.Errorf("%s repeats %d hand-overs", filepath.Base(path), others[i])
		}
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o444 {
			t.Errorf("%s: mode %v %v", path, st.Mode(), err)
		}
	}
	rep := f.verifyArchive(t, f.home(t, dir))
	if !rep.OK || !rep.Authentic || rep.Segments < len(paths) || rep.Checkpoints < rep.Segments || rep.Pruned != 0 {
		t.Errorf("%+v", rep)
	}
	if life == "1" && rep.Entries != rep.CheckpointSize {
		t.Errorf("%d entries of %d", rep.Entries, rep.CheckpointSize)
	}
	for _, c := range f.kept(t) {
		note, err := os.ReadFile(filepath.Join(f.home(t, dir), "1", fmt.Sprintf("checkpoint-%016d.note", c.Size)))
		if life == "1" && (err != nil || string(note) != c.Note) {
			t.Errorf("checkpoint %d: %v", c.Size, err)
		}
	}
	if parts, _ := filepath.Glob(filepath.Join(f.home(t, dir), "*", ".*")); len(parts) != 0 {
		t.Errorf("left over: %v", parts)
	}
}

// TestWorm: what was kept before the folder was set is there, and what comes
// after; a restart writes nothing again.
func TestWorm(t *testing.T) {
	f := newFirm(t)
	dir := t.TempDir()
	f.rotate(t, 2)
	f.archiveTo(t, dir)
	f.archived(t)
	f.rotate(t, 2)
	if _, err := f.Export(t.Context(), System("test"), false, ""); err != nil {
		t.Fatal(err)
	}
	s := f.archived(t)
	if s.Segments != 4 || s.Checkpoints != 5 || len(s.Differs) != 0 {
		t.Errorf("%+v", s)
	}
	f.checkArchive(t, dir, "1")
	f.worm.Load().close()
	f.worm.Store(startWorm(context.Background(), f.Tenant))
	if s := f.archived(t); s.Segments != 0 || s.Checkpoints != 0 || s.Segment == 0 {
		t.Errorf("after a restart: %+v", s)
	}
	f.checkArchive(t, dir, "1")
}

// TestWormAbsent: a folder that is not there is never made, is said to be
// missing, and gets all of it when it is back.
func TestWormAbsent(t *testing.T) {
	f := newFirm(t)
	dir := filepath.Join(t.TempDir(), "mount", "worm")
	f.archiveTo(t, dir)
	f.rotate(t, 1)
	f.await(t, "missing", func(s WormState) bool { return s.Err != nil && s.Err.Code == "worm-missing" })
	if _, err := os.Stat(filepath.Dir(dir)); err == nil {
		t.Error("the folder was made")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f.archived(t)
	away := dir + ".away"
	if err := os.Rename(dir, away); err != nil {
		t.Fatal(err)
	}
	f.rotate(t, 2)
	f.await(t, "missing again", func(s WormState) bool { return s.Err != nil && s.Err.Code == "worm-missing" })
	if err := os.Rename(away, dir); err != nil {
		t.Fatal(err)
	}
	f.archived(t)
	f.checkArchive(t, dir, "1")
	for _, bad := range []string{"relative", filepath.Dir(f.keys.dir), f.dir} {
		f.archiveTo(t, bad)
		f.await(t, "refusal", func(s WormState) bool { return s.Err != nil && s.Err.Code == "worm-inside" })
	}
	f.archiveTo(t, "")
	f.await(t, "none", func(s WormState) bool { return s.Dir == "" && s.Err == nil })
}

// TestWormDiffers: a file that is there with another content is left as it is,
// shown, entered once in the chain, and does not hold up the others.
func TestWormDiffers(t *testing.T) {
	for kind, change := range map[string]func(b []byte) []byte{
		"checkpoint-*": func(b []byte) []byte { return append(b, '\n') },
		"segment-*":    func(b []byte) []byte { return b[:len(b)-400] },
		"segment-??*":  func(b []byte) []byte { b[len(b)-300] ^= 1; return append([]byte("{}\n"), b...) },
	} {
		t.Run(kind, func(t *testing.T) {
			f := newFirm(t)
			dir := t.TempDir()
			f.rotate(t, 3)
			f.archiveTo(t, dir)
			f.archived(t)
			files, err := filepath.Glob(filepath.Join(f.home(t, dir), "1", kind))
			if err != nil || len(files) == 0 {
				t.Fatal(files, err)
			}
			b, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			changed := change(b)
			os.Chmod(files[0], 0o644)
			if err := os.WriteFile(files[0], changed, 0o644); err != nil {
				t.Fatal(err)
			}
			f.worm.Load().close()
			f.worm.Store(startWorm(context.Background(), f.Tenant))
			if _, err := f.RotateKey(t.Context(), System("test")); err != nil { // the keeper's own entry may come beside it
				t.Fatal(err)
			}
			s := f.archived(t)
			if len(s.Differs) != 1 || s.Differs[0] != files[0] || s.Segments+s.Checkpoints != 2 {
				t.Errorf("%+v", s)
			}
			if now, err := os.ReadFile(files[0]); err != nil || string(now) != string(changed) {
				t.Errorf("the file was written over: %v", err)
			}
			f.View(func(v *View) error {
				list, _, err := v.Journal(JournalFilter{Class: chain.AuditArchive})
				if err != nil || len(list) != 1 || list[0].Outcome != "error" {
					t.Errorf("entries %+v, %v", list, err)
				}
				return nil
			})
		})
	}
}

// TestWormAfterRestore: the next life has a folder of its own, so that the lost
// one's files contradict nobody.
func TestWormAfterRestore(t *testing.T) {
	b := newBackup(t)
	dir := t.TempDir()
	live := reopen(t, b.dir)
	live.archiveTo(t, dir)
	live.archived(t)
	if _, err := RestoreChain(b.backup, b.restoration(t, b.lost...), Options{}); err != nil {
		t.Fatal(err)
	}
	f := reopen(t, b.backup)
	f.archiveTo(t, dir)
	f.rotate(t, 2)
	if s := f.archived(t); len(s.Differs) != 0 {
		t.Errorf("%+v", s)
	}
	if found, _ := filepath.Glob(filepath.Join(f.home(t, dir), "2", "segment-*")); len(found) != 3 {
		t.Errorf("second life: %v", found)
	}
	if rep := f.verifyArchive(t, dir); !rep.OK || !rep.Authentic || !rep.Amber || len(rep.Restored) != 1 || rep.Restored[0].Size != b.at {
		t.Errorf("both lives: %+v", rep)
	}
	if rep := f.verifyArchive(t, dir, b.lost[0], b.before); !rep.OK {
		t.Errorf("against what was lost, and what was not: %+v", rep)
	}
	if rep := f.verifyArchive(t, dir, tampered(t, b)); rep.OK || rep.Against != 1 {
		t.Errorf("against another history: %+v", rep)
	}
}

// TestWormErrors: what the system says becomes what people are told.
func TestWormErrors(t *testing.T) {
	for err, code := range map[error]string{
		os.ErrNotExist: "worm-missing", syscall.ENOTDIR: "worm-missing", syscall.ESTALE: "worm-missing",
		os.ErrPermission: "worm-denied", syscall.EROFS: "worm-denied",
		syscall.ENOSPC: "worm-full", syscall.EDQUOT: "worm-full", syscall.EIO: "worm-failed", errDamaged: "damaged",
	} {
		if got := wormError("/x", &os.PathError{Op: "open", Path: "/x", Err: err}); got.Code != code {
			t.Errorf("%v: %s, want %s", err, got.Code, code)
		}
	}
}

// TestWormFullAndReadOnly runs itself in a mount namespace of its own, where the
// folder is a small file system that is filled and made read-only.
func TestWormFullAndReadOnly(t *testing.T) {
	if os.Getenv("COFFRE_WORM_CHILD") == "" {
		unshare, err := exec.LookPath("unshare")
		if err != nil || exec.Command(unshare, "-rm", "true").Run() != nil {
			t.Skip("needs mount namespaces: Linux with util-linux's unshare, and user namespaces allowed")
		}
		cmd := exec.Command(unshare, "-rm", os.Args[0], "-test.run", "^TestWormFullAndReadOnly$", "-test.v")
		cmd.Env = append(os.Environ(), "COFFRE_WORM_CHILD=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	dir := t.TempDir()
	mount := func(args ...string) {
		if out, err := exec.Command("mount", append(args, dir)...).CombinedOutput(); err != nil {
			t.Fatalf("mount: %v %s", err, out)
		}
	}
	mount("-t", "tmpfs", "-o", "size=256k", "none")
	defer exec.Command("umount", "-l", dir).Run()
	f := newFirm(t)
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o600); err == nil {
		t.Fatal("the file system is not small")
	}
	f.archiveTo(t, dir)
	f.rotate(t, 2)
	f.await(t, "full", func(s WormState) bool { return s.Err != nil && s.Err.Code == "worm-full" })
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	f.archived(t)
	mount("-o", "remount,ro")
	f.rotate(t, 1)
	f.await(t, "read-only", func(s WormState) bool { return s.Err != nil && s.Err.Code == "worm-denied" })
	mount("-o", "remount,rw")
	f.archived(t)
	f.checkArchive(t, dir, "1")
}
