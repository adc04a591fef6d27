package store

import (
	"testing"

	"coffre/chain"
)

func TestIdentity(t *testing.T) {
	f := newFirm(t)
	put := func(i Identity) error {
		_, err := f.Update(t.Context(), System("test"), chain.Event{Action: chain.UserUpdate}, func(tx *Tx) error { return tx.PutIdentity(i) })
		return err
	}
	alice := Identity{Provider: "directory", Subject: "s1", UserID: f.alice.UserID, Login: "alice"}
	if err := put(alice); err != nil {
		t.Fatal(err)
	}
	alice.State = "locked"
	if err := put(alice); err != nil {
		t.Errorf("again: %v", err)
	}
	for _, x := range []struct {
		code string
		i    Identity
	}{
		{"identity-taken", Identity{Provider: "directory", Subject: "s1", UserID: f.carol.UserID}},
		{"identity-taken", Identity{Provider: "directory", Subject: "s1"}},
		{"invalid-name", Identity{Provider: "directory", UserID: f.carol.UserID}},
		{"invalid-name", Identity{Provider: "a\x00b", Subject: "c", UserID: f.carol.UserID}},
	} {
		if got := AsError(put(x.i)).Code; got != x.code {
			t.Errorf("%s instead of %s", got, x.code)
		}
	}
	f.do(t, chain.UserUpdate, func(tx *Tx) error {
		if i, err := tx.Identity("directory", "s1"); err != nil || i.UserID != f.alice.UserID || i.State != "locked" {
			t.Errorf("%+v %v", i, err)
		}
		if _, err := tx.Identity("prv-1", "s1"); !IsNotFound(err) {
			t.Errorf("another provider's: %v", err)
		}
		if of, _ := tx.IdentitiesOf(f.alice.UserID); len(of) != 1 {
			t.Errorf("%d identities", len(of))
		}
		return tx.DeleteIdentity("directory", "s1")
	})
	f.do(t, chain.UserUpdate, func(tx *Tx) error {
		if all, err := tx.Identities("directory"); len(all) != 0 || err != nil {
			t.Errorf("%d are left, %v", len(all), err)
		}
		return nil
	})
}
