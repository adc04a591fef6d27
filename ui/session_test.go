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

// TestCrossOrigin: a browser that another site sends is refused before any
// handler runs, whatever it is signed in as.
func TestCrossOrigin(t *testing.T) {
	d := newDesk(t)
	before, _ := d.a.Head()
	for _, lang := range words.Langs {
		c := d.web.speaking(string(lang))
		for _, headers := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
		} {
			for path, payload := range map[string]any{
				"/ask": url.Values{"question": {"x"}}, "/ask/stream": url.Values{"question": {"x"}}, "/signout": url.Values{}, "/preferences": url.Values{"lang": {"en"}},
				"/signin": url.Values{"user": {"paula"}, "password": {password}}, "/documents": uploadOf(d.files.ID, "a.txt", "abc"),
				"/keys": url.Values{"name": {"k"}}, "/api/v1/ask": `{"question":"x"}`, "/api/v1/keys": `{"name":"k"}`, "/setup": url.Values{},
				"/api/v1/documents": uploadOf(d.files.ID, "a.txt", "abc"), "/nothing": url.Values{},
			} {
				r := d.call(c, "POST", path, payload, headers...)
				if r.status != http.StatusForbidden || strings.HasPrefix(path, "/api/") && r.code() != "csrf" || r.header.Get("Set-Cookie") != "" {
					t.Errorf("POST %s with %v: %d %.200s", path, headers, r.status, r.body)
				}
				d.says("POST "+path, r, lang, "csrf", nil)
			}
		}
	}
	if after, _ := d.a.Head(); after != before {
		t.Errorf("refused requests left %d entries", after-before)
	}
	if r := d.call(d.web, "GET", "/documents", nil, "Sec-Fetch-Site", "cross-site"); r.status != 200 {
		t.Errorf("a link in a mail: %d", r.status)
	}
	if r := d.call(d.web, "POST", "/keys", url.Values{"name": {"k"}}, "Sec-Fetch-Site", "same-origin"); r.status != 200 {
		t.Errorf("the page's own form: %d", r.status)
	}
}

// TestOpenRedirects: no parameter leads to another host.
func TestOpenRedirects(t *testing.T) {
	d := newDesk(t)
	evil := []string{
		"https://evil.example/", "http:evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
		"/\n/evil.example", "javascript:alert(1)", "https:/evil.example", "evil.example", "/..//evil.example", "/.//evil.example", "@evil.example",
		"/%0d%0aSet-Cookie:x=1", "//user@evil.example", "/a\r\nLocation: https://evil.example", " https://evil.example", "", "/%5cevil.example", "/%2fevil.example",
	}
	base, _ := url.Parse("https://" + hostA + "/preferences")
	check := func(what, sent string, r reply) {
		t.Helper()
		for _, name := range []string{"Location", "HX-Redirect"} {
			to := r.header.Get(name)
			if to == "" {
				continue
			}
			u, err := base.Parse(strings.ReplaceAll(to, "\\", "/")) // as browsers read it
			if err != nil || u.Host != hostA || u.Scheme != "https" {
				t.Errorf("%s with %q leads to %q", what, sent, to)
			}
		}
		if r.header.Get("Location") == "" && r.header.Get("HX-Redirect") == "" {
			t.Errorf("%s with %q: %d, no redirect", what, sent, r.status)
		}
		for _, c := range r.header["Set-Cookie"] {
			if strings.HasPrefix(c, "x=") {
				t.Errorf("%s with %q set a cookie", what, sent)
			}
		}
	}
	for _, to := range evil {
		check("back", to, d.call(d.web, "POST", "/preferences", url.Values{"back": {to}, "lang": {"en"}}))
		check("back", to, d.call(d.web, "POST", "/preferences", url.Values{"back": {to}}, "HX-Request", "true"))
		in := url.Values{"user": {"paula"}, "password": {password}, "next": {to}}
		check("next", to, d.call(caller{host: hostA}, "POST", "/signin", in))
		check("next", to, d.call(caller{host: hostA}, "POST", "/signin", in, "HX-Request", "true"))
	}
	for _, path := range []string{"//evil.example/ask", "/%2f%2fevil.example/", "/\\evil.example", "/ask//evil.example/.."} {
		r := d.call(caller{host: hostA}, "GET", path, nil)
		if to := r.header.Get("Location"); to != "" {
			check("path", path, r)
			if u, err := url.Parse(to); err == nil && u.Path == "/signin" {
				check("path", path, d.call(caller{host: hostA}, "POST", "/signin", url.Values{"user": {"paula"}, "password": {password}, "next": {u.Query().Get("next")}}))
			}
		}
	}
}

