package store

import (
	"path/filepath"
	"testing"
	"time"
)

// TestDestroyedAfterRestore: a backup from before a firm's destruction is restored
// with the ledger at hand: the report names the firm, and the first opening destroys
// it again.
func TestDestroyedAfterRestore(t *testing.T) {
	k := newKept(t)
	q := k.request(k.backup(t), filepath.Join(t.TempDir(), "new"))
	when := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	q.Destroyed = []Destroyed{{Tenant: "acme", Firm: "Acme", Time: when, Backups: -1}, {Tenant: "never", Firm: "Never", Time: when}}
	rep, err := RestoreBackup(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Destroyed) != 1 || rep.Destroyed[0].Tenant != "acme" {
		t.Errorf("the report names %+v", rep.Destroyed)
	}
	r := newRoot(t, q.Data, nil)
	defer r.Close()
	if _, _, err := r.Acquire("acme"); !IsNotFound(err) {
		t.Errorf("the firm is back: %v", err)
	}
	if c, err := r.TenantCertificate("acme"); err != nil || !c.Replayed || c.Ended.IsZero() || !c.Time.Equal(when) {
		t.Errorf("%+v %v", c.Destroyed, err)
	}
	if names := left(t, filepath.Join(q.Data, "tenants")); len(names) != 0 {
		t.Errorf("left: %q", names)
	}
}
