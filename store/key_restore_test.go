package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"coffre/chain"
)

// backedUp is a firm whose data was copied, keys left out, before it went on.
type backedUp struct {
	dir, backup string
	boxNote     string // of the box's own chain
	kit         Kit
	at          uint64   // size at the copy
	before      string   // newest checkpoint in the copy
	lost        []string // checkpoints after it
}

func newBackup(t *testing.T) (b backedUp) {
	t.Helper()
	b.dir, b.backup = filepath.Join(t.TempDir(), "live"), filepath.Join(t.TempDir(), "copy")
	r := newRoot(t, b.dir, nil)
	defer r.Close()
	var err error
	if b.kit, err = r.CreateTenant(t.Context(), System("test"), NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	f := &firm{Tenant: tn, root: r}
	_, b.boxNote = r.Box.Head()
	f.rotate(t, 2)
	b.at, b.before = tn.Head()
	copyData(t, r, tn, b.backup)
	for range 3 {
		f.rotate(t, 1)
		_, note := tn.Head()
		b.lost = append(b.lost, note)
	}
	return b
}

// copyData makes a data directory as a restored backup is one: both databases
// and the master identity, no checkpoint keys.
func copyData(t *testing.T, r *Root, tn *Tenant, to string) {
	t.Helper()
	for _, dir := range []string{filepath.Join(to, "keys"), filepath.Dir(TenantDB(to, tn.ID))} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	master, err := os.ReadFile(MasterPath(r.Dir))
	if err == nil {
		err = os.WriteFile(MasterPath(to), master, 0o600)
	}
	if err == nil {
		err = tn.Snapshot(TenantDB(to, tn.ID))
	}
	if err == nil {
		err = r.Box.Snapshot(filepath.Join(to, "box.db"))
	}
	// The box's own chain is restored with its own key; here it keeps it.
	key, kerr := os.ReadFile(signerPath(r.keys(), BoxID))
	if kerr == nil {
		kerr = os.WriteFile(signerPath(filepath.Join(to, "keys"), BoxID), key, 0o600)
	}
	if err != nil || kerr != nil {
		t.Fatal(err, kerr)
	}
}

func (b backedUp) restoration(t *testing.T, known ...string) Restoration {
	t.Helper()
	recovery, err := chain.ParseSigner(b.kit.RecoverySecret)
	if err != nil {
		t.Fatal(err)
	}
	return Restoration{Tenant: "acme", By: System("restore"), Recovery: recovery, Known: known}
}

// reopen opens what was restored.
func reopen(t *testing.T, dir string) *firm {
	t.Helper()
	r := newRoot(t, dir, nil)
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { release(); r.Close() })
	return &firm{Tenant: tn, root: r}
}

// TestRestore: a restored backup goes on under the next origin, and whoever
// holds a checkpoint from before is told of a restore and of what was lost, in
// an export as in the live log. A copy of the database alone does not open.
func TestRestore(t *testing.T) {
	b := newBackup(t)
	newest := b.lost[len(b.lost)-1]
	r := newRoot(t, b.backup, nil)
	if _, _, err := r.Acquire("acme"); AsError(err).Code != "checkpoint-key-missing" {
		t.Errorf("a copy without its key opens: %v", err)
	}
	r.Close()
	seq, err := RestoreChain(b.backup, b.restoration(t, b.before, newest), Options{})
	if err != nil || seq != b.at+1 {
		t.Fatalf("entry %d, %v", seq, err)
	}
	f := reopen(t, b.backup)
	_, note := f.Head()
	oneKey(t, f.keys.dir, "acme", note)
	f.rotate(t, 2)
	_, now := f.Head()
	lostTo := parsed(t, newest).Size
	want := []chain.Restore{{Entry: b.at + 1, Size: b.at, LostTo: lostTo}}
	keys := b.kit.FirstKey + "\n" + b.kit.RecoveryKey
	for name, notes := range map[string][]string{"none": nil, "before": {b.before}, "lost": b.lost, "now": {now}} {
		path, rep := f.exported(t, chain.VerifyOptions{FirstKey: keys, Checkpoints: notes})
		if !rep.OK || !rep.Authentic || !slices.Equal(rep.Restored, want) {
			t.Errorf("export against %s: %+v", name, rep)
		}
		live, err := f.Verify(t.Context(), System("test"), VerifyRequest{FirstKey: keys, Checkpoints: notes}, "")
		if err != nil || !live.OK || !live.Authentic || !slices.Equal(live.Restored, want) {
			t.Errorf("live against %s: %+v %v", name, live, err)
		}
		for _, n := range notes {
			strangerSays(t, path, keys, n)
		}
	}
	if cp := parsed(t, now); cp.Origin[len(cp.Origin)-2:] != "/2" {
		t.Errorf("origin %s", cp.Origin)
	}
	if _, rep := f.exported(t, chain.VerifyOptions{FirstKey: keys, Checkpoints: []string{tampered(t, b)}}); rep.OK {
		t.Error("a checkpoint of another history is taken for a loss")
	}
}

