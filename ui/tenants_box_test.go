package ui

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"coffre/store"
)

// operate sends a request as the operator does, over the handler of the local
// socket.
func (x *box) operate(method, path string, in any) (status int, body string) {
	x.t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		x.t.Fatal(err)
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(raw))
	w := httptest.NewRecorder()
	x.server.LocalHandler(OwnName).ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// TestTenantsOfOperator: firms are made, suspended and brought back on the local
// socket, and nowhere else; what one firm has is nothing to another.
func TestTenantsOfOperator(t *testing.T) {
	x := newBox(t, nil)
	adam, bea := x.person(x.a, "adam", store.Admin), x.person(x.b, "bea", store.Admin)
	inA, inB := x.session(adam), x.session(bea)
	key := x.apiKey(adam)
	for _, c := range []caller{inA, key} {
		if r := x.call(c, "GET", "/api/v1/box/tenants", nil); r.status != http.StatusNotFound {
			t.Errorf("over the network: %d", r.status)
		}
	}
	if status, body := x.operate("POST", "/api/v1/box/tenants/alpha/suspend", map[string]string{"reason": ""}); status != http.StatusUnprocessableEntity {
		t.Error(status, body)
	}
	status, body := x.operate("POST", "/api/v1/box/tenants/alpha/suspend", map[string]string{"reason": "facture impayée"})
	if status != http.StatusOK || !strings.Contains(body, `"state":"suspended"`) {
		t.Fatal(status, body)
	}
	for name, c := range map[string]caller{"session": inA, "key": key, "nobody": {host: hostA}} {
		r := x.call(c, "GET", "/signin", nil)
		if c.name != "" {
			r = x.call(c, "GET", "/api/v1/documents", nil)
		}
		if r.status != http.StatusServiceUnavailable || !strings.Contains(r.body, "suspend") {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if r := x.call(inB, "GET", "/api/v1/documents", nil); r.status != http.StatusOK {
		t.Error("the other firm:", r.status)
	}
	if status, body := x.operate("GET", "/api/v1/box/tenants", nil); status != http.StatusOK || !strings.Contains(body, `"state":"open"`) {
		t.Error(status, body)
	}
	if status, body := x.operate("POST", "/api/v1/box/tenants/alpha/resume", nil); status != http.StatusOK || !strings.Contains(body, `"state":"open"`) {
		t.Fatal(status, body)
	}
	if r := x.call(inA, "GET", "/api/v1/documents", nil); r.status != http.StatusUnauthorized {
		t.Error("a session outlived the suspension:", r.status)
	}
	if r := x.call(key, "GET", "/api/v1/documents", nil); r.status != http.StatusOK {
		t.Error("a key after it:", r.status)
	}
}

// TestTenantCreate: a firm comes with a link that its administrator chooses a
// password with; names that are taken, and firms without any, are refused.
func TestTenantCreate(t *testing.T) {
	x := newBox(t, nil)
	in := map[string]any{"firm": "Gamma & Fils", "admin": "Gaëlle", "login": "gaelle", "hosts": []string{"gamma.test"}}
	status, body := x.operate("POST", "/api/v1/box/tenants", in)
	var made struct {
		Tenant, Admin, Path string
		Secret              string `json:"recovery_secret"`
	}
	if json.Unmarshal([]byte(body), &made); status != http.StatusCreated || made.Tenant != "gamma-fils" || made.Secret == "" {
		t.Fatal(status, body)
	}
	c := caller{host: "gamma.test"}
	if r := x.call(c, "POST", made.Path, url.Values{"new": {password}}); r.status != http.StatusSeeOther {
		t.Fatal(r.status, r.body)
	}
	if r := x.call(c, "POST", "/signin", url.Values{"user": {"gaelle"}, "password": {password}}); r.status != http.StatusSeeOther {
		t.Error(r.status, r.body)
	}
	for name, wrong := range map[string]map[string]any{
		"again":      in,
		"host taken": {"firm": "Delta", "admin": "D", "login": "d", "hosts": []string{hostA}},
		"no host":    {"firm": "Delta", "admin": "D", "login": "d"},
		"the box":    {"id": "box", "firm": "Delta", "admin": "D", "login": "d", "hosts": []string{"d.test"}},
	} {
		if status, body := x.operate("POST", "/api/v1/box/tenants", wrong); status < 400 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

// TestQuotas: each limit is held where the act takes place, and says so.
func TestQuotas(t *testing.T) {
	x := newBox(t, nil)
	adam := x.person(x.a, "adam", store.Admin)
	c := x.collection(x.a, "Commun", store.Grants{store.Everyone}, store.Grants{store.Everyone})
	x.add(x.a, c, "un.txt", "Le loyer est de 1 200 euros.\n")
	key := x.apiKey(adam)
	limit := func(q store.Quota) {
		t.Helper()
		if status, body := x.operate("PATCH", "/api/v1/box/tenants/alpha", map[string]any{"quota": q}); status != http.StatusOK {
			t.Fatal(status, body)
		}
	}
	expect := func(what string, r reply, status int, code string) {
		t.Helper()
		if r.status != status || code != "" && !strings.Contains(r.body, code) {
			t.Errorf("%s: %d %s", what, r.status, r.body)
		}
	}
	send := func(name, content string) reply {
		return x.call(key, "POST", "/api/v1/documents", uploadOf(c.ID, name, content))
	}
	files := func() int {
		all, err := os.ReadDir(x.a.FilePath(""))
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	had := files()
	limit(store.Quota{Bytes: 60})
	expect("too many bytes", send("deux.txt", strings.Repeat("a", 40)), http.StatusInsufficientStorage, "quota-bytes")
	if files() != had {
		t.Error("what was refused was stored")
	}
	expect("few bytes", send("trois.txt", "peu"), http.StatusAccepted, "")
	limit(store.Quota{Documents: 2})
	expect("one more document", send("quatre.txt", "peu de plus"), http.StatusInsufficientStorage, "quota-documents")
	limit(store.Quota{People: 1})
	expect("one more person", x.call(key, "POST", "/api/v1/users", map[string]any{"login": "zoe", "name": "Zoé", "role": "member", "password": password}), http.StatusConflict, "quota-people")
	limit(store.Quota{Questions: 1})
	ask := func() reply {
		return x.call(key, "POST", "/api/v1/ask", map[string]any{"question": "Quel est le loyer ?"})
	}
	expect("the first question", ask(), http.StatusOK, "")
	expect("the second", ask(), http.StatusTooManyRequests, "quota-questions")
	x.clock.advance(25 * time.Hour)
	expect("the day after", ask(), http.StatusOK, "")
	if status, _ := x.operate("PATCH", "/api/v1/box/tenants/alpha", map[string]any{"quota": store.Quota{Share: 101}}); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
		t.Error(status)
	}
}
