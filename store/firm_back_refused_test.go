package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"filippo.io/age"

	"coffre/chain"
	"coffre/vault/backupfile"
)

func TestReturnRefused(t *testing.T) {
	x := newReturning(t)
	x.start(t)
	x.suspend(t)
	whole, err := os.ReadFile(x.file)
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
	foreign := newKept(t)
	foreign.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting(SettingBackupRecovery, x.to) })
	elsewhere := foreign.backup(t)
	both := x.identity
	both.Recovery = slices.Concat(both.Recovery, foreign.identity.Recovery)
	_, boxNote := x.root.Box.Head()
	name, _, _ := strings.Cut(x.kits["acme"].FirstKey, "+")
	forged, err := chain.NewSigner(name)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		code   string
		change func(q *FirmReturnRequest)
	}{
		"another name":        {"tenant-confirm", func(q *FirmReturnRequest) { q.Confirm = "acme" }},
		"no such firm":        {"not-found", func(q *FirmReturnRequest) { q.Tenant = "nobody" }},
		"the box":             {"not-found", func(q *FirmReturnRequest) { q.Tenant = BoxID }},
		"half":                {"backup-cut", func(q *FirmReturnRequest) { q.File = written(whole[:len(whole)/2]) }},
		"a bit":               {"backup-damaged", func(q *FirmReturnRequest) { q.File = written(flipped) }},
		"no backup":           {"backup-other", func(q *FirmReturnRequest) { q.File = written([]byte("hello")) }},
		"a stranger":          {"backup-locked", func(q *FirmReturnRequest) { q.Identity.Identities = []backupfile.Identity{stranger} }},
		"no identity":         {"backup-identity", func(q *FirmReturnRequest) { q.Identity.Identities = nil }},
		"no recovery key":     {"firm-key", func(q *FirmReturnRequest) { q.Identity.Recovery = nil }},
		"another box":         {"firm-other-box", func(q *FirmReturnRequest) { q.File, q.Identity = elsewhere, both }},
		"another first key":   {"backup-chain", func(q *FirmReturnRequest) { q.FirstKey = forged.Verifier() }},
		"the box's first key": {"part-other-firm", func(q *FirmReturnRequest) { q.FirstKey = x.kits[BoxID].FirstKey }},
		"the box's note":      {"restore-checkpoint", func(q *FirmReturnRequest) { q.Known = []string{boxNote} }},
		"no note":             {"restore-checkpoint", func(q *FirmReturnRequest) { q.Known = []string{"hello"} }},
		"a later note":        {"firm-behind", func(q *FirmReturnRequest) { q.Known = []string{x.note} }},
	} {
		q := x.ask()
		c.change(&q)
		if _, err := x.root.ReturnFirm(t.Context(), q); code(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	x.same(t)
}

// TestReturnRefusedByState: a firm that was destroyed, one that is to be, one that
// the backup doesn't know, and one that is sealed otherwise by now, don't come back.
func TestReturnRefusedByState(t *testing.T) {
	x := newReturning(t)
	x.start(t)
	x.suspend(t)
	if _, err := x.root.CreateTenant(t.Context(), System("test"), NewTenant{ID: "late", Firm: "Late", Hosts: []string{"late.test"}}); err != nil {
		t.Fatal(err)
	}
	q := x.ask()
	q.Tenant, q.Confirm = "late", "Late"
	if _, err := x.root.ReturnFirm(t.Context(), q); code(err) != "part-no-firm" {
		t.Error("unknown then:", err)
	}
	ask := DestroyRequest{Tenant: "acme", Confirm: "Acme", Reason: "the contract has ended", Unexported: true}
	if _, err := x.root.AskDestruction(t.Context(), Operator("uid-1"), ask); err != nil {
		t.Fatal(err)
	}
	if _, err := x.root.ReturnFirm(t.Context(), x.ask()); code(err) != "tenant-leaving" {
		t.Error("about to go:", err)
	}
	if _, err := x.root.KeepTenant(t.Context(), Operator("uid-1"), "acme", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := x.root.ReturnFirm(t.Context(), x.ask()); err != nil {
		t.Fatal(err)
	}
	ask.Now, ask.PaperKey = true, x.kits[BoxID].RecoverySecret
	if _, err := x.root.AskDestruction(t.Context(), Operator("uid-1"), ask); err != nil {
		t.Fatal(err)
	}
	if names := left(t, filepath.Join(x.dir, formerDir)); len(names) != 0 {
		t.Errorf("left of a destroyed firm: %v", names)
	}
	if _, err := x.root.ReturnFirm(t.Context(), x.ask()); code(err) != "firm-destroyed" {
		t.Error("destroyed:", err)
	}
}

// TestReturnOtherMaster: after a new master identity the backups from before bring no
// firm back, since its secrets would not open.
func TestReturnOtherMaster(t *testing.T) {
	x := newReturning(t)
	x.start(t)
	x.suspend(t)
	if _, err := x.root.Rekey(t.Context(), CLI("test"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := x.root.ReturnFirm(t.Context(), x.ask()); code(err) != "firm-master" {
		t.Error(err)
	}
	x.same(t)
}

// TestReturnBesideOthers: the other firm goes on through all of it.
func TestReturnNoRoom(t *testing.T) {
	x := newReturning(t)
	r, err := OpenRoot(x.dir, Options{Disk: func(string) (uint64, uint64, error) { return 1 << 40, 1 << 62, nil }})
	if err != nil {
		t.Fatal(err)
	}
	x.root = r
	t.Cleanup(func() { r.Close() })
	x.suspend(t)
	if _, err := r.ReturnFirm(t.Context(), x.ask()); !noRoom(err) {
		t.Error(err)
	}
	x.same(t)
}

func TestReturnMounted(t *testing.T) {
	x := newReturning(t)
	here, there := filepath.Join(x.dir, "tenants", "acme"), filepath.Join(t.TempDir(), "acme")
	if err := errors.Join(os.Rename(here, there), os.Symlink(there, here)); err != nil {
		if errors.Is(err, syscall.EXDEV) {
			t.Skip("temporary directories on two disks")
		}
		t.Fatal(err)
	}
	x.start(t)
	x.suspend(t)
	if _, err := x.root.ReturnFirm(t.Context(), x.ask()); code(err) != "restore-mount" {
		t.Error(err)
	}
	x.same(t)
}
