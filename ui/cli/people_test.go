package cli

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const twoPeople = `{"users":[{"id":"u1","login":"zoe","name":"Zoé","role":"admin"},{"id":"u2","login":"bob","name":"Bob\u001b[31m","role":"member","disabled":true}]}`

func people() *api {
	return &api{answers: map[string]http.HandlerFunc{
		"GET /users":       says(twoPeople),
		"POST /users":      says(`{"id":"u3","login":"eve","name":"Eve","role":"auditor"}`),
		"PATCH /users/u2":  says(`{}`),
		"GET /groups":      says(`{"groups":[{"id":"g1","name":"Atelier","members":["u1","u9"]}]}`),
		"POST /groups":     says(`{"id":"g2","name":"Bureau","members":["u1"]}`),
		"GET /keys":        says(`{"keys":[{"id":"k1","name":"script","user":"u1","created":"2026-02-03T04:05:06Z","revoked":true,"state":"revoked","scopes":["read","ask"]}]}`),
		"POST /keys":       says(`{"id":"k2","secret":"cfk_secret","user":"u1"}`),
		"DELETE /keys/k1":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"GET /settings":    says(`{"settings":{"llm.url":"http://127.0.0.1:11434","ui.language":"fr"}}`),
		"PATCH /settings":  says(`{"settings":{"llm.url":"","ui.language":"en"}}`),
		"GET /models":      says(`{"models":[{"name":"tiny","digest":"0123456789abcdef","size":323000000}],"reachable":true}`),
		"GET /collections": says(`{"collections":[]}`),
	}}
}

func TestUser(t *testing.T) {
	a := people()
	run(t, a, "user", "list").want(t, ExitDone, "bob        Bob[31m  member         disabled", "")
	run(t, a, "user", "list", "--lang", "fr").want(t, ExitDone, "administrateur", "")
	if all := run(t, a, "user", "list", "--json").lines(t); len(all) != 2 || all[1]["disabled"] != true {
		t.Errorf("user list --json: %v", all)
	}
	e := Env{Open: opens(a), Stdin: strings.NewReader("a long enough phrase\r\nand more\n")}
	runWith(t, e, "user", "add", "eve", "--role", "auditor", "--name", "Eve").want(t, ExitDone, "The account eve is there (auditor)", "")
	if q := a.last(t, "POST /users"); q.body != `{"lang":"en","login":"eve","name":"Eve","password":"a long enough phrase","role":"auditor"}` {
		t.Errorf("posted %s", q.body)
	}
	run(t, a, "user", "disable", "BOB").want(t, ExitDone, "bob is disabled", "")
	if q := a.last(t, "PATCH /users/u2"); q.body != `{"disabled":true}` {
		t.Errorf("patched %s", q.body)
	}
	run(t, a, "user", "enable", "bob", "--json").want(t, ExitDone, `"disabled":false`, "")
	run(t, a, "user", "disable", "nobody").want(t, ExitFailed, "", "no account “nobody”")
}

func TestGroup(t *testing.T) {
	a := people()
	run(t, a, "group", "list").want(t, ExitDone, "Atelier  zoe, u9", "")
	run(t, a, "group", "create", "Bureau", "--member", "zoe").want(t, ExitDone, "The group “Bureau” is there, with 1 member.", "")
	if q := a.last(t, "POST /groups"); q.body != `{"members":["u1"],"name":"Bureau"}` {
		t.Errorf("posted %s", q.body)
	}
}

