package store

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"testing"

	"coffre/chain"
	"coffre/vault/backupfile"
)

// TestBackupSealed: whoever opens a backup finds secrets and private parts sealed as
// they are in the database, under the master identity; the restored box opens them.
func TestBackupSealed(t *testing.T) {
	k := newKept(t)
	const asked = "licenciement de Camille Ferrand"
	c := k.keep(t, "gateway", plantedKey)
	seq, err := k.Update(t.Context(), Person(k.alice.UserID), chain.Event{Action: chain.SearchQuery, Private: chain.Detail{"query": asked}}, func(*Tx) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	file := k.backup(t)
	sealed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o, err := backupfile.Open(bytes.NewReader(sealed), k.identity.Identities)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(o)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(plain, []byte("Le bail expire")) {
		t.Fatal("its text is not looked at")
	}
	for _, text := range []string{plantedKey, asked} {
		for form, b := range map[string][]byte{
			"as it is": []byte(text), "in hex": []byte(hex.EncodeToString([]byte(text))), "in base64": []byte(base64.StdEncoding.EncodeToString([]byte(text))[:len(text)]),
		} {
			if bytes.Contains(plain, b) || bytes.Contains(sealed, b) {
				t.Errorf("%.4s… lies in a backup %s", text, form)
			}
		}
	}
	target := filepath.Join(t.TempDir(), "new")
	if _, err := RestoreBackup(t.Context(), k.request(file, target)); err != nil {
		t.Fatal(err)
	}
	f := reopen(t, target)
	f.alice = f.principal(t, k.alice.UserID)
	if value, err := f.opened(useOf(c.ID)); err != nil || value != plantedKey {
		t.Errorf("the restored box opens its secret: %v", err)
	}
	f.View(func(v *View) error {
		if p, err := v.Private(seq); err != nil || p["query"] != asked {
			t.Errorf("the restored box opens its private parts: %v", err)
		}
		return nil
	})
}
