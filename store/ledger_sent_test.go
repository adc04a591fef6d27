package store

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffre/chain"
)

// TestParseLedgers: both ledgers are read, in any order, and nothing that isn't one.
func TestParseLedgers(t *testing.T) {
	id := NewID()
	for name, c := range map[string]struct {
		text          string
		people, firms int
		code, n       string
	}{
		"erasures":         {`{"person":"` + id + `","seq":3}` + "\n" + `{"person":"x"}`, 2, 0, "", ""},
		"destroyed":        {`{"tenant":"acme","firm":"Acme"}`, 0, 1, "", ""},
		"both":             {"\xef\xbb\xbf" + `{"tenant":"acme"}` + "\r\n\r\n" + `{"person":"x"}` + "\r\n", 1, 1, "", ""},
		"nothing":          {"", 0, 0, "ledger-empty", ""},
		"blank lines":      {"\n\n  \n", 0, 0, "ledger-empty", ""},
		"no JSON":          {`{"person":"x"}` + "\nhello", 0, 0, "ledger-line", "2"},
		"a list":           {`[{"person":"x"}]`, 0, 0, "ledger-line", "1"},
		"nobody":           {`{"seq":3}`, 0, 0, "ledger-line", "1"},
		"the box":          {`{"tenant":"box"}`, 0, 0, "ledger-line", "1"},
		"another place":    {`{"tenant":"../../etc"}`, 0, 0, "ledger-line", "1"},
		"a part of a line": {`{"person":"x","time":"2026-`, 0, 0, "ledger-line", "1"},
		"another type":     {`{"person":7}`, 0, 0, "ledger-line", "1"},
		"a backup":         {ageHead + "\x00\x01", 0, 0, "ledger-line", "1"},
	} {
		l, err := ParseLedgers([]byte(c.text))
		if c.code == "" && err != nil || c.code != "" && (AsError(err).Code != c.code || AsError(err).Params["n"] != c.n) || len(l.Erased) != c.people || len(l.Destroyed) != c.firms {
			t.Errorf("%s: %d people, %d firms, %v", name, len(l.Erased), len(l.Destroyed), err)
		}
	}
}

// FuzzParseLedgers: no bytes make it panic, and what it takes names somebody whose
// directory lies where firms' do.
func FuzzParseLedgers(f *testing.F) {
	f.Add([]byte(`{"person":"x"}` + "\n" + `{"tenant":"acme","by":{"kind":"user"}}`))
	f.Add([]byte(`{"tenant":"../x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ParseLedgers(b)
		if err != nil && len(l.Erased)+len(l.Destroyed) > 0 {
			t.Error("refused, and taken")
		}
		for _, e := range l.Erased {
			if e.Person == "" {
				t.Error("nobody")
			}
		}
		for _, d := range l.Destroyed {
			if d.Tenant == BoxID || strings.ContainsAny(d.Tenant, `/\.`) {
				t.Errorf("%q", d.Tenant)
			}
		}
	})
}

// TestFirstRestoreLedgers: a restore at first run erases again whom the ledgers name,
// says how many before the word is given, and refuses to bring back nothing.
func TestFirstRestoreLedgers(t *testing.T) {
	k := newKept(t)
	gone := k.person(t, "dora", Member)
	k.do(t, chain.UserErase, func(tx *Tx) error {
		u, err := tx.User(gone.UserID)
		if err != nil {
			return err
		}
		return tx.erasePerson(u, "")
	})
	file := k.backup(t)
	r := newRoot(t, filepath.Join(t.TempDir(), "data"), nil)
	q := FirstRequest{File: file, Identity: k.identity, By: System("restore")}
	q.Ledgers.Destroyed = []Destroyed{{Tenant: "acme", Time: time.Now()}}
	if _, err := r.StageRestore(t.Context(), q); AsError(err).Code != "restore-destroyed" {
		t.Errorf("its only firm was destroyed: %v", err)
	}
	q.Ledgers = Ledgers{
		Erased:    []Erasure{{Person: k.alice.UserID}, {Person: gone.UserID}, {Person: NewID()}, {Person: k.alice.UserID}},
		Destroyed: []Destroyed{{Tenant: "another", Time: time.Now()}},
	}
	found, err := r.StageRestore(t.Context(), q)
	if err != nil || found.Replays != 1 || len(found.Destroyed) != 0 {
		t.Fatalf("%d replays, %+v, %v", found.Replays, found.Destroyed, err)
	}
	if err := r.CommitRestore(); err != nil {
		t.Fatal(err)
	}
	dir := r.Dir
	r.Close()
	f := reopen(t, dir)
	f.View(func(v *View) error {
		u, err := v.User(k.alice.UserID)
		if err != nil || u.Erased.IsZero() {
			t.Errorf("an erased person is back: %+v %v", u, err)
		}
		if u, err := v.User(k.admin.UserID); err != nil || !u.Erased.IsZero() {
			t.Errorf("somebody else is gone: %+v %v", u, err)
		}
		return nil
	})
}
