package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"coffre/store/wayback"
)

// firstRestoreUntilKilled is a child of TestKilledFirstRestore: everything that the
// browser has the box do, and the start that follows.
func firstRestoreUntilKilled(file, identity, data, step string) int {
	say := func(err error) int { fmt.Fprintln(os.Stderr, err); return 1 }
	text, err := os.ReadFile(identity)
	if err != nil {
		return say(err)
	}
	id, err := ParseBackupIdentity(text)
	if err != nil {
		return say(err)
	}
	r, err := OpenRoot(data, Options{LockTimeout: 10 * time.Second})
	if err != nil {
		return say(err)
	}
	killAt(step)
	f, err := os.Open(file)
	if err != nil {
		return say(err)
	}
	if _, err = r.ReceiveBackup(f, -1); err == nil {
		_, err = r.StageRestore(context.Background(), FirstRequest{File: r.UploadedBackup(), Identity: id, By: System("restore")})
	}
	if err == nil {
		err = r.CommitRestore()
	}
	if err = errors.Join(err, r.Close()); err != nil {
		return say(err)
	}
	if r, err = OpenRoot(data, Options{LockTimeout: 10 * time.Second}); err != nil {
		return say(err)
	}
	r.Close()
	return 0
}

// bring is a backup of a firm, and a file with what opens it.
func bring(t *testing.T) (k *kept, file, identity string) {
	t.Helper()
	k = newKept(t)
	identity = filepath.Join(t.TempDir(), "id.txt")
	text := k.text + k.kits["acme"].RecoverySecret + "\n" + k.kits[BoxID].RecoverySecret + "\n"
	if err := os.WriteFile(identity, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return k, k.backup(t), identity
}

// emptyOrRestored opens a data directory: nothing of a restore lies in it any more,
// and it is a first run's or the firm's, whole.
func emptyOrRestored(t *testing.T, step, data string) (restored bool) {
	t.Helper()
	r, err := OpenRoot(data, Options{LockTimeout: 10 * time.Second})
	if err != nil {
		t.Errorf("%s: %v", step, err)
		return false
	}
	defer r.Close()
	if names, _ := filepath.Glob(filepath.Join(data, firstDir)); len(names) > 0 {
		t.Errorf("%s: left behind: %v", step, names)
	}
	all, err := r.Tenants()
	if err != nil || len(all) > 1 {
		t.Errorf("%s: %v %v", step, all, err)
	}
	if len(all) == 0 {
		if names := left(t, filepath.Join(data, "tenants")); len(names) > 0 {
			t.Errorf("%s: nobody's data: %v", step, names)
		}
		return false
	}
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Errorf("%s: %v", step, err)
		return true
	}
	defer release()
	err = errors.Join(tn.Check(), tn.View(func(v *View) error {
		n, err := v.restores()
		if err == nil && n != 1 {
			err = fmt.Errorf("restored %d times", n)
		}
		return errors.Join(err, v.hasOriginals())
	}))
	if err != nil {
		t.Errorf("%s: %v", step, err)
	}
	return true
}

// TestKilledFirstRestore: killed at any moment, a box without a firm is that again at
// its next start, or the restored one.
func TestKilledFirstRestore(t *testing.T) {
	_, file, identity := bring(t)
	want := map[string]bool{"first-marked": true, "first-taking": true, "first-taken": true, "first-unmarked": true, "never": true}
	steps := []string{"first-made", "first-staged", "first-awake", "first-before-mark", "first-marked", "first-taking", "first-taken", "first-unmarked", "never"}
	for _, step := range steps {
		data := filepath.Join(t.TempDir(), "data")
		killedChild(t, "__firstrestore", file, identity, data, step)
		if got := emptyOrRestored(t, step, data); got != want[step] {
			t.Errorf("%s: restored %v", step, got)
		}
	}
	for _, step := range moments(6, 1200*time.Millisecond) {
		data := filepath.Join(t.TempDir(), "data")
		killedChild(t, "__firstrestore", file, identity, data, step)
		emptyOrRestored(t, step, data)
	}
}