// TestSessionsOfACookie: a planted token opens nothing, a sign-in always makes
// its own, and its cookie can't be read or sent elsewhere.
func TestSessionsOfACookie(t *testing.T) {
	d := newDesk(t)
	planted := caller{host: hostA, cookie: "alpha." + strings.Repeat("a", 52)}
	in := url.Values{"user": {"paula"}, "password": {password}}
	r := d.call(planted, "POST", "/signin", in)
	got := r.cookie(auth.CookieName)
	if got == "" || got == planted.cookie || got == d.web.cookie {
		t.Fatalf("signing in with a planted cookie gives %q", got)
	}
	if r := d.call(planted, "GET", "/api/v1/documents", nil); r.status != unauth {
		t.Errorf("the planted cookie after the sign-in: %d", r.status)
	}
	line := ""
	for _, c := range r.header["Set-Cookie"] {
		if strings.HasPrefix(c, auth.CookieName+"=") {
			line = c
		}
	}
	for _, attribute := range []string{"; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
		if !strings.Contains(line, attribute) || strings.Contains(line, "Domain") {
			t.Errorf("the cookie is %q", line)
		}
	}
	// Two cookies of the name: one of them was planted.
	both := d.call(caller{host: hostA}, "GET", "/api/v1/documents", nil, "Cookie", auth.CookieName+"="+got, "Cookie", auth.CookieName+"="+planted.cookie)
	if both.status != unauth {
		t.Errorf("two session cookies: %d", both.status)
	}
	// A session's token is no key, and a key no session's.
	if r := d.call(caller{host: hostA, key: got}, "GET", "/api/v1/documents", nil); r.status != unauth {
		t.Errorf("a cookie's token as a key: %d", r.status)
	}
	if r := d.call(caller{host: hostA, cookie: d.key.key}, "GET", "/api/v1/documents", nil); r.status != unauth {
		t.Errorf("a key as a cookie: %d", r.status)
	}
}

func TestSignOut(t *testing.T) {
	d := newDesk(t)
	again := d.session(d.who)
	if r := d.call(d.web, "POST", "/signout", url.Values{}); r.status != seeOther || r.header.Get("Location") != "/signin" || !strings.Contains(r.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("sign-out: %d %v", r.status, r.header)
	}
	for _, path := range []string{"/api/v1/documents", "/api/v1/keys", "/api/v1/conversations"} {
		if r := d.call(d.web, "GET", path, nil); r.status != unauth || r.code() != "session-expired" {
			t.Errorf("%s after sign-out: %d %s", path, r.status, r.body)
		}
	}
	if r := d.call(d.web, "GET", "/documents?q=a%26b", nil); r.status != seeOther || r.header.Get("Location") != "/signin?next=%2Fdocuments%3Fq%3Da%2526b" {
		t.Errorf("a page after sign-out: %d %s", r.status, r.header.Get("Location"))
	}
	if r := d.call(again, "GET", "/documents", nil); r.status != 200 {
		t.Errorf("the other session: %d", r.status)
	}
	if r := d.call(d.web, "POST", "/signout", url.Values{}); r.status != seeOther {
		t.Errorf("sign-out twice: %d", r.status)
	}
	d.clock.advance(13 * time.Hour)
	if r := d.call(again, "GET", "/api/v1/documents", nil); r.status != unauth {
		t.Errorf("a session of 13 hours: %d", r.status)
	}
}

// TestTokensOfAnotherTenant: a cookie or key of one firm opens nothing at
// another, and names of objects don't cross either.
func TestTokensOfAnotherTenant(t *testing.T) {
	d := newDesk(t)
	d.doc = d.add(d.a, d.files, "a.txt", "Le préavis est de deux mois, à compter de la lettre.")
	d.person(d.b, "adam", store.Admin)
	twin := d.person(d.b, "paula", store.Member)
	for _, c := range []caller{d.web, d.key} {
		c.host = hostB
		r := d.call(c, "GET", "/api/v1/documents", nil)
		if r.status != unauth {
			t.Errorf("%s at the other firm: %d", c.name, r.status)
		}
	}
	for _, c := range []caller{d.session(twin), d.apiKey(twin)} {
		for _, path := range []string{"/api/v1/documents/" + d.doc.ID, "/documents/" + d.doc.ID, "/documents/" + d.doc.ID + "/original"} {
			if r := d.call(c, "GET", path, nil); r.status != 404 {
				t.Errorf("%s at the other firm: %d", path, r.status)
			}
		}
		var got struct{ Documents []documentJSON }
		d.call(c, "GET", "/api/v1/documents", nil).json(t, &got)
		if len(got.Documents) != 0 {
			t.Errorf("the other firm lists %v", got.Documents)
		}
		if r := d.call(c, "GET", "/api/v1/search?q=pr%C3%A9avis", nil); !strings.Contains(r.body, `"hits":[]`) {
			t.Errorf("the other firm finds %s", r.body)
		}
	}
}

