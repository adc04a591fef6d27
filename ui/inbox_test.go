package ui

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/words"
)

// TestInboxOfAFirm: with several firms the operator alone names the folder; the
// firm's administrator sees how it stands, pauses it and says where its files go.
func TestInboxOfAFirm(t *testing.T) {
	x := newBox(t, nil)
	adam := x.session(x.person(x.a, "adam", store.Admin))
	mia := x.session(x.person(x.a, "mia", store.Member))
	dir := t.TempDir()
	var c store.Collection
	x.do(x.a, chain.CollectionCreate, func(tx *store.Tx) (err error) {
		c, err = tx.CreateCollection(store.Collection{Name: "Post", Readers: store.Grants{store.Everyone}, Writers: store.Grants{store.Everyone}})
		return err
	})
	form := url.Values{"folder": {dir}, "collection": {c.ID}, "keep": {"move"}, "owner": {""}}
	if r := x.call(adam, "POST", "/settings/inbox", form); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "coffre inbox set") {
		t.Errorf("one firm's administrator: %d", r.status)
	}
	if r := x.call(adam, "PATCH", "/api/v1/inbox", map[string]any{"folder": dir, "collection": "post", "keep": "move"}); r.code() != "inbox-operator" {
		t.Errorf("by REST: %d %s", r.status, r.body)
	}
	for _, path := range []string{"/settings/inbox", "/api/v1/inbox"} {
		if r := x.call(mia, "GET", path, nil); r.status != http.StatusNotFound {
			t.Errorf("a member at %s: %d", path, r.status)
		}
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) > 0 {
		t.Errorf("a refusal left %v", names)
	}
	q := &request{s: x.server, t: x.a, p: store.Operator("root"), r: httptest.NewRequest("PATCH", "/api/v1/inbox", nil)}
	if err := q.setInbox(store.InboxPlan{Folder: dir, Collection: c.ID, Keep: store.InboxMove}); err != nil {
		t.Fatal(err)
	}
	page := x.call(adam, "GET", "/settings/inbox", nil)
	if !strings.Contains(page.body, dir) || strings.Contains(page.body, `name="folder"`) || !strings.Contains(page.body, `name="owner"`) {
		t.Error("the page hides what is set, or offers what is refused")
	}
	form.Del("folder")
	form.Set("subfolders", "1")
	form.Set("owner", "mia")
	x.wantStatus(adam, "POST", "/settings/inbox", form, http.StatusSeeOther)
	x.wantStatus(adam, "POST", "/settings/inbox/pause", url.Values{}, http.StatusSeeOther)
	var got inboxJSON
	x.call(adam, "GET", "/api/v1/inbox", nil).json(t, &got)
	if got.Folder != dir || !got.Paused || got.State != "paused" || !got.Subfolders || got.Owner != "mia" || got.Keep != "move" {
		t.Errorf("%+v", got)
	}
	if strings.Contains(page.body, words.Lang("fr").T("inbox.choose")) || strings.Contains(page.body, words.Lang("en").T("inbox.choose")) {
		t.Error("the collection that is set isn't the one that is shown")
	}
	for name, value := range map[string]string{"owner": "nobody", "collection": "none", "keep": "shred"} {
		bad := url.Values{"collection": {c.ID}, "keep": {"move"}}
		bad.Set(name, value)
		if r := x.call(adam, "POST", "/settings/inbox", bad); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "has-fault") {
			t.Errorf("%s: %d", name, r.status)
		}
	}
	if r := x.call(adam, "POST", "/settings/inbox", url.Values{"collection": {""}, "keep": {"move"}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, words.Error("fr", "inbox-collection", nil)) && !strings.Contains(r.body, words.Error("en", "inbox-collection", nil)) {
		t.Errorf("no collection chosen: %d", r.status)
	}
	x.call(adam, "PATCH", "/api/v1/inbox", map[string]any{"paused": false, "owner": ""}).json(t, &got)
	if got.Paused || got.Owner != "" || got.Folder != dir {
		t.Errorf("%+v", got)
	}
	x.call(adam, "PATCH", "/api/v1/inbox", map[string]any{"folder": ""}).json(t, &got)
	if got.Folder != "" || got.State != "off" {
		t.Errorf("%+v", got)
	}
}
