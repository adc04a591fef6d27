package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"coffre/chain"
	"coffre/vault/backupfile"
)

// kept is a firm with what it has on paper.
type kept struct {
	*firm
	identity BackupIdentity
	text     string // of its identity file
	to       string
	kits     map[string]Kit
	docs     []string
}

// newKept makes a firm with documents, and a kit of every key.
func newKept(t *testing.T) *kept {
	t.Helper()
	return newKeptAt(t, filepath.Join(t.TempDir(), "data"), nil)
}

func newKeptAt(t *testing.T, dir string, now func() time.Time) *kept {
	t.Helper()
	k := &kept{firm: &firm{}, kits: map[string]Kit{}}
	r := newRoot(t, dir, now)
	kit, err := r.CreateTenant(t.Context(), System("test"), NewTenant{ID: "acme", Firm: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	k.kits["acme"], k.kits[BoxID] = kit, *r.TakeBoxKit()
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { release(); r.Close() })
	k.firm.root, k.Tenant = r, tn
	k.admin, k.alice = k.person(t, "admin", Admin), k.person(t, "alice", Member)
	k.open = k.collection(t, "Commun", Grants{Everyone})
	for _, text := range []string{"Le bail expire en mars.\n\nLe loyer est de 900 euros.", "La prime de vélo est de 300 euros."} {
		k.docs = append(k.docs, k.add(t, k.admin, k.open, text[:7]+".txt", text).ID)
	}
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	k.to = id.Recipient().String()
	k.text = id.String() + "\n"
	k.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting(SettingBackupRecovery, k.to) })
	k.identity = k.parse(t, k.text+"# "+k.kits["acme"].RecoverySecret+"\n# "+k.kits[BoxID].RecoverySecret+"\n")
	return k
}

func (k *kept) parse(t *testing.T, text string) BackupIdentity {
	t.Helper()
	id, err := ParseBackupIdentity([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// backup makes a file.
func (k *kept) backup(t *testing.T) string {
	t.Helper()
	b, err := k.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("test"), Way: WayFile})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	path := filepath.Join(t.TempDir(), b.Name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Write(t.Context(), f), f.Close()); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path); err != nil || st.Size() != b.Bytes {
		t.Fatalf("%d bytes announced, %v", b.Bytes, st)
	}
	return path
}

func (k *kept) request(file, data string) RestoreRequest {
	return RestoreRequest{VerifyBackupRequest: VerifyBackupRequest{File: file, Identity: k.identity}, Data: data, By: CLI("test")}
}

// left are the names in a directory.
func left(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

// TestBackupRestore: a backup that was made while the firm worked is the firm, on
// another path: its documents are found, its chain goes on with audit.restore, and
// whoever holds a checkpoint from before or after is told of a restore.
func TestBackupRestore(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	later := k.person(t, "carol", Member)
	_, lost := k.Head()
	target := filepath.Join(t.TempDir(), "new")
	q := k.request(file, target)
	q.Known, q.FirstKey = []string{lost}, k.kits["acme"].FirstKey+"\n"+k.kits[BoxID].FirstKey
	rep, err := RestoreBackup(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if !rep.OK || rep.Originals != 2 || len(rep.Chains) != 2 || rep.Data != target {
		t.Errorf("%+v", rep)
	}
	for _, c := range rep.Chains {
		if c.Waits || !c.Authentic || c.Restore != c.Size+1 || c.Tenant == "acme" && c.Known != parsed(t, lost).Size {
			t.Errorf("%+v", c)
		}
	}
	if names := left(t, filepath.Dir(target)); !slices.Equal(names, []string{"new"}) {
		t.Errorf("left behind: %v", names)
	}
	f := reopen(t, target)
	if err := f.WaitIndexed(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	f.alice = f.principal(t, k.alice.UserID)
	if names := f.search(t, f.alice, "loyer euros"); len(names) == 0 {
		t.Error("nothing is found")
	}
	if err := f.View(func(v *View) error { _, err := v.User(later.UserID); return err }); !IsNotFound(err) {
		t.Errorf("somebody from after the backup: %v", err)
	}
	keys := k.kits["acme"].FirstKey + "\n" + k.kits["acme"].RecoveryKey
	_, rep2 := f.exported(t, chain.VerifyOptions{FirstKey: keys, Checkpoints: []string{lost}})
	if !rep2.Authentic || len(rep2.Restored) != 1 || rep2.Restored[0].LostTo != parsed(t, lost).Size {
		t.Errorf("%+v", rep2)
	}
	if err := f.Tenant.Check(); err != nil {
		t.Error(err)
	}
	f.View(func(v *View) error {
		all, err := v.Backups()
		if err != nil || len(all) != 1 || all[0].State != BackupFailed || all[0].Code != "cut" {
			t.Errorf("the backup in itself: %+v %v", all, err)
		}
		return nil
	})
}

// TestBackupRecord: what was made is listed, with the checksum of the very file,
// and stands in both chains before anything leaves.
func TestBackupRecord(t *testing.T) {
	k := newKept(t)
	b, err := k.root.PrepareBackup(t.Context(), BackupRequest{By: Person(k.admin.UserID), Way: WayDownload})
	if err != nil {
		t.Fatal(err)
	}
	state := func() (r BackupRecord) {
		k.View(func(v *View) error {
			all, err := v.Backups()
			if err != nil || len(all) != 1 {
				t.Errorf("%+v %v", all, err)
				return nil
			}
			r = all[0]
			return nil
		})
		return r
	}
	if r := state(); r.State != BackupRunning || r.Seq == 0 || r.ID != b.ID {
		t.Errorf("%+v", r)
	}
	if _, err := k.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("x"), Way: WayFile}); AsError(err).Code != "backup-running" {
		t.Errorf("two at once: %v", err)
	}
	var buf bytes.Buffer
	if err := errors.Join(b.Write(t.Context(), &buf), b.Close()); err != nil {
		t.Fatal(err)
	}
	if r := state(); r.State != BackupDone || r.Bytes != int64(buf.Len()) || r.SHA256 != b.SHA256 || r.Originals != 2 || len(r.Recipients) != 1 {
		t.Errorf("%+v", r)
	}
	if names, _ := filepath.Glob(filepath.Join(k.root.Dir, scratchPrefix+"*")); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
	for _, tn := range []*Tenant{k.Tenant, k.root.Box} {
		var actions []string
		tn.View(func(v *View) error {
			all, _, err := v.Journal(JournalFilter{Class: "backup", Limit: 10})
			for _, e := range all {
				actions = append(actions, e.Action+" "+e.Outcome)
			}
			return err
		})
		if !slices.Equal(actions, []string{"backup.end ok", "backup.create ok"}) {
			t.Errorf("%s: %v", tn.ID, actions)
		}
	}
}

// TestBackupRefused: without recipients, with two kinds of them or a wrong one
// nothing is begun, and nothing entered.
func TestBackupRefused(t *testing.T) {
	k := newKept(t)
	classic, _ := age.GenerateX25519Identity()
	before, _ := k.Head()
	for code, to := range map[string][]string{
		"recipients-mixed": {k.to, classic.Recipient().String()}, "recipient": {k.to, "age1pq1nothing"},
	} {
		if _, err := k.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("x"), Recipients: to}); AsError(err).Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	if now, _ := k.Head(); now != before {
		t.Errorf("entries %d to %d", before, now)
	}
	k.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting(SettingBackupRecovery, "") })
	if _, err := k.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("x")}); AsError(err).Code != "backup-recipients" {
		t.Errorf("no recipients: %v", err)
	}
	for s, ok := range map[string]bool{"": true, k.to: true, k.to + ",\n" + k.to: true, k.to + " " + classic.Recipient().String(): false, "x": false} {
		if ValidRecipients(s) != ok {
			t.Errorf("%.30q is valid: %v", s, !ok)
		}
	}
}

