package ui

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"coffre/auth"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/words"
)

// badRequest is a request that must be refused with a sentence.
type badRequest struct {
	name, method, path string
	body               any
	status             int
	code               string
	params             map[string]string
	headers            []string
}

var tooLong = map[string]string{"limit": strconv.Itoa(llm.MaxQuestion)}

func badREST(d *desk) []badRequest {
	mega := strings.Repeat("Quel préavis ? ", 1<<16)
	name := func(s string) map[string]string { return map[string]string{"name": s} }
	return []badRequest{
		{"question of 1 MB", "POST", "/api/v1/ask", map[string]any{"question": mega}, 413, "question-too-long", tooLong, nil},
		{"question of 1 MB, streamed", "POST", "/api/v1/ask", map[string]any{"question": mega, "stream": true}, 413, "question-too-long", tooLong, nil},
		{"empty question", "POST", "/api/v1/ask", map[string]any{"question": " \n\t "}, 422, "question-empty", nil, nil},
		{"no question", "POST", "/api/v1/ask", "{}", 422, "question-empty", nil, nil},
		{"body of 3 MB", "POST", "/api/v1/ask", map[string]any{"question": mega + mega + mega}, 413, "request-too-large", nil, nil},
		{"no JSON", "POST", "/api/v1/ask", "question=x", 400, "bad-request", nil, nil},
		{"half JSON", "POST", "/api/v1/ask", `{"question":"x"`, 400, "bad-request", nil, nil},
		{"two values", "POST", "/api/v1/ask", `{"question":"x"}{}`, 400, "bad-request", nil, nil},
		{"no body", "POST", "/api/v1/ask", nil, 400, "bad-request", nil, nil},
		{"number for a text", "POST", "/api/v1/ask", `{"question":7}`, 400, "bad-request", nil, nil},
		{"deep JSON", "POST", "/api/v1/ask", strings.Repeat("[", 100_000), 400, "bad-request", nil, nil},
		{"unknown conversation", "POST", "/api/v1/ask", map[string]any{"question": "x", "conversation": "none"}, 404, "not-found", nil, nil},
		{"long search", "GET", "/api/v1/search?q=" + strings.Repeat("%C3%A9", 4001), nil, 413, "question-too-long", tooLong, nil},
		{"empty search", "GET", "/api/v1/search?q=+", nil, 422, "question-empty", nil, nil},
		{"limit of a search", "GET", "/api/v1/search?q=x&limit=-1", nil, 400, "bad-parameter", name("limit"), nil},
		{"limit of a list", "GET", "/api/v1/documents?limit=99999999999999999999", nil, 400, "bad-parameter", name("limit"), nil},
		{"kind of content", "GET", "/api/v1/documents/" + d.doc.ID + "/content?as=pdf", nil, 400, "bad-parameter", name("as"), nil},
		{"unknown version", "GET", "/api/v1/documents/" + d.doc.ID + "/content?version=x", nil, 404, "not-found", nil, nil},
		{"unknown route", "GET", "/api/v1/nothing", nil, 404, "not-found", nil, nil},
		{"wrong method", "PUT", "/api/v1/documents", "{}", 404, "not-found", nil, nil},
		{"made-up method", "BREW", "/api/v1/ask", nil, 404, "not-found", nil, nil},
		{"method over a header", "DELETE", "/api/v1/search", nil, 404, "not-found", nil, []string{"X-HTTP-Method-Override", "GET"}},
		{"wrong key", "GET", "/api/v1/documents", nil, 401, "bad-key", nil, []string{"Authorization", "Bearer coffre_alpha_" + strings.Repeat("a", 52)}},
		{"no key at all", "GET", "/api/v1/documents", nil, 401, "session-expired", nil, []string{"Authorization", "Basic cGF1bGE6eA=="}},
		{"key of another scheme", "GET", "/api/v1/documents", nil, 401, "bad-key", nil, []string{"Authorization", "Bearer \xff\xfe"}},
		{"own key's bad name", "POST", "/api/v1/keys", `{"name":" "}`, 422, "invalid-name", nil, nil},
		{"key for another", "POST", "/api/v1/keys", `{"name":"k","user":"adam"}`, 403, "not-allowed", nil, nil},
		{"retry of what is read", "POST", "/api/v1/documents/" + d.doc.ID + "/retry", nil, 409, "not-failed", nil, nil},
		{"restore of what is there", "POST", "/api/v1/documents/" + d.doc.ID + "/restore", nil, 404, "not-found", nil, nil},
	}
}

