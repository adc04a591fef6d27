package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	bolt "go.etcd.io/bbolt"

	"coffre/chain"
	"coffre/vault/backupfile"
)

// refusedRestore tries a file that is no good, and checks that nothing is left.
func refusedRestore(t *testing.T, k *kept, file []byte, code string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "b.age")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := RestoreBackup(t.Context(), k.request(path, filepath.Join(dir, "new")))
	if e := AsError(err); e.Code != code || e.Kind != Corrupt {
		t.Errorf("%v, want %s", err, code)
	}
	if names := left(t, dir); !slices.Equal(names, []string{"b.age"}) {
		t.Errorf("left behind: %v", names)
	}
}

// TestRestoreBadFile: a cut, changed or foreign file is refused by name, wherever
// it was cut, and leaves nothing.
func TestRestoreBadFile(t *testing.T) {
	k := newKept(t)
	whole, err := os.ReadFile(k.backup(t))
	if err != nil {
		t.Fatal(err)
	}
	for n := 64 << 10; n < len(whole); n += 64 << 10 {
		refusedRestore(t, k, whole[:n], "backup-cut")
	}
	for range 6 {
		refusedRestore(t, k, whole[:1+rand.IntN(len(whole)-1)], "backup-cut")
		bad := bytes.Clone(whole)
		bad[5000+rand.IntN(len(bad)-5000)] ^= 1 << rand.IntN(8)
		refusedRestore(t, k, bad, "backup-damaged")
	}
	refusedRestore(t, k, []byte("hello"), "backup-other")
	refusedRestore(t, k, nil, "backup-other")
	other, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	k.identity.Identities = []backupfile.Identity{other}
	refusedRestore(t, k, whole, "backup-locked")
}

