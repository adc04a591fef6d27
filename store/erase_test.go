package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffre/chain"
)

// secondAdmin adds an administrator who may approve: nobody has touched the
// account for a while.
func (f *firm) secondAdmin(t *testing.T, c *calendar) Principal {
	t.Helper()
	p := f.person(t, "bea", Admin)
	f.days(t, c, 4)
	return f.principal(t, p.UserID)
}

func (f *firm) ask(t *testing.T, p Principal, a Approval) Approval {
	t.Helper()
	a.Reason = "demande écrite de la personne"
	a, err := f.RequestApproval(t.Context(), p, a, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// life gives alice what a person leaves in a box.
func (f *firm) life(t *testing.T) (seq uint64) {
	t.Helper()
	seq = f.said(t, f.alice, "mon dossier médical")
	f.do(t, chain.AuthSignIn, func(tx *Tx) error {
		return tx.PutSession("digest", Session{ID: "s1", UserID: f.alice.UserID, Expires: f.now().AddDate(1, 0, 0), Agent: "Firefox d'Alice"})
	})
	f.do(t, chain.KeyCreate, func(tx *Tx) error {
		_, err := tx.CreateAPIKey(APIKeyRecord{Name: "script d'alice", UserID: f.alice.UserID, Digest: "abc"})
		return err
	})
	f.do(t, chain.QuestionAsk, func(tx *Tx) error { _, err := tx.PutQuestion(f.alice, ""); return err })
	f.do(t, chain.GroupCreate, func(tx *Tx) error {
		_, err := tx.PutGroup(Group{Name: "Paie", Members: []string{f.alice.UserID, f.carol.UserID}})
		return err
	})
	_, err := f.Record(t.Context(), System("auth"), chain.Event{Action: chain.AuthFailure, Outcome: chain.Denied, Private: chain.Detail{"login": "Alice"}})
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// TestErasePerson: of an erased person nothing is left but an id with nobody
// behind it, in the database, in its file, and for whoever opens the box next;
// documents stay, the chain holds, other people keep what is theirs.
func TestErasePerson(t *testing.T) {
	c := newCalendar()
	dir := t.TempDir()
	f := newFirmAt(t, dir, c.now)
	bea := f.secondAdmin(t, c)
	d := f.add(t, f.alice, f.open, "contrat.txt", "le loyer est de 900 euros")
	seq, carols := f.life(t), f.said(t, f.carol, "et la mienne")
	sealed, key := f.sealedBytes(t, seq), f.wrappedKey(t, f.alice.UserID)
	gone := map[string][]byte{
		"sealed text": sealed, "wrapped key": key, "login": []byte(`"login":"alice"`), "name": []byte("ALICE"),
		"browser": []byte("Firefox d'Alice"), "key": []byte("script d'alice"), "reason": []byte("demande écrite"),
	}
	a := f.ask(t, f.admin, Approval{Kind: ApproveErasure, Person: f.alice.UserID})
	for what, b := range gone {
		if !f.inFile(t, b) {
			t.Errorf("the test looks for the wrong bytes: %s", what)
		}
	}
	if _, err := f.Approve(t.Context(), f.admin, a.ID, ""); AsError(err).Code != "approval-self" {
		t.Errorf("approved by who asked: %v", err)
	}
	a, err := f.Approve(t.Context(), bea, a.ID, "")
	if err != nil || a.State != ApprovalDone {
		t.Fatalf("approved: %+v %v", a, err)
	}
	for what, b := range gone {
		if f.inFile(t, b) {
			t.Errorf("the file still holds the %s", what)
		}
	}
	f.checkErased(t, f.alice.UserID, a)
	if f.left(t, seq) || !f.left(t, carols) {
		t.Error("the wrong texts are gone")
	}
	f.View(func(v *View) error {
		if got, err := v.Document(f.carol, d.ID); err != nil || got.Name != "contrat.txt" {
			t.Errorf("the firm's document: %+v %v", got, err)
		}
		return nil
	})
	f.verifyLive(t)
	b, err := os.ReadFile(LedgerPath(dir, "acme"))
	if err != nil || !strings.Contains(string(b), f.alice.UserID) || strings.Contains(strings.ToLower(string(b)), "alice\"") {
		t.Errorf("ledger: %s %v", b, err)
	}
}

func (f *firm) checkErased(t *testing.T, person string, a Approval) {
	t.Helper()
	f.View(func(v *View) error {
		u, err := v.User(person)
		if err != nil || u.Erased.IsZero() || !u.Disabled || u.Name != ErasedName || strings.Contains(u.Login, "alice") {
			t.Errorf("account: %+v %v", u, err)
		}
		e, err := v.Erasure(person)
		if err != nil || e.Seq != a.DoneSeq || e.Compacted.IsZero() || e.Parts < 3 || e.Keys != 1 || e.Sessions != 1 || e.Conversations != 1 {
			t.Errorf("ledger: %+v %v", e, err)
		}
		if _, err := v.Session("digest"); !IsNotFound(err) {
			t.Errorf("session: %v", err)
		}
		if _, err := v.APIKeyByDigest("abc"); !IsNotFound(err) {
			t.Errorf("API key: %v", err)
		}
		entry, err := v.Entry(a.DoneSeq)
		if err != nil || entry.Action != chain.UserErase || entry.Object.ID != person || entry.Detail["approval"] != a.ID {
			t.Errorf("entry: %+v %v", entry, err)
		}
		if err := v.checkErasable(u); AsError(err).Code != "person-erased" {
			t.Errorf("twice: %v", err)
		}
		return nil
	})
	_, err := f.Update(t.Context(), f.admin.Actor, chain.Event{Action: chain.UserEnable}, func(tx *Tx) error {
		u, err := tx.User(person)
		u.Disabled = false
		if err != nil {
			return err
		}
		return tx.UpdateUser(u)
	})
	if AsError(err).Code != "person-erased" {
		t.Errorf("brought back: %v", err)
	}
}

// TestErasureAfterRestore: a backup that is put back can't bring an erased person
// back, as long as the ledger beside it is kept.
func TestErasureAfterRestore(t *testing.T) {
	c := newCalendar()
	dir := t.TempDir()
	r := newRoot(t, dir, c.now)
	newTenant(t, r, "acme")
	tn, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	f := &firm{Tenant: tn, root: r}
	f.admin, f.alice = f.person(t, "admin", Admin), f.person(t, "alice", Member)
	bea := f.secondAdmin(t, c)
	seq := f.said(t, f.alice, "mon dossier médical")
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := f.Snapshot(backup); err != nil {
		t.Fatal(err)
	}
	key := f.wrappedKey(t, f.alice.UserID)
	a := f.ask(t, f.admin, Approval{Kind: ApproveErasure, Person: f.alice.UserID})
	if _, err := f.Approve(t.Context(), bea, a.ID, ""); err != nil {
		t.Fatal(err)
	}
	release()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(TenantDB(dir, "acme"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	r = newRoot(t, dir, c.now)
	defer r.Close()
	if tn, release, err = r.Acquire("acme"); err != nil {
		t.Fatal(err)
	}
	defer release()
	f = &firm{Tenant: tn, root: r}
	f.keepNow(t)
	f.View(func(v *View) error {
		u, err := v.User(a.Person)
		if err != nil || u.Erased.IsZero() {
			t.Errorf("account after the restore: %+v %v", u, err)
		}
		e, err := v.Erasure(a.Person)
		if err != nil || !e.Replayed || e.Compacted.IsZero() {
			t.Errorf("ledger: %+v %v", e, err)
		}
		return nil
	})
	if f.left(t, seq) || f.inFile(t, key) {
		t.Error("the backup brought the person back")
	}
	f.verifyLive(t)
}

// TestLedgerLines: a ledger with a line that can't be read is no ledger.
func TestLedgerLines(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "\n\n": 0, `{"person":"a"}`: 1, "{\"person\":\"a\"}\n{\"person\":\"b\"}\n": 2, "{}": -1, "x": -1, "{\"person\":\"a\"}\nnull": -1,
	} {
		got, err := ParseLedger([]byte(text))
		if (err != nil) != (want < 0) || err == nil && len(got) != want {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
}

// FuzzParseLedger: whatever the file holds, nobody is forgotten in silence.
func FuzzParseLedger(f *testing.F) {
	f.Add([]byte("{\"person\":\"a\"}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := ParseLedger(b)
		lines := 0
		for _, l := range strings.Split(string(b), "\n") {
			if strings.TrimSpace(l) != "" {
				lines++
			}
		}
		if err == nil && len(got) != lines {
			t.Errorf("%d of %d lines", len(got), lines)
		}
	})
}
