package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/vault"
	"coffre/vault/paper"
)

func (f *firm) kit(t *testing.T) (k BackupKit, setting string) {
	t.Helper()
	err := f.View(func(v *View) (err error) {
		k, err = v.BackupKit()
		setting = v.Setting(SettingBackupRecovery, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return k, setting
}

// TestKitLife: made, typed back, replaced; and what was replaced is remembered.
func TestKitLife(t *testing.T) {
	f := newFirm(t)
	if k, setting := f.kit(t); k.Recipient != "" || k.Mark() != "" || setting != "" {
		t.Error("a kit that nobody made", k.Mark())
	}
	made, err := f.MakeBackupKit(t.Context(), System("setup"), "")
	if err != nil {
		t.Fatal(err)
	}
	k, setting := f.kit(t)
	if k.Recipient != made.Recipient() || setting != k.Recipient || !k.Confirmed.IsZero() || k.Made.IsZero() {
		t.Errorf("%+v", k)
	}
	if _, err := f.MakeBackupKit(t.Context(), System("setup"), ""); AsError(err).Code != "kit-there" {
		t.Error(err)
	}
	act := func(fn func(*Tx) error) error {
		_, err := f.Update(t.Context(), f.admin.Actor, chain.Event{Action: chain.BackupKit}, fn)
		return err
	}
	next, err := vault.NewRecovery()
	if err != nil {
		t.Fatal(err)
	}
	if err := act(func(tx *Tx) error { return tx.ConfirmBackupKit(next.Recipient()) }); AsError(err).Code != "kit-other" {
		t.Error(err)
	}
	if err := act(func(tx *Tx) error { return tx.ConfirmBackupKit(made.Recipient()) }); err != nil {
		t.Error(err)
	}
	if k, _ = f.kit(t); k.Confirmed.IsZero() {
		t.Error("not confirmed")
	}
	if err := act(func(tx *Tx) error { return tx.PutBackupKit(next.Recipient(), true) }); err != nil {
		t.Error(err)
	}
	k, setting = f.kit(t)
	if k.Recipient != next.Recipient() || setting != k.Recipient || len(k.Former) != 1 || k.Former[0].Mark != vault.RecipientMark(made.Recipient()) || k.Former[0].Ended.Before(k.Former[0].Made) {
		t.Errorf("%+v", k.Former)
	}
	for range 2 * keptFormer {
		if err := act(func(tx *Tx) error { return tx.PutBackupKit(made.Recipient(), true) }); err != nil {
			t.Fatal(err)
		}
	}
	if k, _ = f.kit(t); len(k.Former) != keptFormer {
		t.Errorf("%d former kits", len(k.Former))
	}
}

// TestKitStaysOnPaper: no file of the box holds what opens its backups.
func TestKitStaysOnPaper(t *testing.T) {
	dir := t.TempDir()
	f := newFirmAt(t, dir, time.Now)
	made, err := f.MakeBackupKit(t.Context(), System("setup"), "")
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{made.Identity()[20:60], strings.Join(made.Words(paper.French)[:3], " "), strings.Join(made.Words(paper.English)[:3], " ")}
	read, found := 0, false
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		read++
		found = found || strings.Contains(string(b), made.Recipient()[:200])
		for _, s := range secrets {
			if strings.Contains(string(b), s) || strings.Contains(string(b), strings.ToLower(s)) {
				t.Errorf("%s holds the kit's secret", path)
			}
		}
		return err
	})
	if err != nil || read < 3 || !found {
		t.Error(read, found, err)
	}
}