// remade is a backup whose members were changed by somebody who has a recipient,
// as anybody has: sound as an age file and as a tar.
func remade(t *testing.T, k *kept, change func(dir string, f *backupfile.Facts)) []byte {
	t.Helper()
	dir := t.TempDir()
	plain, err := os.Open(k.backup(t))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	o, err := backupfile.Open(plain, k.identity.Identities)
	if err != nil {
		t.Fatal(err)
	}
	unpacked := backupReading{identity: k.identity, file: plain.Name()}
	facts, m, _, err := unpacked.unpack(t.Context(), dir)
	if err != nil || o == nil {
		t.Fatal(err)
	}
	change(dir, &facts)
	b := &Backup{}
	for _, one := range m.Members {
		if err := b.add(one.Name, filepath.Join(dir, one.Name), ""); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	to, _, err := backupfile.Recipients([]string{k.to})
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	s, err := backupfile.Seal(to)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.To(&buf)
	if err == nil {
		_, err = backupfile.Write(t.Context(), w, facts, b.sources)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func alter(t *testing.T, path string, fn func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(fn), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestRestoreForged: what somebody made up who can encrypt to the firm, as anybody
// can, does not pass for a backup.
func TestRestoreForged(t *testing.T) {
	k := newKept(t)
	db := func(dir string) string { return chainDB(dir, "acme") }
	for name, c := range map[string]struct {
		code   string
		change func(dir string, f *backupfile.Facts)
	}{
		"an entry changed": {"backup-chain", func(dir string, _ *backupfile.Facts) {
			alter(t, db(dir), func(tx *bolt.Tx) error {
				b := tx.Bucket([]byte("entries"))
				return b.Put(u64(3), bytes.Clone(b.Get(u64(4))))
			})
		}},
		"a checkpoint of another size": {"backup-damaged", func(_ string, f *backupfile.Facts) { f.Chains[1].Size-- }},
		"another firm's checkpoint": {"backup-chain", func(_ string, f *backupfile.Facts) {
			f.Chains[1].Note, f.Chains[1].Size = f.Chains[0].Note, f.Chains[0].Size
		}},
		"a database of a newer format": {"backup-newer", func(dir string, _ *backupfile.Facts) {
			alter(t, db(dir), func(tx *bolt.Tx) error {
				meta := tx.Bucket([]byte("meta"))
				text := strings.Replace(string(meta.Get(keyFacts)), fmt.Sprintf(`"format":%d`, Format), fmt.Sprintf(`"format":%d`, Format+1), 1)
				return meta.Put(keyFacts, []byte(text))
			})
		}},
		"a newer store":    {"backup-newer", func(_ string, f *backupfile.Facts) { f.Store = Format + 1 }},
		"a newer layout":   {"backup-newer", func(_ string, f *backupfile.Facts) { f.Format = backupfile.FormatHTTPS + 1 }},
		"no database":      {"backup-damaged", func(dir string, _ *backupfile.Facts) { os.Remove(db(dir)) }},
		"no identity":      {"backup-damaged", func(dir string, _ *backupfile.Facts) { os.Remove(MasterPath(dir)) }},
		"no original":      {"backup-damaged", func(dir string, _ *backupfile.Facts) { os.RemoveAll(filepath.Join(filepath.Dir(db(dir)), "files")) }},
		"a tenant unnamed": {"backup-damaged", func(_ string, f *backupfile.Facts) { f.Chains = f.Chains[:1] }},
		"a spoilt database": {"backup-chain", func(dir string, _ *backupfile.Facts) {
			b, _ := os.ReadFile(db(dir))
			for i := len(b) / 3; i < len(b)/3+20_000; i++ {
				b[i] ^= 0x55
			}
			os.WriteFile(db(dir), b, 0o600)
		}},
		"another identity": {"master-wrong", func(dir string, _ *backupfile.Facts) {
			other := newKept(t)
			b, _ := os.ReadFile(MasterPath(other.root.Dir))
			os.WriteFile(MasterPath(dir), b, 0o600)
		}},
	} {
		t.Run(name, func(t *testing.T) { refusedRestore(t, k, remade(t, k, c.change), c.code) })
	}
	whole := remade(t, k, func(string, *backupfile.Facts) {})
	path := filepath.Join(t.TempDir(), "b.age")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := RestoreBackup(t.Context(), k.request(path, filepath.Join(t.TempDir(), "new"))); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

// TestRestoreTarget: what lies where it is to go is not touched, unless it is a box
// that is to be replaced; then it stays beside.
func TestRestoreTarget(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	parent := t.TempDir()
	full := filepath.Join(parent, "full")
	os.MkdirAll(full, 0o700)
	os.WriteFile(filepath.Join(full, "letter.txt"), []byte("mine"), 0o600)
	q := k.request(file, full)
	for _, replace := range []bool{false, true} {
		if q.Replace = replace; AsError(second(RestoreBackup(t.Context(), q))).Code != "restore-full" {
			t.Errorf("something else, replace %v: not refused", replace)
		}
	}
	if b, _ := os.ReadFile(filepath.Join(full, "letter.txt")); string(b) != "mine" {
		t.Error("what was there is gone")
	}
	if _, err := RestoreBackup(t.Context(), k.request(file, k.root.Dir)); AsError(err).Code != "restore-full" {
		t.Errorf("a box: %v", err)
	}
	q = k.request(file, k.root.Dir)
	if q.Replace = true; AsError(second(RestoreBackup(t.Context(), q))).Code != "in-use" {
		t.Error("a box that runs is replaced")
	}
	if err := k.Tenant.Check(); err != nil {
		t.Error(err)
	}
}

func second(_ RestoreReport, err error) error { return err }

// TestRestoreReplaces: a box that is replaced stays as a way back; what it knew of
// its chain and of erased people is not forgotten.
func TestRestoreReplaces(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	k.firm.verifyLive(t)
	gone := k.alice.UserID
	k.do(t, chain.UserErase, func(tx *Tx) error {
		u, err := tx.User(gone)
		if err != nil {
			return err
		}
		return tx.erasePerson(u, "")
	})
	if err := k.writeLedger(); err != nil {
		t.Fatal(err)
	}
	at, _ := k.Head()
	dir := filepath.Join(t.TempDir(), "data")
	copyBox(t, k.root.Dir, dir)
	q := k.request(file, dir)
	q.Replace = true
	rep, err := RestoreBackup(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range rep.Chains {
		if c.Tenant == "acme" && c.Known != at {
			t.Errorf("known up to %d, not %d", c.Known, at)
		}
	}
	if rep.Erased != 1 || !HasData(rep.Former) {
		t.Errorf("%+v", rep)
	}
	f := reopen(t, dir)
	f.View(func(v *View) error {
		if u, err := v.User(gone); err != nil || u.Erased.IsZero() || u.Login == "alice" {
			t.Errorf("an erased person is back: %+v %v", u, err)
		}
		return nil
	})
	old := reopen(t, rep.Former)
	if now, _ := old.Head(); now < at {
		t.Errorf("the way back stands at %d, not %d", now, at)
	}
}

// TestRestoreOverNamesake: a box made in the same second for a firm of the same id
// has chains of the same name; its checkpoints say nothing of the backup's.
func TestRestoreOverNamesake(t *testing.T) {
	at := func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }
	k, other := newKeptAt(t, filepath.Join(t.TempDir(), "data"), at), newKeptAt(t, filepath.Join(t.TempDir(), "data"), at)
	file := k.backup(t)
	dir := filepath.Join(t.TempDir(), "data")
	copyBox(t, other.root.Dir, dir)
	q := k.request(file, dir)
	q.Replace = true
	rep, err := RestoreBackup(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range rep.Chains {
		if c.Known != 0 || c.Restore != c.Entries+1 {
			t.Errorf("%+v", c)
		}
	}
	reopen(t, dir)
}

// TestRestoreWaits: without recovery keys the data is in place and verified, and
// doesn't open; with them it goes on as if they had been there at once.
func TestRestoreWaits(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	k.person(t, "carol", Member)
	_, lost := k.Head()
	dir := filepath.Join(t.TempDir(), "new")
	all := k.identity
	q := k.request(file, dir)
	q.Identity, q.Known = k.parse(t, k.text), []string{lost}
	rep, err := RestoreBackup(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range rep.Chains {
		if !c.Waits || c.Restore != 0 {
			t.Errorf("%+v", c)
		}
	}
	if _, err := OpenRoot(dir, Options{}); AsError(err).Code != "restore-waits" {
		t.Errorf("it opens: %v", err)
	}
	other := newKept(t)
	if _, err := RecoverChains(dir, other.identity, CLI("x"), nil, Options{}); AsError(err).Code != "recovery-key" {
		t.Errorf("another firm's keys: %v", err)
	}
	if some, err := RecoverChains(dir, k.parse(t, k.kits[BoxID].RecoverySecret), CLI("x"), nil, Options{}); err != nil || len(some) != 2 {
		t.Errorf("%+v %v", some, err)
	}
	r, err := OpenRoot(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Acquire("acme"); AsError(err).Code != "restore-waits" {
		t.Errorf("the firm opens: %v", err)
	}
	r.Close()
	rest, err := RecoverChains(dir, all, CLI("x"), nil, Options{})
	if err != nil || len(rest) != 1 || rest[0].Tenant != "acme" || rest[0].Known != parsed(t, lost).Size {
		t.Errorf("%+v %v", rest, err)
	}
	f := reopen(t, dir)
	_, ended := f.exported(t, chain.VerifyOptions{FirstKey: k.kits["acme"].FirstKey + "\n" + k.kits["acme"].RecoveryKey, Checkpoints: []string{lost}})
	if !ended.Authentic || len(ended.Restored) != 1 {
		t.Errorf("%+v", ended)
	}
	if _, err := RecoverChains(dir, all, CLI("x"), nil, Options{}); AsError(err).Code != "restore-nothing" {
		t.Errorf("again: %v", err)
	}
}

// TestRestoreBehind: a backup of a life that was restored already is refused by
// whoever knows the next, before anything has its name.
func TestRestoreBehind(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	once := filepath.Join(t.TempDir(), "once")
	if _, err := RestoreBackup(t.Context(), k.request(file, once)); err != nil {
		t.Fatal(err)
	}
	f := reopen(t, once)
	_, second := f.Head()
	q := k.request(file, filepath.Join(t.TempDir(), "twice"))
	q.Known = []string{second}
	if _, err := RestoreBackup(t.Context(), q); AsError(err).Code != "restored-before" {
		t.Errorf("a second life of the same number: %v", err)
	}
	if names := left(t, filepath.Dir(q.Data)); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

// TestRestoreGivenUp: a target that can't be written is an error, and one that is
// given up leaves nothing.
func TestRestoreGivenUp(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	if _, err := RestoreBackup(t.Context(), k.request(file, "/proc/coffre/new")); err == nil {
		t.Error("where nothing can be written, something was")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	parent := t.TempDir()
	if _, err := RestoreBackup(ctx, k.request(file, filepath.Join(parent, "new"))); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if names := left(t, parent); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}