// TestBadRESTRequests: each gets its status, its code and its sentence.
func TestBadRESTRequests(t *testing.T) {
	d := newDesk(t)
	d.doc = d.add(d.a, d.files, "a.txt", "Le préavis est de deux mois, à compter de la lettre.")
	for _, q := range badREST(d) {
		for _, lang := range words.Langs {
			r := d.call(d.key.speaking(string(lang)), q.method, q.path, q.body, q.headers...)
			if r.status != q.status || r.code() != q.code {
				t.Errorf("%s: %d %s, want %d %s", q.name, r.status, r.code(), q.status, q.code)
				continue
			}
			if q.params != nil || q.code != "not-failed" {
				d.says(q.name, r, lang, q.code, q.params)
			}
		}
	}
	if n := d.count("question.ask"); n != 0 {
		t.Errorf("%d refused questions were entered as asked", n)
	}
	for _, body := range []string{`{"question":"Quel préavis ?","unknown":{"x":[1,2]},"stream":false}`, `{"question":"Quel préavis ?","collections":null}`, ` {"question":"Quel préavis ?"} ` + "\n"} {
		if r := d.call(d.key, "POST", "/api/v1/ask", body); r.status != 200 {
			t.Errorf("%s: %d %s", body, r.status, r.body)
		}
	}
}