// TestBackupCut: whoever stops fetching leaves an entry that says so, and the next
// backup can be made.
func TestBackupCut(t *testing.T) {
	k := newKept(t)
	b, err := k.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("x"), Way: WayDownload})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Write(t.Context(), &failing{after: 100_000}); err == nil {
		t.Error("a broken pipe is no error")
	}
	b.Close()
	ctx, cancel := context.WithCancel(t.Context())
	if b, err = k.root.PrepareBackup(ctx, BackupRequest{By: CLI("x"), Way: WayDownload}); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := b.Write(ctx, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	b.Close()
	if b, err = k.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("x"), Way: WayDownload}); err != nil {
		t.Fatal(err)
	}
	b.Close() // never fetched
	k.View(func(v *View) error {
		all, err := v.Backups()
		for _, r := range all {
			if r.State != BackupFailed || r.Code != "cut" || r.SHA256 != "" {
				t.Errorf("%+v", r)
			}
		}
		if len(all) != 3 {
			t.Errorf("%d records, %v", len(all), err)
		}
		return nil
	})
	k.backup(t)
}

type failing struct{ after int }

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, errors.New("broken pipe")
	}
	return len(p), nil
}

// TestBackupOriginals: an original that has changed on the disk, or is gone, ends
// the backup with its name instead of spoiling it in silence.
func TestBackupOriginals(t *testing.T) {
	k := newKept(t)
	var sha string
	k.View(func(v *View) error {
		d, err := v.Document(k.admin, k.docs[0])
		sha = d.Latest().SHA256
		return err
	})
	path := k.FilePath(sha)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(path, 0o600)
	os.WriteFile(path, bytes.ToUpper(whole), 0o600)
	b, err := k.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("x"), Way: WayFile})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Write(t.Context(), &bytes.Buffer{}); AsError(err).Code != "original-damaged" {
		t.Errorf("a changed original: %v", err)
	}
	b.Close()
	os.Remove(path)
	if _, err = k.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("x"), Way: WayFile}); AsError(err).Code != "original-missing" {
		t.Errorf("a missing original: %v", err)
	}
	os.WriteFile(path, whole, 0o400)
	k.backup(t)
}

// TestBackupHoldsNoKey: what signs checkpoints is in no backup.
func TestBackupHoldsNoKey(t *testing.T) {
	k := newKept(t)
	f, err := os.Open(k.backup(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := backupfile.Open(f, k.identity.Identities)
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	if _, err := all.ReadFrom(plain); err != nil {
		t.Fatal(err)
	}
	keys, _ := filepath.Glob(filepath.Join(k.root.keys(), "*.key"))
	if len(keys) != 2 {
		t.Fatalf("%v", keys)
	}
	for _, path := range keys {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		secret := string(bytes.TrimSpace(b))
		if strings.Contains(all.String(), strings.SplitN(secret, "+", 5)[4]) {
			t.Errorf("%s is in the backup", filepath.Base(path))
		}
	}
	if !strings.Contains(all.String(), "tenants/acme/store.db") || strings.Contains(all.String(), "checkpoint-") {
		t.Error("its members are others")
	}
}
