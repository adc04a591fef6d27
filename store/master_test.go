package store

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
	"coffre/vault"
)

func otherIdentity(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other")
	if _, err := vault.CreateMaster(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestWithoutMaster: whatever is wrong with the identity, the box opens, what
// needs no secret works, what is said meanwhile is not lost, nothing is made or
// overwritten; and with the right file back everything opens.
func TestWithoutMaster(t *testing.T) {
	s := newSealedBox(t)
	path := MasterPath(s.dir)
	right, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		text []byte
		mode fs.FileMode
		code string
		kind Kind
	}{
		{"missing", nil, 0, "master-missing", Corrupt},
		{"empty", []byte{}, 0o600, "master-bad", Corrupt},
		{"torn", right[:len(right)/2], 0o600, "master-bad", Corrupt},
		{"another box's", otherIdentity(t), 0o600, "master-wrong", Corrupt},
		{"open to others", right, 0o644, "master-loose", Denied},
	} {
		t.Run(c.name, func(t *testing.T) {
			os.Remove(path)
			if c.mode != 0 {
				if err := os.WriteFile(path, c.text, 0o600); err != nil {
					t.Fatal(err)
				}
				os.Chmod(path, c.mode)
			}
			r := newRoot(t, s.dir, nil)
			if m := r.Master(); m.Code != c.code || m.Recipient != s.recipient {
				t.Errorf("%+v", m)
			}
			if e := AsError(r.MasterError()); e.Kind != c.kind || e.Code != c.code {
				t.Errorf("%v", e)
			}
			var seq uint64
			s.in(t, r, "acme", func(f *firm) {
				seq = f.said(t, f.alice, "pendant ce temps")
				if err := f.View(func(v *View) error { _, err := v.Private(seq); return err }); AsError(err).Code != c.code {
					t.Errorf("reading: %v", err)
				}
				if _, err := f.opened(useOf(s.credential["acme"])); err == nil {
					t.Error("a credential was used")
				}
				if err := f.Sealed(); AsError(err).Code != c.code {
					t.Error(err)
				}
			})
			if _, err := r.Rekey(t.Context(), System("test"), nil); AsError(err).Code != c.code {
				t.Errorf("rekey: %v", err)
			}
			if err := r.Unlock(t.Context(), System("test"), nil); AsError(err).Code != c.code {
				t.Errorf("unlock: %v", err)
			}
			r.Close()
			if b, _ := os.ReadFile(path); !bytes.Equal(b, c.text) {
				t.Error("the file was changed")
			}
			os.Remove(path)
			if err := os.WriteFile(path, right, 0o600); err != nil {
				t.Fatal(err)
			}
			r = newRoot(t, s.dir, nil)
			defer r.Close()
			s.said["acme"] = append(s.said["acme"], seq)
			s.check(t, r)
		})
	}
}

// TestMasterPutBack: a running box takes the identity once its file is back.
func TestMasterPutBack(t *testing.T) {
	s := newSealedBox(t)
	os.Rename(MasterPath(s.dir), MasterPath(s.dir)+".aside")
	r := newRoot(t, s.dir, nil)
	defer r.Close()
	os.Rename(MasterPath(s.dir)+".aside", MasterPath(s.dir))
	if err := r.Unlock(t.Context(), System("test"), nil); err != nil {
		t.Fatal(err)
	}
	s.check(t, r)
}

// TestPassphrase: under a passphrase a box starts locked, opens with it alone,
// and each attempt is an entry; a new identity is under it as well.
func TestPassphrase(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine works for long: nothing for the race detector; run without -short")
	}
	s := newSealedBox(t)
	pass := func(p string) []byte { return []byte(p) }
	r := newRoot(t, s.dir, nil)
	if err := r.MoveMaster(t.Context(), System("test"), vault.UnderPassphrase, pass("trop court")); AsError(err).Code != "passphrase-short" {
		t.Errorf("short: %v", err)
	}
	if err := r.MoveMaster(t.Context(), System("test"), vault.UnderPassphrase, pass("cinq tuiles sur le pré")); err != nil {
		t.Fatal(err)
	}
	s.check(t, r)
	r.Close()
	r = newRoot(t, s.dir, nil)
	if m := r.Master(); m.Code != "master-locked" || m.Holder != vault.UnderPassphrase {
		t.Errorf("%+v", m)
	}
	if err := r.Unlock(t.Context(), System("test"), pass("six tuiles sur le pré")); AsError(err).Code != "master-passphrase" {
		t.Errorf("wrong: %v", err)
	}
	if r.Master().Code != "master-locked" {
		t.Error("a wrong passphrase changed why it is locked")
	}
	if err := r.Unlock(t.Context(), System("test"), pass("cinq tuiles sur le pré")); err != nil {
		t.Fatal(err)
	}
	s.check(t, r)
	box := &firm{Tenant: r.Box, root: r}
	if got := box.acts(t, chain.MasterUnlock); len(got) != 2 || got[0].Outcome != chain.Denied || got[1].Outcome != chain.OK {
		t.Errorf("entries: %+v", got)
	}
	if _, err := r.Rekey(t.Context(), System("test"), pass("six tuiles sur le pré")); AsError(err).Code != "master-passphrase" {
		t.Errorf("rekey with a wrong one: %v", err)
	}
	if _, err := r.Rekey(t.Context(), System("test"), pass("cinq tuiles sur le pré")); err != nil {
		t.Fatal(err)
	}
	r.Close()
	r, err := OpenRoot(s.dir, Options{Passphrase: func() ([]byte, error) { return pass("cinq tuiles sur le pré"), nil }})
	if err != nil {
		t.Fatal(err)
	}
	s.check(t, r)
	r.Close()
	if b, _ := os.ReadFile(MasterPath(s.dir)); bytes.Contains(b, []byte("AGE-SECRET")) {
		t.Error("the identity is in clear")
	}
}

