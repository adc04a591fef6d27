package ui

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// check is one of a report's.
func (r healthJSON) check(t *testing.T, name string) healthCheckJSON {
	t.Helper()
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no check %s", name)
	return healthCheckJSON{}
}

// TestHealthSeesWhatIsWrong breaks something real, and mends it: the report, the
// page, the badge and the history follow.
func TestHealthSeesWhatIsWrong(t *testing.T) {
	x := newBox(t, nil)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	lea := x.session(x.person(x.a, "lea", store.Member))
	look := func() (r healthJSON) {
		x.clock.advance(5e9) // a report holds for some seconds
		x.call(adam, "GET", "/api/v1/health", nil).json(t, &r)
		return r
	}
	if c := look().check(t, "modes"); c.Verdict != "ok" {
		t.Fatalf("a new box: %+v", c)
	}
	key := filepath.Join(x.dir, "keys", "master.age")
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	x.clock.advance(60e9) // what holds for the machine, too
	r := look()
	if c := r.check(t, "modes"); c.Verdict != "bad" || c.Remedy == "" || !strings.Contains(c.Reason, "keys/master.age") || r.Verdict != "bad" {
		t.Errorf("%+v", c)
	}
	if len(r.Changes) == 0 || r.Changes[0].Name != "modes" || r.Changes[0].From != "ok" || r.Changes[0].To != "bad" {
		t.Errorf("history %+v", r.Changes)
	}
	for path, want := range map[string]bool{"/ask": true, "/health": true} {
		if body := x.call(adam, "GET", path, nil).body; strings.Contains(body, "nav-badge tone-bad") != want {
			t.Errorf("%s: badge %v", path, !want)
		}
	}
	if body := x.call(lea, "GET", "/ask", nil).body; strings.Contains(body, "nav-badge") || strings.Contains(body, `href="/health"`) {
		t.Error("a member sees the badge")
	}
	if err := os.Chmod(key, 0o600); err != nil {
		t.Fatal(err)
	}
	x.clock.advance(60e9)
	if c := look().check(t, "modes"); c.Verdict != "ok" {
		t.Errorf("mended: %+v", c)
	}
}

// TestFullDisk: below the reserve nothing large comes in, everybody is told, and
// all else goes on.
func TestFullDisk(t *testing.T) {
	var free atomic.Uint64
	free.Store(500 << 30)
	x := newBoxOn(t, func(string) (uint64, uint64, error) { return free.Load(), 1000 << 30, nil })
	admin, member := x.person(x.a, "adam", store.Admin), x.person(x.a, "lea", store.Member)
	everyone := store.Grants{store.Everyone}
	c := x.collection(x.a, "Commun", everyone, everyone)
	d := x.add(x.a, c, "a.txt", "Un préavis de trois mois est donné par écrit.")
	adam, lea := x.session(admin), x.session(member)

	free.Store(1 << 30)
	x.root.ForgetRoom()
	for _, try := range []struct {
		path string
		body any
	}{
		{"/api/v1/documents", uploadOf(c.ID, "b.txt", "Un autre texte.")},
		{"/api/v1/ask", map[string]any{"question": "préavis"}},
		{"/ask", url.Values{"question": {"préavis"}}},
		{"/documents", uploadOf(c.ID, "b.txt", "Un autre texte.")},
	} {
		r := x.call(lea, "POST", try.path, try.body)
		if r.status != http.StatusInsufficientStorage || strings.HasPrefix(try.path, "/api/") && r.code() != "disk-reserve" {
			t.Errorf("POST %s: %d %.300s", try.path, r.status, r.body)
		}
	}
	if body := x.call(lea.speaking("en"), "GET", "/ask", nil).body; !strings.Contains(body, "The disk is nearly full") {
		t.Error("a member isn't told")
	}
	for _, r := range []reply{
		x.call(adam, "GET", "/api/v1/audit/entries", nil), x.call(adam, "POST", "/api/v1/audit/verify", nil), x.call(lea, "GET", "/search?q=préavis", nil),
		x.call(adam, "GET", "/documents/"+d.ID, nil),
	} {
		if r.status != http.StatusOK {
			t.Errorf("what takes no room: %d %.200s", r.status, r.body)
		}
	}
	x.session(member)
	if r := x.call(lea, "DELETE", "/api/v1/documents/"+d.ID, nil); r.status != http.StatusNoContent {
		t.Errorf("a deletion: %d", r.status)
	}
	x.do(x.a, chain.SettingsUpdate, func(tx *store.Tx) error { return tx.PutSetting("ui.language", "en") })

	free.Store(500 << 30)
	x.root.ForgetRoom()
	if r := x.call(lea, "POST", "/api/v1/ask", map[string]any{"question": "préavis"}); r.status != http.StatusOK {
		t.Errorf("once there is room: %d %.200s", r.status, r.body)
	}
}