// TestFirstRestoreBetweenNames: the data directories change places name by name, and
// a kill may come between any two.
func TestFirstRestoreBetweenNames(t *testing.T) {
	_, file, identity := bring(t)
	marked := filepath.Join(t.TempDir(), "data")
	killedChild(t, "__firstrestore", file, identity, marked, "first-marked")
	names, err := wayback.Names(filepath.Join(marked, firstDir, "data"))
	if err != nil || len(names) < 3 {
		t.Fatal(names, err)
	}
	for moves := range 2*len(names) + 1 {
		data := filepath.Join(t.TempDir(), "data")
		copyBox(t, marked, data)
		for _, path := range []string{filepath.Join(data, firstDir, "data", "keys"), MasterPath(filepath.Join(data, firstDir, "data"))} {
			if st, err := os.Stat(path); err != nil || os.Chmod(path, st.Mode().Perm()&0o700) != nil {
				t.Fatal(err)
			}
		}
		os.Mkdir(filepath.Join(data, firstDir, "former"), 0o700)
		for i, name := range names {
			if 2*i < moves {
				os.Rename(filepath.Join(data, name), filepath.Join(data, firstDir, "former", name))
			}
			if 2*i+1 < moves {
				if err := os.Rename(filepath.Join(data, firstDir, "data", name), filepath.Join(data, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !HasData(data) {
			t.Errorf("%d moves: a command would take it for empty", moves)
		}
		if step := fmt.Sprintf("%d moves", moves); !emptyOrRestored(t, step, data) {
			t.Errorf("%s: not restored", step)
		}
	}
}

// TestFirstRestoreRefused: what does not hold leaves a box without a firm as it is.
func TestFirstRestoreRefused(t *testing.T) {
	k, file, _ := bring(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := newRoot(t, filepath.Join(t.TempDir(), "data"), nil)
	t.Cleanup(func() { r.Close() })
	if err := r.CommitRestore(); AsError(err).Code != "restore-none" {
		t.Errorf("nothing is staged: %v", err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 4
	half := BackupIdentity{Identities: k.identity.Identities, Recovery: k.identity.Recovery[:1]}
	for name, q := range map[string]struct {
		file  []byte
		id    BackupIdentity
		known []string
		code  string
	}{
		"cut":             {whole[:len(whole)-9000], k.identity, nil, "backup-cut"},
		"flipped":         {flipped, k.identity, nil, "backup-damaged"},
		"somebody else's": {whole, newKept(t).identity, nil, "backup-locked"},
		"one key":         {whole, half, nil, "restore-keys"},
		"no keys":         {whole, BackupIdentity{Identities: k.identity.Identities}, nil, "restore-keys"},
		"a checkpoint":    {whole, k.identity, []string{"hello"}, "restore-checkpoint"},
	} {
		if _, err := r.ReceiveBackup(bytes.NewReader(q.file), int64(len(q.file))); err != nil {
			t.Fatal(err)
		}
		_, err := r.StageRestore(t.Context(), FirstRequest{File: r.UploadedBackup(), Identity: q.id, Known: q.known, By: System("restore")})
		if AsError(err).Code != q.code {
			t.Errorf("%s: %v", name, err)
		}
		if names := left(t, filepath.Join(r.Dir, firstDir)); len(names) != 1 {
			t.Errorf("%s: left behind: %v", name, names)
		}
		if err := r.CommitRestore(); AsError(err).Code != "restore-none" {
			t.Errorf("%s: it is given the word: %v", name, err)
		}
	}
	if _, err := r.ReceiveBackup(io.MultiReader(strings.NewReader("half"), broken{}), -1); !errors.Is(err, io.ErrUnexpectedEOF) || HasData(filepath.Join(r.Dir, firstDir)) {
		t.Errorf("cut: %v", err)
	}
	if names := left(t, filepath.Join(r.Dir, firstDir)); len(names) > 0 {
		t.Errorf("a cut upload leaves %v", names)
	}
	if _, err := k.root.ReceiveBackup(bytes.NewReader(whole), -1); AsError(err).Code != "already-set-up" {
		t.Errorf("over a firm: %v", err)
	}
	if err := k.root.CommitRestore(); AsError(err).Code != "already-set-up" {
		t.Errorf("over a firm: %v", err)
	}
}

// broken is a connection that ends.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestFirstRestoreRoom: the disk keeps its reserve, whatever the sender says.
func TestFirstRestoreRoom(t *testing.T) {
	r := newRoot(t, filepath.Join(t.TempDir(), "data"), nil)
	t.Cleanup(func() { r.Close() })
	r.opts.Disk = func(string) (uint64, uint64, error) { return 1<<30 + 1000, 1 << 40 / 50, nil }
	r.ForgetRoom()
	if _, err := r.ReceiveBackup(strings.NewReader("x"), 2000); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("too large, as it says: %v", err)
	}
	if _, err := r.ReceiveBackup(strings.NewReader(strings.Repeat("x", 2000)), -1); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("too large, and doesn't say it: %v", err)
	}
	if n, err := r.ReceiveBackup(strings.NewReader("small"), 5); n != 5 || err != nil {
		t.Errorf("%d %v", n, err)
	}
}

// TestFindBackup: a path tells nothing of what lies there but a backup.
func TestFindBackup(t *testing.T) {
	_, file, identity := bring(t)
	if got, n, err := FindBackup(file); got != file || n == 0 || err != nil {
		t.Errorf("%s %d %v", got, n, err)
	}
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "relative", filepath.Base(file), identity, dir, pipe, "/dev/zero", "/etc/passwd", "/proc/self/mem", "/nowhere/x", "/root/" + NewID()} {
		if _, _, err := FindBackup(path); AsError(err).Code != "restore-path" || len(AsError(err).Params) > 0 {
			t.Errorf("%q: %v", path, err)
		}
	}
	os.MkdirAll(filepath.Join(dir, "coffre-1", copyRuns), 0o700)
	os.MkdirAll(filepath.Join(dir, "coffre-2", copyRuns), 0o700)
	if _, _, err := FindBackup(dir); AsError(err).Code != "copy-many" {
		t.Errorf("two boxes' copies: %v", err)
	}
}

// TestTypedIdentity: which word is wrong is said, never the word.
func TestTypedIdentity(t *testing.T) {
	k := newKept(t)
	keys := k.kits["acme"].RecoverySecret + " of the firm, " + k.kits[BoxID].RecoverySecret
	for name, q := range map[string]struct{ words, keys, code string }{
		"nothing": {"", keys, "backup-identity"}, "a word": {"abandon xylophone" + strings.Repeat(" abandon", 22), keys, "paper-word"},
		"too few": {"abandon abandon", keys, "paper-count"}, "no key": {k.text, "hello", "recovery-key"},
		"a key that is none": {k.text, "PRIVATE+KEY+hello", "recovery-key"}, "all": {k.text, keys, ""}, "without keys": {k.text, " ", ""},
	} {
		words := []byte(q.words)
		id, err := ParseTypedIdentity(words, []byte(q.keys))
		if code := AsError(err).Code; q.code != code && (q.code != "" || err != nil) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (len(id.Identities) != 1 || len(id.Recovery) != strings.Count(q.keys, "PRIVATE")) {
			t.Errorf("%s: %d identities, %d keys", name, len(id.Identities), len(id.Recovery))
		}
		if len(bytes.Trim(words, "\x00")) > 0 {
			t.Errorf("%s: the words are still there", name)
		}
	}
}