// TestDowngrade: a file in clear where the box was told otherwise is noticed,
// also when it is the right identity, as from an old copy.
func TestDowngrade(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine works for long: nothing for the race detector; run without -short")
	}
	s := newSealedBox(t)
	plain, err := os.ReadFile(MasterPath(s.dir))
	if err != nil {
		t.Fatal(err)
	}
	r := newRoot(t, s.dir, nil)
	if err := r.MoveMaster(t.Context(), System("test"), vault.UnderPassphrase, []byte("cinq tuiles sur le pré")); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if err := os.WriteFile(MasterPath(s.dir), plain, 0o600); err != nil {
		t.Fatal(err)
	}
	r = newRoot(t, s.dir, nil)
	defer r.Close()
	if m := r.Master(); !m.Weaker || m.Holder != vault.InFile || m.Code != "" {
		t.Errorf("%+v", m)
	}
}

// TestBoxWithoutRecord: a box from before its database named the identity takes
// the one that opens its data and names it; any other leaves it closed.
func TestBoxWithoutRecord(t *testing.T) {
	s := newSealedBox(t)
	forget := func() {
		db, err := bolt.Open(filepath.Join(s.dir, "box.db"), 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Delete(keyMaster) })
		db.Close()
	}
	forget()
	right, _ := os.ReadFile(MasterPath(s.dir))
	if err := os.WriteFile(MasterPath(s.dir), otherIdentity(t), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := OpenRoot(s.dir, Options{}); err == nil || AsError(err).Code != "master-wrong" {
		t.Errorf("another identity: %v", err)
		r.Close()
	}
	if err := os.WriteFile(MasterPath(s.dir), right, 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRoot(t, s.dir, nil)
	defer r.Close()
	s.check(t, r)
	err := r.Box.View(func(v *View) error {
		rec, err := v.masterRecord()
		if rec.Recipient != s.recipient || rec.Holder != vault.InFile {
			t.Errorf("%+v", rec)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestStolenDisk: with every file but keys/, or the database alone, beside an
// identity of the thief's own, no private part and no credential opens, and the
// keys that were in use lie nowhere in clear.
func TestStolenDisk(t *testing.T) {
	s := newSealedBox(t)
	r := newRoot(t, s.dir, nil)
	var used [][]byte
	var wrapped, subject []byte
	s.in(t, r, "acme", func(f *firm) {
		f.said(t, f.alice, "encore")
		f.opened(useOf(s.credential["acme"]))
		f.dataKeys.Range(func(_, k any) bool {
			key := k.(vault.DataKey)
			used = append(used, key[:])
			return true
		})
		f.View(func(v *View) error {
			rec := v.getCopy("datakeys", dataKeyName(f.alice.UserID))
			wrapped, subject = rec[keyIDSize:], []byte(f.alice.UserID)
			return nil
		})
	})
	r.Close()
	if len(used) == 0 {
		t.Fatal("no data key was in use")
	}
	filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, _ := os.ReadFile(path)
		for _, k := range append(used, []byte(plantedKey)) {
			if bytes.Contains(b, k) || bytes.Contains(b, []byte(hex.EncodeToString(k))) || bytes.Contains(b, []byte(base64.RawStdEncoding.EncodeToString(k)[:24])) {
				t.Errorf("%s holds a key in clear", path)
			}
		}
		return nil
	})
	thief, err := vault.NewMaster()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := thief.UnwrapDataKey("acme", string(subject), wrapped); !errors.Is(err, vault.ErrWrongKey) {
		t.Errorf("opened: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(s.dir, "keys")); err != nil {
		t.Fatal(err)
	}
	if r, err := OpenRoot(s.dir, Options{}); err == nil {
		t.Error("the box opens without its keys")
		r.Close()
	}
	if left, _ := os.ReadDir(filepath.Join(s.dir, "keys")); len(left) > 0 {
		t.Errorf("made in keys: %v", left)
	}
}
