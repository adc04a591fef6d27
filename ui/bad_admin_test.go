package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/words"
)

// TestBadAdministration: what administrators and auditors may type wrongly, over
// REST, each with its code and its sentence.
func TestBadAdministration(t *testing.T) {
	w := newWalk(t)
	user := func(more string) string {
		return `{"login":"neu","name":"Neu","password":"` + password + `"` + more + `}`
	}
	long := strings.Repeat("n", 300)
	for _, q := range []badRequest{
		{"no login", "POST", "/api/v1/users", `{"name":"N","password":"` + password + `"}`, 422, "invalid-name", nil, nil},
		{"login with a space", "POST", "/api/v1/users", `{"login":"a b","name":"N","password":"` + password + `"}`, 422, "invalid-name", nil, nil},
		{"login that exists", "POST", "/api/v1/users", `{"login":"OSCAR","name":"N","password":"` + password + `"}`, 409, "name-taken", map[string]string{"name": "OSCAR"}, nil},
		{"no such role", "POST", "/api/v1/users", user(`,"role":"root"`), 422, "invalid-role", nil, nil},
		{"no such language", "POST", "/api/v1/users", user(`,"lang":"xx"`), 422, "invalid-lang", nil, nil},
		{"short password", "POST", "/api/v1/users", `{"login":"neu","name":"Neu","password":"abc"}`, 422, "password-short", map[string]string{"min": "12"}, nil},
		{"common password", "POST", "/api/v1/users", `{"login":"neu","name":"Neu","password":"passwordpassword"}`, 422, "password-common", nil, nil},
		{"unknown person", "PATCH", "/api/v1/users/none", `{"name":"x"}`, 404, "not-found", nil, nil},
		{"last administrator's role", "PATCH", "/api/v1/users/" + w.admin.id, `{"role":"member"}`, 409, "last-admin", nil, nil},
		{"last administrator's account", "PATCH", "/api/v1/users/" + w.admin.id, `{"disabled":true}`, 409, "last-admin", nil, nil},
		{"long name of a group", "POST", "/api/v1/groups", `{"name":"` + long + `"}`, 422, "invalid-name", nil, nil},
		{"member who isn't there", "POST", "/api/v1/groups", `{"name":"g","members":["none"]}`, 422, "invalid-grant", nil, nil},
		{"unknown group", "PATCH", "/api/v1/groups/none", `{}`, 404, "not-found", nil, nil},
		{"name of a collection that exists", "POST", "/api/v1/collections", `{"name":"coulisses"}`, 409, "name-taken", map[string]string{"name": "coulisses"}, nil},
		{"grant to nobody", "POST", "/api/v1/collections", `{"name":"c","readers":["group:none"]}`, 422, "invalid-grant", nil, nil},
		{"grant of no kind", "POST", "/api/v1/collections", `{"name":"c","writers":["all"]}`, 422, "invalid-grant", nil, nil},
		{"collection with documents", "DELETE", "/api/v1/collections/" + w.shared.ID, nil, 409, "collection-not-empty", map[string]string{"name": "Commun"}, nil},
		{"unknown collection", "PATCH", "/api/v1/collections/none", `{}`, 404, "not-found", nil, nil},
		{"unknown setting", "PATCH", "/api/v1/settings", `{"llm.key":"x"}`, 422, "unknown-setting", map[string]string{"name": "llm.key"}, nil},
		{"address of the runtime", "PATCH", "/api/v1/settings", `{"llm.url":"file:///etc/passwd"}`, 422, "invalid-setting", map[string]string{"name": "llm.url"}, nil},
		{"address with a user", "PATCH", "/api/v1/settings", `{"llm.url":"http://a:b@host:1"}`, 422, "invalid-setting", map[string]string{"name": "llm.url"}, nil},
		{"context window", "PATCH", "/api/v1/settings", `{"llm.num_ctx":"7"}`, 422, "invalid-setting", map[string]string{"name": "llm.num_ctx"}, nil},
		{"settings of another shape", "PATCH", "/api/v1/settings", `[1]`, 400, "bad-request", nil, nil},
		{"date of the journal", "GET", "/api/v1/audit/entries?from=2026-13-45", nil, 400, "bad-parameter", map[string]string{"name": "from"}, nil},
		{"cursor of the journal", "GET", "/api/v1/audit/entries?cursor=-1", nil, 400, "bad-parameter", map[string]string{"name": "cursor"}, nil},
		{"limit of the journal", "GET", "/api/v1/audit/entries?limit=x", nil, 400, "bad-parameter", map[string]string{"name": "limit"}, nil},
		{"verification of another shape", "POST", "/api/v1/audit/verify", `{"checkpoints":"x"}`, 400, "bad-request", nil, nil},
		{"first key that is none", "POST", "/api/v1/audit/verify", `{"first_key":"garbage"}`, 400, "bad-parameter", map[string]string{"name": "first_key"}, nil},
		{"checkpoint that is none", "POST", "/api/v1/audit/verify", `{"checkpoints":["garbage"]}`, 400, "bad-parameter", map[string]string{"name": "checkpoints"}, nil},
	} {
		for _, lang := range words.Langs {
			r := w.call(w.adminKey().speaking(string(lang)), q.method, q.path, q.body, q.headers...)
			if r.status != q.status || r.code() != q.code {
				t.Errorf("%s: %d %s, want %d %s", q.name, r.status, r.body, q.status, q.code)
				continue
			}
			(&desk{box: w.box}).says(q.name, r, lang, q.code, q.params)
		}
	}
}

