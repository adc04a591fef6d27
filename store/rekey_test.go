package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"coffre/chain"
	"coffre/vault"
)

// sealedBox is a box whose tenants hold everything that a master identity seals:
// keys of people, tenants and credentials, a witness's key, an erased person,
// and what was sealed while the identity was away.
type sealedBox struct {
	dir        string
	said       map[string][]uint64 // by tenant
	credential map[string]string
	erased     string
	gone       []byte // the erased person's wrapped key
	old        string // the identity, as it is written
	recipient  string
}

func newSealedBox(t *testing.T) *sealedBox {
	t.Helper()
	s := &sealedBox{dir: filepath.Join(t.TempDir(), "data"), said: map[string][]uint64{}, credential: map[string]string{}}
	r := newRoot(t, s.dir, nil)
	for _, id := range []string{"acme", "beta"} {
		newTenant(t, r, id)
		s.in(t, r, id, func(f *firm) {
			f.admin, f.alice, f.carol = f.person(t, "admin", Admin), f.person(t, "alice", Member), f.person(t, "carol", Member)
			s.credential[id] = f.keep(t, "Passerelle", plantedKey+id).ID
			s.said[id] = append(s.said[id], f.said(t, f.alice, "la mienne"))
			if id == "acme" {
				f.said(t, f.carol, "effacée")
				s.erased, s.gone = f.carol.UserID, f.wrappedKey(t, f.carol.UserID)
				f.do(t, chain.UserErase, func(tx *Tx) error {
					u, err := tx.User(s.erased)
					if err != nil {
						return err
					}
					return tx.erasePerson(u, "")
				})
			}
		})
	}
	s.recipient = r.Master().Recipient
	r.Close()
	aside := MasterPath(s.dir) + ".aside"
	os.Rename(MasterPath(s.dir), aside)
	r = newRoot(t, s.dir, nil)
	for _, id := range []string{"acme", "beta"} {
		s.in(t, r, id, func(f *firm) { s.said[id] = append(s.said[id], f.said(t, f.alice, "enfermée")) })
	}
	r.Close()
	os.Rename(aside, MasterPath(s.dir))
	b, err := os.ReadFile(MasterPath(s.dir))
	if err != nil {
		t.Fatal(err)
	}
	s.old = string(b[bytes.Index(b, []byte("AGE-SECRET")):])
	return s
}

func (s *sealedBox) in(t *testing.T, r *Root, id string, fn func(*firm)) {
	t.Helper()
	tn, release, err := r.Acquire(id)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	f := &firm{Tenant: tn, root: r}
	f.View(func(v *View) error {
		for login, p := range map[string]*Principal{"admin": &f.admin, "alice": &f.alice} {
			if u, err := v.UserByLogin(login); err == nil {
				*p, _ = v.Principal(u.ID, Person(u.ID))
			}
		}
		return nil
	})
	fn(f)
}

// check opens the box and everything in it, and looks for what must be gone.
func (s *sealedBox) check(t *testing.T, r *Root) {
	t.Helper()
	if why := r.MasterError(); why != nil || r.Master().Rekeying {
		t.Fatalf("%v %+v", why, r.Master())
	}
	for id, said := range s.said {
		s.in(t, r, id, func(f *firm) {
			for _, seq := range said {
				if !f.left(t, seq) {
					t.Errorf("%s: the private part of %d does not open", id, seq)
				}
			}
			if v, err := f.opened(useOf(s.credential[id])); err != nil || v != plantedKey+id {
				t.Errorf("%s: the credential does not open: %v", id, err)
			}
			if err := f.Check(); err != nil {
				t.Errorf("%s: %v", id, err)
			}
			f.verifyLive(t)
			if id == "acme" {
				f.View(func(v *View) error {
					if _, _, err := v.openDataKey(s.erased); !IsNotFound(err) {
						t.Errorf("an erased person has a key: %v", err)
					}
					return nil
				})
			}
		})
	}
	left, _ := os.ReadDir(r.keys())
	for _, e := range left {
		if n := e.Name(); n != "master.age" && (len(n) < 11 || n[:11] != "checkpoint-") {
			t.Errorf("left in keys: %s", n)
		}
	}
}

// renewed checks that the old identity is nowhere any more, and opens nothing.
func (s *sealedBox) renewed(t *testing.T) {
	t.Helper()
	old, err := vault.ParseMaster([]byte(s.old))
	if err != nil {
		t.Fatal(err)
	}
	r := newRoot(t, s.dir, nil)
	defer r.Close()
	if r.Master().Recipient == s.recipient {
		t.Fatal("the identity is the old one")
	}
	for id := range s.said {
		s.in(t, r, id, func(f *firm) {
			if err := f.opens(old); err == nil || AsError(err).Code != "rekey-damaged" {
				t.Errorf("%s opens with the old identity: %v", id, err)
			}
			if n := len(f.acts(t, chain.MasterRekey)); n == 0 {
				t.Errorf("%s has no entry of it", id)
			}
		})
	}
	filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			b, _ := os.ReadFile(path)
			if bytes.Contains(b, []byte(s.old[:40])) || bytes.Contains(b, s.gone) {
				t.Errorf("%s holds the old identity, or an erased person's key", path)
			}
		}
		return nil
	})
}

