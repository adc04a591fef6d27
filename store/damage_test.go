package store

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"coffre/chain"
)

// TestSwappedTenants: each database belongs to its directory and its keys.
func TestSwappedTenants(t *testing.T) {
	dir := t.TempDir()
	r := newRoot(t, dir, nil)
	newTenant(t, r, "acme")
	newTenant(t, r, "beta")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	a, b, temp := TenantDB(dir, "acme"), TenantDB(dir, "beta"), filepath.Join(dir, "temp")
	for _, mv := range [][2]string{{a, temp}, {b, a}, {temp, b}} {
		if err := os.Rename(mv[0], mv[1]); err != nil {
			t.Fatal(err)
		}
	}
	r = newRoot(t, dir, nil)
	defer r.Close()
	for _, id := range []string{"acme", "beta"} {
		for range 2 { // the second time it must not be "in-use"
			if _, _, err := r.Acquire(id); AsError(err).Code != "foreign-database" {
				t.Errorf("%s: %v", id, err)
			}
		}
		rep, err := VerifyDatabase(context.Background(), VerifyRequest{Path: TenantDB(dir, id), Tenant: id})
		if err != nil || rep.OK || rep.Fault != FaultOther {
			t.Errorf("%s: %+v %v", id, rep, err)
		}
	}
}

// TestAnotherKey: a box signs only where its own key has signed before.
func TestAnotherKey(t *testing.T) {
	dir := t.TempDir()
	r := newRoot(t, dir, nil)
	newTenant(t, r, "acme")
	other := newRoot(t, t.TempDir(), nil)
	newTenant(t, other, "acme")
	b, err := os.ReadFile(signerPath(other.keys(), "acme"))
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
	if err := os.WriteFile(signerPath(r.keys(), "acme"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, _, err := r.Acquire("acme"); AsError(err).Code != "foreign-database" {
		t.Errorf("opened with another box's key: %v", err)
	}
}

// TestPanicAtOpenLeavesNoLock: a file on which bbolt panics is damaged each
// time that somebody tries it.
func TestPanicAtOpenLeavesNoLock(t *testing.T) {
	dir := t.TempDir()
	r := newRoot(t, dir, nil)
	newTenant(t, r, "acme")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	path := TenantDB(dir, "acme")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for page := 2; page < len(b)/os.Getpagesize(); page++ {
		b[page*os.Getpagesize()+8] ^= 0xff // the kind of the page
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r = newRoot(t, dir, nil)
	defer r.Close()
	for i := range 3 {
		if _, _, err := r.Acquire("acme"); AsError(err).Code != "damaged" {
			t.Errorf("attempt %d: %v", i+1, err)
		}
	}
}

// TestPageRing: pages that lead to each other are neither followed for ever by
// who opens the file, nor by who verifies it.
func TestPageRing(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine works for long: nothing for the race detector; run without -short")
	}
	dir := t.TempDir()
	r := newRoot(t, dir, nil)
	newTenant(t, r, "acme")
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	for range 400 { // the entries need a branch page then
		if _, err := tn.Record(t.Context(), System("x"), chain.Event{Action: chain.BoxStart}); err != nil {
			t.Fatal(err)
		}
	}
	release()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	path := TenantDB(dir, "acme")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	size, rings := os.Getpagesize(), 0
	for at := 2 * size; at < len(b); at += size {
		if binary.NativeEndian.Uint16(b[at+8:]) != 1 { // no branch page
			continue
		}
		for i := range int(binary.NativeEndian.Uint16(b[at+10:])) {
			binary.NativeEndian.PutUint64(b[at+16+i*16+8:], uint64(at/size))
			rings++
		}
	}
	if rings == 0 {
		t.Fatal("the file has no branch page")
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	rep, err := VerifyDatabase(t.Context(), VerifyRequest{Path: path})
	if err != nil || rep.OK || rep.Fault != FaultPage && rep.Fault != FaultHangs {
		t.Errorf("verification: %+v %v", rep, err)
	}
	t.Logf("verdict %s %s", rep.Fault, rep.Detail)
	r = newRoot(t, dir, nil)
	defer r.Close()
	if _, _, err := r.Acquire("acme"); AsError(err).Code != "damaged" {
		t.Errorf("opened: %v", err)
	}
}

// TestDamageUnderARunningBox: what happens to one firm's file while it is in use
// is that firm's error; the box and the other firms go on.
func TestDamageUnderARunningBox(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"cut off": func(path string) error { return os.Truncate(path, 8192) },
		"overwritten": func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			noise := make([]byte, 1<<20)
			for i := range noise {
				noise[i] = byte(i * 7)
			}
			_, err = f.WriteAt(noise, 8192)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			r := newRoot(t, dir, nil)
			newTenant(t, r, "acme")
			newTenant(t, r, "beta")
			tn, release, err := r.Acquire("acme")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tn.Update(t.Context(), System("x"), settingsUpdate, big(1<<16)); err != nil {
				t.Fatal(err)
			}
			if err := damage(tn.path); err != nil {
				t.Fatal(err)
			}
			if err := tn.View(func(v *View) error { _, err := v.Users(); return errors.Join(err, v.passageOne()) }); AsError(err).Code != "damaged" {
				t.Errorf("read: %v", err)
			}
			if _, err := tn.Update(t.Context(), System("x"), settingsUpdate, big(1<<16)); AsError(err).Kind != Corrupt {
				t.Errorf("write: %v", err)
			}
			release()
			if _, _, err := r.Acquire("acme"); err == nil {
				t.Error("a damaged tenant was opened again")
			}
			beta, release, err := r.Acquire("beta")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := beta.Record(t.Context(), System("x"), chain.Event{Action: chain.BoxStart}); err != nil {
				t.Errorf("another firm: %v", err)
			}
			release()
			closed := make(chan struct{})
			go func() { r.Close(); close(closed) }()
			select {
			case <-closed:
			case <-time.After(time.Minute):
				t.Error("the box does not close")
			}
		})
	}
}

