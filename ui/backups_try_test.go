package ui

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffre/store"
	"coffre/ui/words"
)

// TestTryRestore: one button makes a backup and tries it, nobody waits for it, and
// what came of it is in the list.
func TestTryRestore(t *testing.T) {
	x, _ := guardedBox(t)
	adam := x.session(x.person(x.a, "ada", store.Admin))
	c := x.collection(x.a, "Commun", store.Grants{store.Everyone}, store.Grants{store.Everyone})
	x.settle(x.a, x.add(x.a, c, "bail.txt", "Le bail expire en mars.").ID)
	if r := x.call(adam, "GET", "/settings/backups", nil); !strings.Contains(r.body, "/settings/backups/try") {
		t.Error("no button")
	}
	if r := x.call(adam, "POST", "/settings/backups/try", url.Values{}); r.status != http.StatusSeeOther {
		t.Fatal(r.status, r.body)
	}
	var all []store.DrillRecord
	for until := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		r := x.call(adam, "GET", "/settings/backups/tried", nil)
		if r.status != http.StatusOK {
			t.Fatal(r.status)
		}
		x.a.View(func(v *store.View) (err error) { all, err = v.Drills(); return err })
		running := strings.Contains(r.body, "every 2s")
		if len(all) == 1 && !running {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("after a minute: %d trials, running %v", len(all), running)
		}
	}
	if !all[0].OK || all[0].Originals != 1 || all[0].By.Kind != "user" {
		t.Errorf("%+v", all[0])
	}
	// One that fails is red on every page, until one succeeds.
	red := func() bool {
		r := unescaped(x.call(adam, "GET", "/ask", nil).body)
		return strings.Contains(r, words.French.T("backups.alarm-failed")) || strings.Contains(r, words.English.T("backups.alarm-failed"))
	}
	if red() {
		t.Error("red after a trial that succeeded")
	}
	bad := filepath.Join(t.TempDir(), "bad.age")
	if err := os.WriteFile(bad, []byte("age-encryption.org/v1\nno backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	if rec, err := x.root.Drill(t.Context(), store.DrillRequest{By: store.System("test"), Tenant: x.a.ID, Path: bad, Backup: store.NewID()}); err != nil || rec.OK {
		t.Fatalf("%+v %v", rec, err)
	}
	if !red() {
		t.Error("not red after a trial that failed")
	}
	if r := x.call(adam, "GET", "/settings/backups", nil); !strings.Contains(r.body, "banner tone-bad") {
		t.Error("the page isn't red")
	}
}
