package store

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"coffre/chain"
)

// TestDrill: a trial restore of a backup made now is passed, with a certificate
// that the firm's journal bears out, and leaves nothing behind.
func TestDrill(t *testing.T) {
	k := newKept(t)
	k.do(t, chain.TrialCreate, func(tx *Tx) error {
		_, err := tx.CreateTrial(k.admin, TrialInput{Question: "Quel est le loyer du bail ?", Documents: []string{k.docs[0]}})
		return err
	})
	rec, err := k.root.Drill(t.Context(), DrillRequest{By: CLI("test")})
	if err != nil {
		t.Fatal(err)
	}
	if !rec.OK || rec.Originals != 2 || rec.Passages != 3 || rec.Questions != 1 || rec.Found != 1 || rec.Root == "" || rec.Size == 0 || rec.Leaks+rec.Misses > 0 {
		t.Errorf("%+v", rec)
	}
	k.View(func(v *View) error {
		all, err := v.Drills()
		if err != nil || len(all) != 1 || all[0].Seq != rec.Seq || all[0].ID != rec.ID {
			t.Errorf("%+v %v", all, err)
		}
		e, err := v.entry(rec.Seq)
		if err != nil || e.Action != chain.BackupDrill || e.Outcome != "ok" {
			t.Errorf("%+v %v", e, err)
		}
		made, err := v.Backups()
		if err != nil || len(made) != 1 || made[0].State != BackupDone || made[0].Way != WayDrill || made[0].ID != rec.Backup {
			t.Errorf("%+v %v", made, err)
		}
		return nil
	})
	if names, _ := filepath.Glob(filepath.Join(k.root.Dir, scratchPrefix+"*")); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
	k.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting(SettingBackupRecovery, "") })
	if rec, err := k.root.Drill(t.Context(), DrillRequest{By: CLI("test")}); err != nil || !rec.OK {
		t.Errorf("without recipients: %+v %v", rec, err)
	}
}

// TestDrillFails: a backup that is no good is a failed certificate, not silence.
func TestDrillFails(t *testing.T) {
	k := newKept(t)
	file := k.backup(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 4
	for code, b := range map[string][]byte{"": whole, "backup-cut": whole[:len(whole)/2], "backup-damaged": flipped} {
		path := filepath.Join(t.TempDir(), "b.age")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		rec, err := k.root.Drill(t.Context(), DrillRequest{By: CLI("test"), Path: path, Identities: k.identity.Identities, Backup: "b"})
		if err != nil || rec.Code != code || rec.OK != (code == "") || rec.Seq == 0 {
			t.Errorf("%q: %+v %v", code, rec, err)
		}
		rec, err = k.root.Drill(t.Context(), DrillRequest{By: CLI("test"), Path: path, Identities: k.identity.Identities})
		if err != nil || rec.Code != code || rec.Seq == 0 || (rec.Backup == "") != (code != "") {
			t.Errorf("%q, its id unknown: %+v %v", code, rec, err)
		}
	}
}