func parsed(t *testing.T, note string) chain.Checkpoint {
	t.Helper()
	cp, _, err := chain.OpenCheckpoint(note)
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

// tampered is a checkpoint of the restored size with another root.
func tampered(t *testing.T, b backedUp) string {
	t.Helper()
	cp := parsed(t, b.before)
	cp.Root[0] ^= 1
	note, err := cp.Sign(b.restoration(t).Recovery)
	if err != nil {
		t.Fatal(err)
	}
	return note
}

// TestRestoreAgain: the second restore takes the suffix after the first's.
func TestRestoreAgain(t *testing.T) {
	b := newBackup(t)
	if _, err := RestoreChain(b.backup, b.restoration(t), Options{}); err != nil {
		t.Fatal(err)
	}
	f := reopen(t, b.backup)
	again := filepath.Join(t.TempDir(), "again")
	copyData(t, f.root, f.Tenant, again)
	f.rotate(t, 1)
	_, lost := f.Head()
	if _, err := RestoreChain(again, b.restoration(t, lost), Options{}); err != nil {
		t.Fatal(err)
	}
	g := reopen(t, again)
	_, rep := g.exported(t, chain.VerifyOptions{FirstKey: b.kit.FirstKey + "\n" + b.kit.RecoveryKey, Checkpoints: []string{b.before, lost}})
	if !rep.Authentic || len(rep.Restored) != 2 || rep.Restored[1].LostTo != parsed(t, lost).Size {
		t.Errorf("%+v", rep)
	}
	_, note := g.Head()
	if cp := parsed(t, note); cp.Origin[len(cp.Origin)-2:] != "/3" {
		t.Errorf("origin %s", cp.Origin)
	}
}

// TestRestoreTwice: a backup that was restored already is refused by whoever knows
// a checkpoint of the life that followed, and changes nothing; the newest backup
// of that life is not. Without such a checkpoint the two lives can't be told apart
// beforehand, and whoever holds one of the first calls the second a fork.
func TestRestoreTwice(t *testing.T) {
	b := newBackup(t)
	again := filepath.Join(t.TempDir(), "again")
	if err := os.CopyFS(again, os.DirFS(b.backup)); err != nil {
		t.Fatal(err)
	}
	if _, err := RestoreChain(b.backup, b.restoration(t), Options{}); err != nil {
		t.Fatal(err)
	}
	f := reopen(t, b.backup)
	f.rotate(t, 1)
	_, second := f.Head()
	later := filepath.Join(t.TempDir(), "later")
	copyData(t, f.root, f.Tenant, later)
	if _, err := RestoreChain(again, b.restoration(t, b.before, second), Options{}); AsError(err).Code != "restored-before" || AsError(err).Params["life"] != "2" {
		t.Errorf("the first backup once more: %v", err)
	}
	if files, _ := filepath.Glob(signerPath(filepath.Join(again, "keys"), "acme") + "*"); len(files) != 0 {
		t.Errorf("a refused restore left %v", files)
	}
	if _, err := RestoreChain(later, b.restoration(t, b.before, second), Options{}); err != nil {
		t.Errorf("the backup of the second life: %v", err)
	}
	if _, err := RestoreChain(again, b.restoration(t, b.before), Options{}); err != nil {
		t.Fatal(err)
	}
	g := reopen(t, again)
	g.rotate(t, 3)
	if _, rep := g.exported(t, chain.VerifyOptions{FirstKey: b.kit.FirstKey + "\n" + b.kit.RecoveryKey, Checkpoints: []string{second}}); rep.OK {
		t.Error("two lives of the same number are one to whoever knows the first")
	}
}

// TestRestoreRefusals: another key, another firm's checkpoint or a backup that
// lacks what was signed begin no new life, and change nothing.
func TestRestoreRefusals(t *testing.T) {
	b := newBackup(t)
	other := newBackup(t)
	for name, c := range map[string]struct {
		r    Restoration
		code string
	}{
		"another recovery key": {other.restoration(t), "recovery-key"},
		"no recovery key":      {Restoration{Tenant: "acme", By: System("x")}, "recovery-key"},
		"no checkpoint":        {b.restoration(t, "hello"), "bad-parameter"},
		"another chain's":      {b.restoration(t, b.boxNote), "bad-parameter"},
		"another history's":    {b.restoration(t, tampered(t, b)), "checkpoint-other"},
	} {
		if _, err := RestoreChain(b.backup, c.r, Options{}); AsError(err).Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if files, _ := filepath.Glob(signerPath(filepath.Join(b.backup, "keys"), "acme") + "*"); len(files) != 0 {
		t.Errorf("a refused restore left %v", files)
	}
	if seq, err := RestoreChain(b.backup, b.restoration(t), Options{}); err != nil || seq != b.at+1 {
		t.Errorf("afterwards: %d, %v", seq, err)
	}
}

// restoreUntilKilled is a child of TestKilledRestore: so many steps of it, and
// then it kills itself.
func restoreUntilKilled(dir, secret, steps string) int {
	n, err := strconv.Atoi(steps)
	b, rerr := os.ReadFile(secret)
	recovery, kerr := chain.ParseSigner(string(b))
	root, lerr := lockRoot(dir, Options{})
	if err = errors.Join(err, rerr, kerr, lerr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	path := root.tenantPath("acme")
	db, err := openBolt(path, time.Second, false)
	t := &Tenant{ID: "acme", path: path, now: time.Now, log: root.opts.Log}
	t.keys.dir = root.keys()
	t.file.Store(db)
	var w *rebirth
	if err == nil {
		err = t.loadFacts()
	}
	if err == nil {
		w, err = t.newRebirth(Restoration{Tenant: "acme", By: System("restore"), Recovery: recovery})
	}
	if err == nil {
		for _, step := range w.steps()[:n] {
			err = errors.Join(err, step())
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func killedRestore(t *testing.T, dir, secret string, steps int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "__restore", dir, secret, strconv.Itoa(steps))
	var errout strings.Builder
	cmd.Stderr = &errout
	cmd.Run()
	if errout.Len() > 0 {
		t.Errorf("the child says %s", &errout)
	}
}

// TestKilledRestore: killed after any step it can be done again, and there is
// one restore.
func TestKilledRestore(t *testing.T) {
	for n := range 7 {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			b := newBackup(t)
			path := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(path, []byte(b.kit.RecoverySecret), 0o600); err != nil {
				t.Fatal(err)
			}
			killedRestore(t, b.backup, path, n)
			if n < 6 { // else all was done
				if seq, err := RestoreChain(b.backup, b.restoration(t), Options{}); err != nil || seq != b.at+1 {
					t.Fatalf("done again: %d, %v", seq, err)
				}
			}
			f := reopen(t, b.backup)
			_, note := f.Head()
			oneKey(t, f.keys.dir, "acme", note)
			_, rep := f.exported(t, chain.VerifyOptions{FirstKey: b.kit.FirstKey + "\n" + b.kit.RecoveryKey, Checkpoints: b.lost})
			if !rep.Authentic || len(rep.Restored) != 1 {
				t.Errorf("%+v", rep)
			}
		})
	}
}