func TestKey(t *testing.T) {
	a := people()
	run(t, a, "key", "create", "script", "--user", "zoe").want(t, ExitDone, "cfk_secret\n", "never be shown again")
	if q := a.last(t, "POST /keys"); q.body != `{"name":"script","user":"u1"}` {
		t.Errorf("posted %s", q.body)
	}
	run(t, a, "key", "create", "dépôt", "--user", "zoe", "--scope", "read,write", "--expires", "never", "--from", "10.0.0.0/8", "--from", "192.168.1.7").want(t, ExitDone, "cfk_secret\n", "")
	if q := a.last(t, "POST /keys"); q.body != `{"expires":"never","name":"dépôt","networks":["10.0.0.0/8","192.168.1.7"],"scopes":["read","write"],"user":"u1"}` {
		t.Errorf("posted %s", q.body)
	}
	if o := run(t, a, "key", "create", "script", "--user", "zoe", "--json"); o.lines(t)[0]["secret"] != "cfk_secret" {
		t.Errorf("key create --json: %s", o.out)
	}
	run(t, a, "key", "list").want(t, ExitDone, "revoked", "")
	run(t, a, "key", "revoke", "k1", "--lang", "fr").want(t, ExitDone, "La clé k1 est révoquée.", "")
	run(t, a, "key", "revoke", "k9").want(t, ExitFailed, "", "Rien ici.")
}

func TestSettings(t *testing.T) {
	a := people()
	run(t, a, "settings", "list").want(t, ExitDone, "ui.language  fr", "")
	if all := run(t, a, "settings", "list", "--json").lines(t); len(all) != 2 || all[0]["name"] != "llm.url" {
		t.Errorf("settings list --json: %v", all)
	}
	run(t, a, "settings", "get", "ui.language").want(t, ExitDone, "fr\n", "")
	run(t, a, "settings", "get", "ui.colour").want(t, ExitUsage, "", "no setting “ui.colour”")
	run(t, a, "settings", "set", "ui.language=en", "--json").want(t, ExitDone, `{"name":"ui.language","value":"en"}`, "")
	if q := a.last(t, "PATCH /settings"); q.body != `{"ui.language":"en"}` {
		t.Errorf("patched %s", q.body)
	}
}

func TestModelList(t *testing.T) {
	a := people()
	run(t, a, "model", "list", "--lang", "fr").want(t, ExitDone, "323\u00a0Mo", "")
	run(t, a, "model", "list", "--json").want(t, ExitDone, `{"name":"tiny","digest":"0123456789abcdef","size":323000000}`, "")
	a.answers["GET /models"] = says(`{"models":[],"reachable":false}`)
	run(t, a, "model", "list").want(t, ExitUnreachable, "", "http://127.0.0.1:11434")
	a.answers["GET /settings"] = says(`{"settings":{"llm.url":""}}`)
	run(t, a, "model", "list").want(t, ExitUnreachable, "", "No model runtime is configured")
}

func TestInit(t *testing.T) {
	var got InitRequest
	e := Env{Init: func(_ context.Context, r InitRequest) (InitResult, error) {
		got = r
		return InitResult{"acme", r.Login, "cfk_x", "first", "public", "secret-half", []string{"word-one"}, "mark", "box-first", "box-public", "box-secret"}, nil
	}}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("correct horse battery\nrest"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := runWith(t, e, "init", "--firm", "Acme", "--admin", "Zoé Le Goff", "--password-file", file, "--data", "/srv/box")
	o.want(t, ExitDone, "cfk_x", "secret-half")
	o.want(t, ExitDone, "", "box-secret")
	want := InitRequest{"/srv/box", "Acme", "Zoé Le Goff", "zoe.le.goff", "", "correct horse battery", "en"}
	if got != want {
		t.Errorf("init was told %+v", got)
	}
	e.Stdin = strings.NewReader("correct horse battery")
	o = runWith(t, e, "init", "--firm=Acme", "--admin=zoe", "--tenant=acme", "--json")
	if o.out != `{"tenant":"acme","admin":"zoe","api_key":"cfk_x"}`+"\n" || o.code != ExitDone || got.Tenant != "acme" {
		t.Errorf("init --json: %+v", o)
	}
	e.Stdin = nil
	runWith(t, e, "init", "--firm=A", "--admin=z", "--password-file", file+"x").want(t, ExitFailed, "", "does not exist")
}