func (w *walk) adminKey() caller {
	if w.key.key == "" {
		w.key = w.apiKey(w.admin)
	}
	return w.key
}

// TestBadAdministrationForms: the page comes again with its fault, what was
// typed is still there, passwords are not.
func TestBadAdministrationForms(t *testing.T) {
	w := newWalk(t)
	admin := w.session(w.admin)
	d := &desk{box: w.box}
	for _, q := range []struct {
		name, path string
		form       url.Values
		status     int
		code       string
		params     map[string]string
		keeps      string
	}{
		{"short password", "/people", url.Values{"user": {"neu"}, "name": {"Kept Name"}, "role": {"member"}, "password": {"geheim1"}}, 422, "password-short", map[string]string{"min": "12"}, "Kept Name"},
		{"login that exists", "/people", url.Values{"user": {"oscar"}, "name": {"Kept Name"}, "role": {"member"}, "password": {password}}, 422, "name-taken", map[string]string{"name": "oscar"}, "Kept Name"},
		{"login that is none", "/people", url.Values{"user": {"a b"}, "name": {"Kept Name"}, "role": {"member"}, "password": {password}}, 422, "invalid-name", nil, "Kept Name"},
		{"last administrator", "/people/" + w.admin.id, url.Values{"name": {"Adam"}, "role": {"member"}}, 422, "last-admin", nil, ""},
		{"last administrator's account", "/people/" + w.admin.id + "/disable", nil, 422, "last-admin", nil, ""},
		{"password of another", "/people/" + w.outsider.id + "/password", url.Values{"password": {"geheim1"}}, 422, "password-short", map[string]string{"min": "12"}, ""},
		{"collection that exists", "/collections", url.Values{"name": {"Coulisses"}}, 422, "name-taken", map[string]string{"name": "Coulisses"}, "Coulisses"},
		{"collection with documents", "/collections/" + w.shared.ID + "/delete", nil, 409, "collection-not-empty", map[string]string{"name": "Commun"}, ""},
		{"group without a name", "/groups", url.Values{"name": {" "}}, 422, "invalid-name", nil, ""},
		{"first key that is none", "/journal/verify", url.Values{"key": {"garbage"}}, 422, "verify-key", nil, "garbage"},
		{"checkpoint that is none", "/journal/verify", url.Values{"checkpoint": {"garbage"}}, 422, "verify-checkpoint", nil, "garbage"},
		{"address of the runtime", "/settings", url.Values{"llm.url": {"ftp://kept.example"}}, 422, "invalid-setting", map[string]string{"name": "llm.url"}, "ftp://kept.example"},
	} {
		for _, lang := range words.Langs {
			r := w.call(admin.speaking(string(lang)), "POST", q.path, q.form)
			if r.status != q.status {
				t.Errorf("%s: %d, want %d", q.name, r.status, q.status)
			}
			d.says(q.name, r, lang, q.code, q.params)
			if !strings.Contains(r.body, q.keeps) || strings.Contains(r.body, "geheim1") || strings.Contains(r.body, password) {
				t.Errorf("%s: what was typed is not shown rightly", q.name)
			}
		}
	}
	for _, path := range []string{"/journal?from=nonsense&to=2026-02-30", "/journal?limit=5&class=%00&actor=%22%3E%3Cscript%3E&outcome=x"} {
		r := w.call(admin, "GET", path, nil)
		if r.status != 200 || strings.Contains(r.body, "<script>") && strings.Contains(r.body, `"><script>`) {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}

// TestNamesAreShownNotRun: markup in every name that people choose stays text.
func TestNamesAreShownNotRun(t *testing.T) {
	w := newWalk(t)
	const evil = `<img src=x onerror=alert(7)>"'`
	op := store.Operator("test")
	if _, err := w.auth.CreateUser(w.ctx, w.a, op, auth.NewUser{Login: "eve", Name: evil, Role: store.Admin, Password: password}); err != nil {
		t.Fatal(err)
	}
	c := w.collection(w.a, evil, store.Grants{store.Everyone}, store.Grants{store.Everyone})
	group := ""
	w.do(w.a, chain.GroupCreate, func(tx *store.Tx) error {
		g, err := tx.PutGroup(store.Group{Name: evil})
		group = g.ID
		return err
	})
	doc := w.add(w.a, c, "page.html", "<title>"+strings.ReplaceAll(evil, "<", "&lt;")+"</title><p>Préavis &lt;img src=x onerror=alert(7)&gt; de deux mois pour tout le monde.</p>")
	admin := w.session(person{login: "eve", host: hostA})
	w.call(admin, "POST", "/keys", url.Values{"name": {evil}})
	var a answerJSON
	w.call(admin, "POST", "/api/v1/ask", map[string]string{"question": evil + " préavis de deux mois ?"}).json(t, &a)
	w.call(admin, "POST", "/ask/"+a.Conversation+"/rename", url.Values{"title": {evil}})
	for _, path := range []string{
		"/ask", "/ask/" + a.Conversation, "/documents", "/documents/" + doc.ID, "/documents/" + doc.ID + "?start=0&end=9", "/search?q=" + url.QueryEscape(evil+" préavis"),
		"/collections", "/groups", "/people", "/collections/" + c.ID, "/groups/" + group, "/people?q=" + url.QueryEscape(evil), "/groups?q=" + url.QueryEscape(evil), "/groups/" + group + "?find=" + url.QueryEscape(evil), "/access?group=" + group, "/keys", "/journal", "/settings", "/documents?q=" + url.QueryEscape(evil), "/nothing/" + url.PathEscape(evil), "/signin?next=" + url.QueryEscape("/"+evil),
	} {
		r := w.call(admin, "GET", path, nil)
		if strings.Contains(r.body, "<img src=x") || strings.Contains(r.body, `onerror=alert(7)>"`) {
			t.Errorf("%s: a name is markup", path)
		}
		if strings.Contains(r.body, " style=") || strings.Contains(r.body, "<script>") || strings.Contains(r.body, " onclick=") {
			t.Errorf("%s: breaks its own content security policy", path)
		}
	}
}

// TestSetup: a new box opens with its one-time link alone, once.
func TestSetup(t *testing.T) {
	x := emptyBox(t, nil)
	d := &desk{box: x}
	c := caller{host: "anything.local"}
	for _, path := range []string{"/", "/ask", "/signin", "/documents"} {
		if r := x.call(c, "GET", path, nil); r.status != seeOther || r.header.Get("Location") != "/setup" {
			t.Errorf("%s on a new box: %d %s", path, r.status, r.header.Get("Location"))
		}
	}
	for _, lang := range words.Langs {
		r := x.call(c.speaking(string(lang)), "GET", "/api/v1/documents", nil)
		d.says("REST on a new box", r, lang, "not-set-up", nil)
	}
	token := x.auth.OpenSetup()
	form := url.Values{
		"firm": {"Maison Neuve"}, "admin_name": {"Anne"}, "admin_user": {"anne"}, "password": {password}, "password_again": {password},
	}
	with := func(k, v string) url.Values {
		f := url.Values{"token": {token}}
		for name, vs := range form {
			f[name] = vs
		}
		f.Set(k, v)
		return f
	}
	for _, q := range []struct {
		name   string
		form   url.Values
		status int
		code   string
		params map[string]string
	}{
		{"no link", form, 403, "setup-link", nil}, {"another link", with("token", strings.Repeat("a", 52)), 403, "setup-link", nil},
		{"two passwords", with("password_again", "x"), 422, "password-mismatch", nil},
		{"no firm", with("firm", " "), 422, "invalid-name", nil}, {"no login", with("admin_user", ""), 422, "invalid-name", nil},
	} {
		for _, lang := range words.Langs {
			r := x.call(c.speaking(string(lang)), "POST", "/setup", q.form)
			if r.status != q.status {
				t.Errorf("%s: %d, want %d", q.name, r.status, q.status)
			}
			d.says(q.name, r, lang, q.code, q.params)
		}
	}
	if r := x.call(c, "GET", "/setup", nil); r.status != 403 {
		t.Errorf("set-up without its link: %d", r.status)
	}
	if r := x.call(c, "GET", "/setup?token="+token, nil); r.status != 200 {
		t.Errorf("set-up: %d", r.status)
	}
	r := x.call(c, "POST", "/setup", with("firm", "Maison Neuve"))
	if !strings.Contains(r.body, `id="kit-box-recovery"`) || strings.Count(r.body, "PRIVATE+KEY+coffre.audit/") != 2 || strings.Count(r.body, `class="code"`) != 3 || strings.Count(r.body, `class="paper-word"`) != 24 {
		t.Error("the kit lacks the box's own recovery key, a code or a word")
	}
	if x.root.TakeBoxKit() != nil {
		t.Error("the box's recovery key is kept after it was shown")
	}
	if r.status != 200 || r.cookie(auth.CookieName) == "" {
		t.Fatalf("set-up: %d %s", r.status, r.body)
	}
	x.a = x.acquire("maison-neuve")
	for _, method := range []string{"GET", "POST"} {
		if r := x.call(c, method, "/setup?token="+token, nil); r.status != http.StatusNotFound {
			t.Errorf("%s /setup afterwards: %d", method, r.status)
		}
	}
	c.cookie = r.cookie(auth.CookieName)
	if r := x.call(c, "GET", "/people", nil); r.status != 200 {
		t.Errorf("the new administrator: %d", r.status)
	}
	x.clock.advance(3 * time.Hour)
	if r := x.call(c, "GET", "/people", nil); r.status != seeOther {
		t.Errorf("a session that was idle for three hours: %d", r.status)
	}
}
