package ui

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// plantedSecret is looked for in everything that the box says or writes.
const plantedSecret = "sk-Ostrelgat-4711-Vorpalune"

// TestSecretNeverComesOut: an administrator puts secrets in by every way, makes
// every mistake, and reads all pages, answers, exports, logs and files.
func TestSecretNeverComesOut(t *testing.T) {
	x := newBox(t, nil)
	adam := x.person(x.a, "adam", store.Admin)
	session, key := x.session(adam), x.apiKey(adam)
	eve := x.apiKey(x.person(x.b, "eve", store.Admin))
	var replies []reply
	call := func(want int, c caller, method, path string, payload any) reply {
		t.Helper()
		r := x.call(c, method, path, payload)
		if r.status != want {
			t.Errorf("%s %s: %d, want %d: %.200s", method, path, r.status, want, r.body)
		}
		replies = append(replies, r)
		return r
	}
	body := func(more string) string { return `{` + more + `"value":"` + plantedSecret + `"}` }
	at := `"purpose":"runtime","address":"https://ia.alpha.lan:8000/v1",`
	var kept secretJSON
	call(http.StatusCreated, key, "POST", "/api/v1/secrets", body(`"name":"REST",`+at)).json(t, &kept)
	form := url.Values{"name": {"Form"}, "address": {"https://ia.alpha.lan:8000"}, "value": {plantedSecret}, "remind_days": {"30"}}
	call(http.StatusSeeOther, session, "POST", "/settings/secrets", form)
	call(http.StatusConflict, session, "POST", "/settings/secrets", form) // the name is taken
	form.Set("name", "x")
	form.Set("address", "ftp://x")
	call(http.StatusUnprocessableEntity, session, "POST", "/settings/secrets", form)
	call(http.StatusConflict, session, "POST", "/settings/secrets/"+kept.ID+"/rotate", url.Values{"address": {"https://ia.alpha.lan:8000"}, "value": {plantedSecret}})
	call(http.StatusConflict, key, "POST", "/api/v1/secrets/"+kept.ID+"/rotate", body(""))
	for _, bad := range []string{body(`"name":"a",`), body(`"name":"a","value":"x",` + at)[:70], `{"value":` + plantedSecret + `}`, `{"value":"` + plantedSecret + `\q"}`, `{"value":["` + plantedSecret + `"]}`, `{"name":{"a":"` + plantedSecret + `"}}`} {
		r := x.call(key, "POST", "/api/v1/secrets", bad)
		if r.status/100 != 4 {
			t.Errorf("%d to %s", r.status, bad)
		}
		replies = append(replies, r)
	}
	// Another firm's administrator sees and uses nothing of it.
	call(http.StatusNotFound, eve, "POST", "/api/v1/secrets/"+kept.ID+"/rotate", body(""))
	call(http.StatusNotFound, eve, "DELETE", "/api/v1/secrets/"+kept.ID+"?accept=users", nil)
	if r := call(http.StatusOK, eve, "GET", "/api/v1/secrets", nil); strings.Contains(r.body, kept.ID) {
		t.Error("another firm's secret is listed")
	}
	call(http.StatusUnprocessableEntity, eve, "PATCH", "/api/v1/settings", `{"llm.key_secret":"`+kept.ID+`"}`)
	call(http.StatusOK, key, "PATCH", "/api/v1/settings", `{"llm.kind":"openai","llm.key_secret":"`+kept.ID+`","llm.url":"https://127.0.0.1:1"}`)
	call(http.StatusOK, session, "POST", "/settings/runtime/test", url.Values{})
	for _, rt := range x.server.routes {
		if rt.method == http.MethodGet {
			replies = append(replies, x.call(session, "GET", strings.ReplaceAll(strings.ReplaceAll(rt.path, "{$}", ""), "{id}", kept.ID), nil))
		}
	}
	replies = append(replies, x.call(key, "GET", "/api/v1/audit/export", nil), x.call(key, "GET", "/api/v1/audit/entries", nil))
	// In use: revoked only by somebody who says that they know.
	call(http.StatusConflict, key, "DELETE", "/api/v1/secrets/"+kept.ID, nil)
	call(http.StatusConflict, session, "POST", "/settings/secrets/"+kept.ID+"/revoke", url.Values{})
	var ended revokedJSON
	call(http.StatusOK, key, "DELETE", "/api/v1/secrets/"+kept.ID+"?accept=users", nil).json(t, &ended)
	if len(ended.Users) != 1 || ended.Users[0] != "llm.key_secret" {
		t.Errorf("%+v", ended)
	}
	if r := call(http.StatusOK, session, "GET", "/settings/secrets", nil); !strings.Contains(r.body, kept.ID) {
		t.Error("a secret that was revoked is gone from the list")
	}
	for _, r := range replies {
		if strings.Contains(r.body, "Ostrelgat") {
			t.Errorf("an answer holds the value: %.300s", r.body)
		}
	}
	if strings.Contains(x.logged(), "Ostrelgat") {
		t.Error("the log holds the value")
	}
	if n := x.count(chain.CredentialRead); n == 0 {
		t.Error("a use at another address has no entry")
	}
	err := filepath.WalkDir(x.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("Ostrelgat")) {
			t.Errorf("%s holds the value", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := json.Marshal(kept); err != nil || !strings.Contains(string(b), `"state":"good"`) {
		t.Errorf("%s %v", b, err)
	}
}
