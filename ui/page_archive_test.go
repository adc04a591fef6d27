package ui

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"coffre/auth"
	"coffre/store"
)

// TestArchiveFolder: with several firms on the box only the operator chooses the
// folder; what is wrong with it stands beside the field.
func TestArchiveFolder(t *testing.T) {
	x := newBox(t, nil)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	dir := t.TempDir()
	r := x.call(adam, "POST", "/settings/archive", url.Values{store.SettingWormDir: {dir}})
	if r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "coffre settings set") {
		t.Errorf("one firm's administrator: %d", r.status)
	}
	if r := x.call(adam, "PATCH", "/api/v1/settings", map[string]string{store.SettingWormDir: dir}); r.code() != "worm-operator" {
		t.Errorf("by REST: %d %s", r.status, r.body)
	}
	page := x.call(adam, "GET", "/settings/record", nil)
	if !strings.Contains(page.body, `id="archive"`) || strings.Contains(page.body, `action="/settings/archive"`) {
		t.Error("the card is missing, or offers what is refused")
	}
	q := &request{s: x.server, t: x.a, p: store.Operator("root")}
	for bad, code := range map[string]string{
		x.root.Dir + "/archive": "worm-inside", "archive": "worm-inside", dir + "/none": "worm-folder",
	} {
		if err := q.checkWormDir(bad); store.AsError(err).Code != code {
			t.Errorf("%s: %v, want %s", bad, err, code)
		}
	}
	if err := q.checkWormDir(dir); err != nil || !auth.Allowed(q.p, auth.SettingsAdmin) {
		t.Errorf("the operator: %v", err)
	}
	x.do(x.a, "settings.update", func(tx *store.Tx) error { return tx.PutSetting(store.SettingWormDir, dir) })
	if _, err := x.a.RotateKey(t.Context(), store.System("test")); err != nil {
		t.Fatal(err)
	}
	var got archiveJSON
	for range 6000 {
		if x.call(adam, "GET", "/api/v1/audit/archive", nil).json(t, &got); got.Dir == dir && got.Checkpoint > 0 && got.Waiting == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got.Checkpoint == 0 || got.Waiting != 0 || len(got.Differs) != 0 {
		t.Errorf("%+v", got)
	}
	if page := x.call(adam, "GET", "/settings/record", nil); !strings.Contains(page.body, dir) || !strings.Contains(page.body, "tone-good") {
		t.Error("the card does not show the copy")
	}
	x.twoForTheFolder(t, dir)
}

// twoForTheFolder: the operator's command asks too, and the folder moves when
// both administrators have agreed.
func (x *box) twoForTheFolder(t *testing.T, dir string) {
	t.Helper()
	other := t.TempDir()
	x.person(x.a, "bea", store.Admin)
	q := &request{s: x.server, t: x.a, p: store.Operator("root"), r: httptest.NewRequest("PATCH", "/api/v1/settings", nil)}
	in := map[string]string{store.SettingWormDir: other, "ui.language": "en"}
	if _, err := q.changeSettings(in, said{}); store.AsError(err).Code != "reason" {
		t.Errorf("without a reason: %v", err)
	}
	asked, err := q.changeSettings(in, said{reason: "le NAS est remplacé"})
	if err != nil || asked == nil || asked.Needs != 2 {
		t.Fatalf("%+v %v", asked, err)
	}
	err = x.a.View(func(v *store.View) error {
		if d, l := v.Setting(store.SettingWormDir, ""), v.Setting("ui.language", ""); d != dir || l != "en" {
			t.Errorf("folder %q, language %q", d, l)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