// passageOne reads something of every bucket.
func (v *View) passageOne() error {
	for _, b := range buckets {
		c := v.tx.Bucket([]byte(b)).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			_ = append([]byte{}, k...)
		}
	}
	return nil
}

// TestBugsAreNotDamage: a panic of the caller's own goes on as one.
func TestBugsAreNotDamage(t *testing.T) {
	f := newFirm(t)
	defer func() {
		if r := recover(); r != "a bug" {
			t.Errorf("recovered %v", r)
		}
	}()
	f.View(func(*View) error { panic("a bug") })
	t.Error("the panic was swallowed")
}

// TestHeaderPages: a damaged header page is no verdict of "holds", and who opens
// such a database says so in the chain.
func TestHeaderPages(t *testing.T) {
	for page := range 2 {
		dir := t.TempDir()
		r := newRoot(t, dir, nil)
		newTenant(t, r, "acme")
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		path := TenantDB(dir, "acme")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[page*os.Getpagesize()+70] ^= 4
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		rep, err := VerifyDatabase(context.Background(), VerifyRequest{Path: path})
		if err != nil || rep.OK || rep.Fault != FaultMeta {
			// Before the tenant's second commit, the older page has no chain at all.
			if rep.Fault != FaultPage {
				t.Errorf("page %d: %+v %v", page, rep, err)
			}
		}
		r = newRoot(t, dir, nil)
		tn, release, err := r.Acquire("acme")
		if err != nil {
			if AsError(err).Kind != Corrupt {
				t.Errorf("page %d: %v", page, err)
			}
			r.Close()
			continue
		}
		tn.View(func(v *View) error {
			all, _, err := v.Journal(JournalFilter{Class: chain.SystemRecover})
			if err != nil || len(all) != 1 || all[0].Outcome != "error" {
				t.Errorf("page %d: entries system.recover %v %v", page, all, err)
			}
			return nil
		})
		release()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
