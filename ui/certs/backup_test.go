package certs

import (
	"os"
	"path/filepath"
	"testing"

	"coffre/store"
	"coffre/vault/backupfile"
)

// TestFilesAreInBackups: what this package writes comes back after a restore, except
// the certificate that is for the names of one machine; and a kill leaves no key about.
func TestFilesAreInBackups(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".certs-4711"), []byte("half a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := newManager(t, dir, Options{})
	if _, err := m.AccountKey("https://ca.firm.lan/directory"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Request(NewRequest{Names: []string{"coffre.firm.lan"}, Key: KeyECDSA}); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "keys")
	newManager(t, other, Options{})
	pair, err := os.ReadFile(filepath.Join(other, "server.pem"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.Examine(Handed{Chain: pair, Anyway: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Install(c); err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadDir(dir)
	if err != nil || len(all) != 6 {
		t.Fatalf("%v %v", all, err)
	}
	for _, e := range all {
		if in := backupfile.KnownName("keys/" + e.Name()); in != backupfile.IsHTTPS("keys/"+e.Name()) || in == (e.Name() == "server.pem") {
			t.Errorf("%s in backups: %v", e.Name(), in)
		}
	}
}

// TestRenewsAsRestoresSay: a restore says of an authority what this package does.
func TestRenewsAsRestoresSay(t *testing.T) {
	if store.AuthorityRenews != renewAt {
		t.Errorf("%v and %v before its end", store.AuthorityRenews, renewAt)
	}
}
