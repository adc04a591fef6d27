package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"coffre/chain"
	"coffre/vault/backupfile"
)

func (k *kept) part(file string) PartRequest {
	return PartRequest{By: CLI("test"), File: file, Identity: k.identity}
}

func (k *kept) take(t *testing.T, q TakeRequest) Taken {
	t.Helper()
	out, err := k.root.TakeFromBackup(t.Context(), k.Tenant, q)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// lose takes every trace of a document from the database, as if the box had been
// put back to before it came.
func (k *kept) lose(t *testing.T, id string) {
	t.Helper()
	k.do(t, chain.DocumentDelete, func(tx *Tx) error {
		d, err := documents.get(&tx.View, []byte(id))
		if err != nil {
			return err
		}
		tx.Event.Object = chain.Object{Kind: "document", ID: id}
		d.Deleted = tx.t.now()
		tx.touch(d)
		bytes := int64(0)
		for _, v := range d.Versions {
			bytes += v.Bytes
		}
		return errors.Join(tx.count(-bytes, -1), tx.deleteRaw("documents_by_name", []byte(d.Collection+"\x00"+strings.ToLower(d.Name))), documents.delete(tx, []byte(id)))
	})
}

func partStates(all []PartDocument) (out []string) {
	for _, d := range all {
		out = append(out, d.State)
	}
	slices.Sort(out)
	return out
}

// TestTakeDocument: what was deleted or lost comes back with its id, its title and
// its date, once, and the chain says from where.
func TestTakeDocument(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	look, err := k.root.LookIntoBackup(t.Context(), k.Tenant, k.part(file))
	if err != nil || len(look.Documents) != 2 || len(look.Collections) != 1 || look.Collections[0].Documents != 2 {
		t.Fatalf("%+v, %v", look, err)
	}
	if got := partStates(look.Documents); !slices.Equal(got, []string{PartThere, PartThere}) {
		t.Error(got)
	}
	k.do(t, chain.DocumentDelete, func(tx *Tx) error { return tx.DeleteDocument(k.admin, k.docs[0]) })
	k.lose(t, k.docs[1])
	q := TakeRequest{PartRequest: k.part(file), As: Operator("test"), Collection: k.open.ID}
	out := k.take(t, q)
	if got := partStates(out.Documents); !slices.Equal(got, []string{PartBack, PartBin}) || len(out.Remade) != 0 {
		t.Fatalf("%v %+v", got, out.Remade)
	}
	if got := partStates(k.take(t, q).Documents); !slices.Equal(got, []string{PartThere, PartThere}) {
		t.Errorf("a second time: %v", got)
	}
	err = k.View(func(v *View) error {
		d, err := v.Document(k.alice, k.docs[1])
		if err != nil {
			return err
		}
		ver := d.Latest()
		if d.Title == "" || ver.AddedBy != k.admin.UserID || ver.Status != Queued || d.Name != "La prim.txt" {
			t.Errorf("%+v", d)
		}
		e, err := v.entry(out.Seq)
		if err != nil || e.Action != chain.BackupTake || e.Object.ID != out.Backup || fmt.Sprint(e.Detail["size"]) != fmt.Sprint(out.Size) {
			t.Errorf("entry %d: %+v, %v", out.Seq, e.Payload, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if left := left(t, k.root.Dir); slices.ContainsFunc(left, func(s string) bool { return strings.HasPrefix(s, scratchPrefix) }) {
		t.Error("left in clear:", left)
	}
}

// TestTakeRights: a collection that is gone comes back for nobody but whoever takes
// it, or with the rights of those who still exist, and never with wider ones.
func TestTakeRights(t *testing.T) {
	k := newKept(t)
	carol := k.person(t, "carol", Member)
	own := k.collection(t, "Paie", Grants{Everyone, "user:" + k.alice.UserID, "user:" + carol.UserID})
	doc := k.add(t, k.admin, own, "paie.txt", "Salaire de mars.")
	file := k.backup(t)
	gone := func(t *testing.T) {
		k.lose(t, doc.ID)
		k.do(t, chain.CollectionDelete, func(tx *Tx) error {
			c, err := tx.Collection(own.ID)
			if err != nil {
				return err
			}
			c.Readers, c.Writers = Grants{"user:" + k.alice.UserID, "user:" + carol.UserID}, Grants{"user:" + k.alice.UserID}
			return errors.Join(tx.UpdateCollection(c), tx.DeleteCollection(own.ID))
		})
	}
	k.do(t, chain.UserDisable, func(tx *Tx) error {
		u, err := tx.User(carol.UserID)
		if err != nil {
			return err
		}
		u.Disabled = true
		return tx.UpdateUser(u)
	})
	for _, c := range []struct {
		name   string
		as     Principal
		rights bool
		want   Grants
	}{
		{"operator", Operator("test"), false, Grants{}},
		{"administrator", k.admin, false, Grants{"user:" + k.admin.UserID}},
		{"rights", k.admin, true, Grants{"user:" + k.alice.UserID}},
	} {
		t.Run(c.name, func(t *testing.T) {
			gone(t)
			out := k.take(t, TakeRequest{PartRequest: k.part(file), As: c.as, Documents: []string{doc.ID}, Rights: c.rights})
			if len(out.Remade) != 1 || !slices.Equal(out.Remade[0].Readers, c.want) || !slices.Equal(out.Remade[0].Writers, c.want) {
				t.Fatalf("%+v", out.Remade)
			}
			err := k.View(func(v *View) error { _, err := v.Document(k.principal(t, k.alice.UserID), doc.ID); return err })
			if IsNotFound(err) == c.rights {
				t.Errorf("alice: %v", err)
			}
		})
	}
}

// TestTakeErased: what was of somebody alone who was erased since stays away, also
// where it is asked for by name and into another collection.
func TestTakeErased(t *testing.T) {
	k := newKept(t)
	bob := k.person(t, "bob", Member)
	own := k.collection(t, "Bob", Grants{"user:" + bob.UserID})
	doc := k.add(t, k.principal(t, bob.UserID), own, "moi.txt", "Mes notes de santé.")
	file := k.backup(t)
	k.lose(t, doc.ID)
	k.do(t, chain.CollectionDelete, func(tx *Tx) error { return tx.DeleteCollection(own.ID) })
	k.do(t, chain.UserErase, func(tx *Tx) error {
		u, err := tx.User(bob.UserID)
		if err != nil {
			return err
		}
		return tx.erasePerson(u, "")
	})
	for _, into := range []string{"", k.open.ID} {
		out := k.take(t, TakeRequest{PartRequest: k.part(file), As: Operator("test"), Documents: []string{doc.ID}, Into: into})
		if got := partStates(out.Documents); !slices.Equal(got, []string{PartErased}) || len(out.Remade) != 0 {
			t.Errorf("into %q: %v %v", into, got, out.Remade)
		}
	}
}

// TestTakeRefused: each reason has its code, and nothing changes.
func TestTakeRefused(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	written := func(b []byte) string {
		path := filepath.Join(t.TempDir(), "b.age")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	flipped := slices.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	stranger, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	other := newKept(t)
	other.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting(SettingBackupRecovery, k.to) })
	for _, c := range []struct {
		code string
		q    TakeRequest
		id   []backupfile.Identity
	}{
		{code: "part-what", q: TakeRequest{PartRequest: k.part(file)}},
		{code: "part-what", q: TakeRequest{PartRequest: k.part(file), Documents: k.docs, Collection: k.open.ID}},
		{code: "part-absent", q: TakeRequest{PartRequest: k.part(file), Documents: []string{"nothing"}}},
		{code: "part-absent", q: TakeRequest{PartRequest: k.part(file), Collection: "nothing"}},
		{code: "collection-not-found", q: TakeRequest{PartRequest: k.part(file), Documents: k.docs, Into: "nowhere"}},
		{code: "part-other-firm", q: TakeRequest{PartRequest: k.part(other.backup(t)), Documents: k.docs}},
		{code: "backup-cut", q: TakeRequest{PartRequest: k.part(written(whole[:len(whole)/2])), Documents: k.docs}},
		{code: "backup-damaged", q: TakeRequest{PartRequest: k.part(written(flipped)), Documents: k.docs}},
		{code: "backup-locked", q: TakeRequest{PartRequest: k.part(file), Documents: k.docs}, id: []backupfile.Identity{stranger}},
	} {
		c.q.As = k.admin
		if c.id != nil {
			c.q.Identity.Identities = c.id
		}
		if _, err := k.root.TakeFromBackup(t.Context(), k.Tenant, c.q); AsError(err).Code != c.code {
			t.Errorf("%v, want %s", err, c.code)
		}
	}
	k.root.ChangeTenant(t.Context(), CLI("test"), "acme", nil, &Quota{Documents: 1}, "")
	k.lose(t, k.docs[0])
	k.do(t, chain.DocumentDelete, func(tx *Tx) error { return tx.DeleteDocument(k.admin, k.docs[1]) })
	before, _ := k.Head()
	if _, err := k.root.TakeFromBackup(t.Context(), k.Tenant, TakeRequest{PartRequest: k.part(file), As: k.admin, Documents: k.docs}); AsError(err).Code != "quota-documents" {
		t.Error(err)
	}
	if after, _ := k.Head(); after != before {
		t.Errorf("%d entries of what was refused", after-before)
	}
}

// takeUntilKilled is a child of TestKilledTake.
func takeUntilKilled(dir, file, identity, collection, step string) int {
	text, err := os.ReadFile(identity)
	if err != nil {
		return 1
	}
	id, err := ParseBackupIdentity(text)
	if err != nil {
		return 1
	}
	r, err := OpenRoot(dir, Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	tn, _, err := r.Acquire("acme")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	killAt(step)
	q := TakeRequest{PartRequest: PartRequest{By: CLI("x"), File: file, Identity: id}, As: Operator("x"), Collection: collection}
	if step == "part-open" {
		_, _, err = r.OpenPart(context.Background(), tn, q.PartRequest)
	} else {
		_, err = r.TakeFromBackup(context.Background(), tn, q)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestKilledTake: whatever the step at which the box dies, there are whole documents
// and the same request brings the rest.
func TestKilledTake(t *testing.T) {
	for _, step := range []string{"part-open", "take-entered", "take-received", "take-one", "40ms"} {
		t.Run(step, func(t *testing.T) {
			k := newKept(t)
			file, identity := k.backup(t), filepath.Join(t.TempDir(), "id.txt")
			if err := os.WriteFile(identity, []byte(k.text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, id := range k.docs {
				k.lose(t, id)
			}
			dir := k.root.Dir
			if err := k.root.Close(); err != nil {
				t.Fatal(err)
			}
			killedChild(t, "__take", dir, file, identity, k.open.ID, step)
			r := newRoot(t, dir, nil)
			defer r.Close()
			tn, release, err := r.Acquire("acme")
			if err != nil {
				t.Fatal(err)
			}
			defer release()
			q := TakeRequest{PartRequest: k.part(file), As: Operator("x"), Collection: k.open.ID}
			out, err := r.TakeFromBackup(t.Context(), tn, q)
			if err != nil || len(out.Documents) != 2 {
				t.Fatalf("%+v, %v", out, err)
			}
			if err := tn.Check(); err != nil {
				t.Error(err)
			}
			jobs := 0
			tn.View(func(v *View) error { all, err := v.Jobs(); jobs = len(all); return err })
			if jobs != 2 {
				t.Errorf("%d jobs for two documents", jobs)
			}
			for _, name := range left(t, dir) {
				if strings.HasPrefix(name, scratchPrefix) {
					t.Error("left in clear:", name)
				}
			}
		})
	}
}
