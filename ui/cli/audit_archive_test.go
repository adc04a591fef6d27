package cli

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// archived is an archive folder with so many segments, and a file with the keys.
func archived(t *testing.T, segments int) (dir, keys string, files []string) {
	t.Helper()
	dir = t.TempDir()
	root, err := store.OpenRoot(filepath.Join(t.TempDir(), "data"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	kit, err := root.CreateTenant(t.Context(), store.System("test"), store.NewTenant{ID: "acme", Firm: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	tn, release, err := root.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for range segments {
		if _, err := tn.RotateKey(t.Context(), store.System("test")); err != nil {
			t.Fatal(err)
		}
	}
	closed, _ := tn.Head()
	ev := chain.Event{Action: chain.SettingsUpdate}
	_, err = tn.Update(t.Context(), store.System("test"), ev, func(tx *store.Tx) error { return tx.PutSetting(store.SettingWormDir, dir) })
	for deadline := time.Now().Add(time.Minute); err == nil && tn.WormState().Segment < closed; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not archived within a minute: %+v", tn.WormState())
		}
	}
	keys = filepath.Join(t.TempDir(), "first.key")
	if err == nil {
		err = os.WriteFile(keys, []byte(kit.FirstKey+"\n"+kit.RecoveryKey+"\n"), 0o600)
	}
	if err == nil {
		files, err = filepath.Glob(filepath.Join(dir, "*", "1", "segment-*"))
	}
	if err != nil || len(files) != segments {
		t.Fatalf("%d segments, %v", len(files), err)
	}
	return dir, keys, files
}

// TestAuditVerifyArchive: a folder is verified as a whole, and names the file
// that is at fault; a segment is not taken for an export.
func TestAuditVerifyArchive(t *testing.T) {
	dir, keys, files := archived(t, 3)
	run(t, nil, "audit", "verify", "--file", dir, "--key", keys).want(t, ExitDone, "3 segments in a row", "")
	run(t, nil, "audit", "verify", "--file", filepath.Dir(filepath.Dir(files[0])), "--key", keys, "--json").want(t, ExitDone, `"authentic":true`, "")
	run(t, nil, "audit", "verify", "--file", files[2], "--key", keys).want(t, ExitUsage, "", "a segment of an archive")
	run(t, nil, "audit", "verify", "--file", t.TempDir()).want(t, ExitUsage, "", "No archive segment")
	if err := os.Remove(files[1]); err != nil {
		t.Fatal(err)
	}
	run(t, nil, "audit", "verify", "--file", dir, "--key", keys).want(t, ExitUnverified, "File: 1/"+filepath.Base(files[2]), "")
}
