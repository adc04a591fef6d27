package ui

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffre/store"
)

// TestHealthOfAPartialBackup: while another firm of the box doesn't open, the backup and
// its trial are amber for the one that does, and the page says so.
func TestHealthOfAPartialBackup(t *testing.T) {
	x := newBox(t, nil)
	if _, err := x.root.CreateTenant(x.ctx, store.Operator("test").Actor, store.NewTenant{ID: "gamma", Firm: "Gamma", Hosts: []string{"gamma.test"}}); err != nil {
		t.Fatal(err)
	}
	adam := x.session(x.person(x.a, "adam", store.Admin))
	if _, err := x.a.MakeBackupKit(x.ctx, store.System("test"), ""); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(x.dir, "tenants", "gamma", "store.db"), 8192); err != nil {
		t.Fatal(err)
	}
	b, err := x.root.PrepareBackup(x.ctx, store.BackupRequest{By: store.Operator("test").Actor, Tenant: "alpha", Way: store.WayFile})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Write(x.ctx, io.Discard); err != nil {
		t.Fatal(err)
	}
	b.Close()
	if rec, err := x.root.Drill(x.ctx, store.DrillRequest{By: store.Operator("test").Actor, Tenant: "alpha"}); err != nil || !rec.OK || rec.Damaged != 1 {
		t.Fatalf("%+v %v", rec, err)
	}
	x.clock.advance(time.Minute)
	var r healthJSON
	x.call(adam, "GET", "/api/v1/health", nil).json(t, &r)
	for _, name := range []string{"backup", "drill"} {
		if c := r.check(t, name); c.Verdict != "warn" || c.Code != "partial" || c.Remedy == "" {
			t.Errorf("%+v", c)
		}
	}
	if c := r.check(t, "firms"); c.Verdict != "bad" {
		t.Errorf("%+v", c)
	}
	for _, lang := range []string{"fr", "en"} {
		page := unescaped(x.call(adam.speaking(lang), "GET", "/settings/backups", nil).body)
		if !strings.Contains(page, "autre entreprise de la machine") && !strings.Contains(page, "other firm of the box") {
			t.Errorf("%s: the page doesn't say it", lang)
		}
	}
}