func TestRekey(t *testing.T) {
	s := newSealedBox(t)
	r := newRoot(t, s.dir, nil)
	before := wrappedIn(t, s, r)
	rep, err := r.Rekey(t.Context(), System("test"), nil)
	if err != nil || rep.Databases != 3 || rep.Keys < 6 || rep.Parts != 2 {
		t.Fatalf("%+v %v", rep, err)
	}
	for id, wrapped := range before {
		s.in(t, r, id, func(f *firm) {
			if f.inFile(t, wrapped) {
				t.Errorf("%s: freed pages hold a key that the old identity opens", id)
			}
		})
	}
	s.check(t, r)
	r.Close()
	s.renewed(t)
}

func wrappedIn(t *testing.T, s *sealedBox, r *Root) map[string][]byte {
	out := map[string][]byte{}
	for id := range s.said {
		s.in(t, r, id, func(f *firm) { out[id] = f.wrappedKey(t, f.alice.UserID) })
	}
	return out
}

// rekeyUntilKilled is a child of TestKilledRekey.
func rekeyUntilKilled(dir, step string) int {
	killPoint = func(s string) {
		if s == step {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	r, err := OpenRoot(dir, Options{})
	if err == nil {
		_, err = r.Rekey(context.Background(), System("test"), nil)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestKilledRekey kills a box at every step: the next opening opens everything,
// by the old identity where nothing had begun, else by the new one alone.
func TestKilledRekey(t *testing.T) {
	for _, step := range []string{
		"rekey-begun", "rekey-next", "rekey-commit", "compact-copied", "compact-rename", "compact-named", "compact-entry",
		"rekey-tenant", "rekey-resealed", "rekey-verified", "rekey-box", "rekey-named", "never",
	} {
		t.Run(step, func(t *testing.T) {
			s := newSealedBox(t)
			cmd := exec.Command(os.Args[0], "__rekey", s.dir, step)
			out, err := cmd.CombinedOutput()
			if killed := cmd.ProcessState.ExitCode() == -1; killed == (step == "never") {
				t.Fatalf("killed %v: %v %s", killed, err, out)
			}
			r := newRoot(t, s.dir, nil)
			s.check(t, r)
			if same := r.Master().Recipient == s.recipient; same != (step == "rekey-begun") {
				t.Errorf("the old identity: %v", same)
			}
			r.Close()
			if step != "rekey-begun" {
				s.renewed(t)
			}
		})
	}
}

// TestRekeyRefuses: a record that doesn't open, or a database that nobody looks
// at, ends it before anything has changed.
func TestRekeyRefuses(t *testing.T) {
	s := newSealedBox(t)
	r := newRoot(t, s.dir, nil)
	defer r.Close()
	stray := filepath.Join(s.dir, "tenants", "stray")
	if err := os.Mkdir(stray, 0o700); err != nil {
		t.Fatal(err)
	}
	wantCode(t, r, "rekey-unregistered")
	os.Remove(stray)
	s.in(t, r, "beta", func(f *firm) {
		f.do(t, chain.SettingsUpdate, func(tx *Tx) error {
			rec := tx.getCopy("datakeys", dataKeyName(f.alice.UserID))
			rec[len(rec)-1] ^= 1
			return tx.putRaw("datakeys", dataKeyName(f.alice.UserID), rec)
		})
	})
	wantCode(t, r, "rekey-damaged")
	if _, err := r.RekeyBack(t.Context(), System("test")); AsError(err).Code != "rekey-none" {
		t.Error(err)
	}
	if r.Master().Recipient != s.recipient {
		t.Error("the identity has changed")
	}
	if _, err := os.Stat(nextMasterPath(s.dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func wantCode(t *testing.T, r *Root, code string) {
	t.Helper()
	if _, err := r.Rekey(t.Context(), System("test"), nil); err == nil || AsError(err).Code != code {
		t.Errorf("%v, want %s", err, code)
	}
}

// TestRekeyBack: a key that breaks half-way leaves both identities in use, the
// way back leads to the old one, and the new one is destroyed.
func TestRekeyBack(t *testing.T) {
	s := newSealedBox(t)
	r := newRoot(t, s.dir, nil)
	var broken []byte
	hurt := func(id string, undo bool) {
		s.in(t, r, id, func(f *firm) {
			f.do(t, chain.SettingsUpdate, func(tx *Tx) error {
				name := dataKeyName(f.alice.UserID)
				if undo {
					return tx.putRaw("datakeys", name, broken)
				}
				broken = tx.getCopy("datakeys", name)
				rec := bytes.Clone(broken)
				rec[len(rec)-1] ^= 1
				return tx.putRaw("datakeys", name, rec)
			})
		})
	}
	killPoint = func(step string) {
		if step == "rekey-next" {
			hurt("beta", false)
		}
	}
	defer func() { killPoint = func(string) {} }()
	wantCode(t, r, "rekey-damaged")
	killPoint = func(string) {}
	if !r.Master().Rekeying {
		t.Fatal("it is not under way")
	}
	hurt("beta", true)
	if _, err := r.RekeyBack(t.Context(), System("test")); err != nil {
		t.Fatal(err)
	}
	s.check(t, r)
	if r.Master().Recipient != s.recipient {
		t.Error("not the old identity")
	}
	r.Close()
	r = newRoot(t, s.dir, nil)
	defer r.Close()
	s.check(t, r)
}