// TestRightsEndAtTheNextRequest: a role, a group, a grant, an account and a key
// that end, end at the next request of a running session.
func TestRightsEndAtTheNextRequest(t *testing.T) {
	w := newWalk(t)
	op := store.Operator("test")
	oscar, key := w.session(w.outsider), w.apiKey(w.outsider)
	both := func(path string, want int) {
		t.Helper()
		for _, c := range []caller{oscar, key} {
			if r := w.call(c, "GET", path, nil); r.status != want {
				t.Errorf("%s as %s: %d, want %d", path, c.name, r.status, want)
			}
		}
	}
	role := func(r store.Role) {
		t.Helper()
		if err := w.auth.UpdateUser(w.ctx, w.a, op, w.outsider.id, auth.UserChange{Role: &r}); err != nil {
			t.Fatal(err)
		}
	}
	secret := "/api/v1/documents/" + w.document.ID
	both("/api/v1/audit/checkpoint", 404)
	role(store.Auditor)
	both("/api/v1/audit/checkpoint", 200)
	both(secret, 404)
	role(store.Admin)
	both("/api/v1/users", 200)
	both(secret, 404)
	role(store.Member)
	both("/api/v1/users", 404)
	both("/api/v1/audit/checkpoint", 404)

	readers := func(to ...string) {
		w.do(w.a, chain.CollectionUpdate, func(tx *store.Tx) error {
			c := w.secret
			c.Readers = append(store.Grants{"user:" + w.insider.id}, to...)
			return tx.UpdateCollection(c)
		})
	}
	members := func(ids ...string) {
		w.do(w.a, chain.GroupUpdate, func(tx *store.Tx) error {
			g, err := tx.Group(w.group)
			if err == nil {
				g.Members = ids
				_, err = tx.PutGroup(g)
			}
			return err
		})
	}
	readers("group:" + w.group)
	both(secret, 200)
	w.wantHits(oscar, 2)
	members(w.admin.id)
	both(secret, 404)
	w.wantHits(oscar, 1)
	members(w.outsider.id)
	both(secret, 200)
	readers()
	both(secret, 404)
	w.wantHits(oscar, 1)
	w.do(w.a, chain.DocumentDelete, func(tx *store.Tx) error { return tx.DeleteDocument(op, w.common.ID) })
	both("/api/v1/documents/"+w.common.ID, 404)
	w.wantHits(oscar, 0)

	if err := w.auth.Disable(w.ctx, w.a, op, w.outsider.id); err != nil {
		t.Fatal(err)
	}
	both("/api/v1/documents", unauth)
}

func (w *walk) wantHits(c caller, n int) {
	w.t.Helper()
	var got struct{ Hits []hitJSON }
	w.call(c, "GET", "/api/v1/search?q=pr%C3%A9avis", nil).json(w.t, &got)
	if len(got.Hits) != n {
		w.t.Errorf("%s finds %d passages, want %d", c.name, len(got.Hits), n)
	}
}

// TestRevokedKey: a key that its user revokes is dead at once.
func TestRevokedKey(t *testing.T) {
	d := newDesk(t)
	var made struct{ ID, Secret string }
	d.call(d.web, "POST", "/api/v1/keys", `{"name":"mine"}`).json(t, &made)
	mine := caller{name: "mine", host: hostA, key: made.Secret}
	if r := d.call(mine, "GET", "/api/v1/documents", nil); r.status != 200 {
		t.Fatalf("a new key: %d %s", r.status, r.body)
	}
	if r := d.call(mine, "DELETE", "/api/v1/keys/"+made.ID, nil); r.status != http.StatusForbidden || r.code() != "key-lacks-scope" {
		t.Errorf("a key that manages keys: %d %s", r.status, r.body)
	}
	if r := d.call(d.web, "DELETE", "/api/v1/keys/"+made.ID, nil); r.status != gone {
		t.Errorf("revoke: %d %s", r.status, r.body)
	}
	if r := d.call(mine, "GET", "/api/v1/documents", nil); r.status != unauth || r.code() != "bad-key" {
		t.Errorf("a revoked key: %d %s", r.status, r.body)
	}
	if list := d.call(d.web, "GET", "/api/v1/keys", nil).body; strings.Contains(list, made.Secret) || strings.Contains(list, "digest") {
		t.Error("the list of keys holds a secret")
	}
}

// TestOriginalsNeverRun: what somebody put in is sent as a download that no
// browser runs, by every way and for every part of it.
func TestOriginalsNeverRun(t *testing.T) {
	d := newDesk(t)
	page := "<!doctype html><script>alert(document.cookie)</script><p>Un texte assez long pour être lu, avec un préavis.</p>"
	d.doc = d.add(d.a, d.files, "x.html", page)
	for _, path := range []string{"/documents/" + d.doc.ID + "/original", "/api/v1/documents/" + d.doc.ID + "/content?as=original"} {
		for _, headers := range [][]string{nil, {"Range", "bytes=0-9"}, {"Accept", "text/html"}} {
			r := d.call(d.web, "GET", path, nil)
			if headers != nil && headers[0] == "Range" {
				req, _ := http.NewRequest("GET", d.box.web.URL+path, nil)
				d.web.dress(req)
				req.Header.Set("Range", headers[1])
				res, err := d.client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				r.status, r.header = res.StatusCode, res.Header
			}
			if ct := r.header.Get("Content-Type"); ct != "application/octet-stream" {
				t.Errorf("%s: type %q", path, ct)
			}
			if r.header.Get("Content-Security-Policy") != sandbox || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment;") {
				t.Errorf("%s %v: %d %v", path, headers, r.status, r.header)
			}
		}
	}
	r := d.call(d.web, "GET", "/documents/"+d.doc.ID, nil)
	if strings.Contains(r.body, "alert(document") {
		t.Error("the page of the document holds its script")
	}
}