// count counts the entries of an action.
func (x *box) count(action string) (n int) {
	x.t.Helper()
	err := x.a.View(func(v *store.View) error {
		all, _, err := v.Journal(store.JournalFilter{Class: action, Limit: 1000})
		n = len(all)
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return n
}

// TestBadForms sends the same through the pages.
func TestBadForms(t *testing.T) {
	d := newDesk(t)
	d.doc = d.add(d.a, d.files, "a.txt", "Le préavis est de deux mois, à compter de la lettre.")
	mega := strings.Repeat("Quel préavis ? ", 1<<16)
	ask := func(s string) url.Values { return url.Values{"question": {s}} }
	part := []string{"HX-Request", "true"}
	for _, q := range []badRequest{
		{"question of 1 MB", "POST", "/ask", ask(mega), 413, "question-too-long", tooLong, nil},
		{"question of 1 MB, streamed", "POST", "/ask/stream", ask(mega), 413, "question-too-long", tooLong, part},
		{"empty question", "POST", "/ask", ask(" \r\n "), 422, "question-empty", nil, nil},
		{"empty question, streamed", "POST", "/ask/stream", ask(""), 422, "question-empty", nil, part},
		{"form of 3 MB", "POST", "/ask", ask(mega + mega + mega), 413, "request-too-large", nil, nil},
		{"broken form", "POST", "/ask", body{"application/x-www-form-urlencoded", strings.NewReader("question=%zz")}, 400, "bad-request", nil, nil},
		{"unknown conversation", "POST", "/ask", url.Values{"question": {"x"}, "conversation": {"none"}}, 404, "not-found", nil, nil},
		{"unknown conversation, streamed", "POST", "/ask/stream", url.Values{"question": {"x"}, "conversation": {"none"}}, 404, "not-found", nil, part},
		{"long search", "GET", "/search?q=" + strings.Repeat("%C3%A9", 4001), nil, 413, "question-too-long", tooLong, nil},
		{"page of a document", "GET", "/documents/" + d.doc.ID + "?from=x", nil, 400, "bad-parameter", map[string]string{"name": "from"}, nil},
		{"unknown document", "GET", "/documents/none", nil, 404, "not-found", nil, nil},
		{"unknown page", "GET", "/nothing/here", nil, 404, "not-found", nil, nil},
		{"wrong method", "PUT", "/documents", nil, 404, "not-found", nil, nil},
		{"title of a conversation", "POST", "/ask/none/rename", url.Values{"title": {""}}, 422, "invalid-name", nil, nil},
		{"name of a key", "POST", "/keys", url.Values{"name": {""}}, 422, "invalid-name", nil, nil},
	} {
		for _, lang := range words.Langs {
			r := d.call(d.web.speaking(string(lang)), q.method, q.path, rewind(q.body), q.headers...)
			if r.status != q.status {
				t.Errorf("%s: %d, want %d: %.300s", q.name, r.status, q.status, r.body)
			}
			d.says(q.name, r, lang, q.code, q.params)
			// A cookie weighs more than the browser's wish.
			r = d.call(d.web.speaking("de, "+other(lang)), q.method, q.path, rewind(q.body), append(q.headers, "Cookie", look.LanguageCookie+"="+string(lang))...)
			d.says(q.name+" with a cookie", r, lang, q.code, q.params)
		}
	}
}

func rewind(b any) any {
	if b, ok := b.(body); ok {
		b.r.(*strings.Reader).Seek(0, io.SeekStart)
		return b
	}
	return b
}

func other(l words.Lang) string {
	if l == words.French {
		return "en"
	}
	return "fr"
}

// TestTwentyWrongPasswords: the sixth is told to wait, in seconds; the right
// one is told so too, and works once the time has passed.
func TestTwentyWrongPasswords(t *testing.T) {
	for _, lang := range words.Langs {
		d := newDesk(t)
		c := caller{name: "paula", host: hostA, lang: string(lang)}
		try := func(password string) reply {
			return d.call(c, "POST", "/signin", url.Values{"user": {"paula"}, "password": {password}, "next": {"/documents"}})
		}
		for i := range 20 {
			r := try("faux " + strconv.Itoa(i))
			if i < 5 {
				if r.status != 401 {
					t.Fatalf("attempt %d: %d", i+1, r.status)
				}
				d.says("wrong password", r, lang, "bad-credentials", nil)
				continue
			}
			seconds := r.header.Get("Retry-After")
			if n, err := strconv.Atoi(seconds); r.status != 429 || err != nil || n < 1 || n > 900 {
				t.Fatalf("attempt %d: %d, Retry-After %q", i+1, r.status, seconds)
			}
			d.says("throttled", r, lang, "rate-limited", map[string]string{"seconds": seconds})
		}
		r := try(password)
		if r.status != 429 || r.cookie(auth.CookieName) != "" {
			t.Fatalf("the right password at once: %d", r.status)
		}
		wait, _ := strconv.Atoi(r.header.Get("Retry-After"))
		d.clock.advance(time.Duration(wait) * time.Second)
		if r = try(password); r.status != seeOther || r.header.Get("Location") != "/documents" || r.cookie(auth.CookieName) == "" {
			t.Errorf("the right password after %d s: %d %s", wait, r.status, r.body)
		}
		// Somebody else's failures shut nobody out.
		if r := d.call(d.web, "GET", "/documents", nil); r.status != 200 {
			t.Errorf("a running session: %d", r.status)
		}
		d.auth.Flush(d.ctx)
		if n := d.count("auth.failure"); n == 0 || n > 12 {
			t.Errorf("%d entries for 21 failures", n)
		}
		if strings.Contains(d.logged(), "faux") || strings.Contains(d.logged(), "paula") {
			t.Error("the log holds what was typed")
		}
	}
}

// TestHugeHeader: net/http refuses what no handler sees; everything below its
// limit is an ordinary request.
func TestHugeHeader(t *testing.T) {
	d := newDesk(t)
	if r := d.call(d.key, "GET", "/api/v1/documents", nil, "X-Long", strings.Repeat("a", 900_000)); r.status != 200 {
		t.Errorf("header of 900 kB: %d", r.status)
	}
	c := d.rawTLS()
	fmt.Fprintf(c, "GET /api/v1/documents HTTP/1.1\r\nHost: %s\r\nX-Long: ", hostA)
	go io.WriteString(c, strings.Repeat("a", 2<<20))
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("header of 2 MB: %v %v", res, err)
	}
	if r := d.call(d.key, "GET", "/api/v1/documents", nil); r.status != 200 {
		t.Errorf("afterwards: %d", r.status)
	}
}

// TestUnknownHost: with two firms on the box, a name that is neither's says so,
// and no header of the request chooses another firm.
func TestUnknownHost(t *testing.T) {
	d := newDesk(t)
	for _, lang := range words.Langs {
		for path, who := range map[string]caller{"/api/v1/documents": d.key, "/documents": d.web, "/signin": d.web} {
			who.host = "gamma.test"
			r := d.call(who.speaking(string(lang)), "GET", path, nil, "Coffre-Tenant", "alpha", "X-Forwarded-Host", hostA)
			if r.status != 404 {
				t.Errorf("%s at an unknown host: %d", path, r.status)
			}
			d.says(path, r, lang, "tenant-unknown", nil)
		}
	}
}
