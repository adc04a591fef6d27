package ui

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/words"
)

// caller is a browser or a program: with a cookie, a key, or neither.
type caller struct {
	name, host string
	cookie     string
	key        string
	lang       string // Accept-Language
}

func (c caller) speaking(lang string) caller { c.lang = lang; return c }

// session signs somebody in over HTTP.
func (x *box) session(p person) caller {
	x.t.Helper()
	c := caller{name: p.login, host: p.host}
	r := x.call(c, "POST", "/signin", url.Values{"user": {p.login}, "password": {password}})
	if r.status != http.StatusSeeOther {
		x.t.Fatalf("sign-in of %s: %d %s", p.login, r.status, r.body)
	}
	c.cookie = r.cookie(auth.CookieName)
	if c.cookie == "" {
		x.t.Fatalf("sign-in of %s: no cookie", p.login)
	}
	return c
}

// apiKey makes a key as the operator.
func (x *box) apiKey(p person) caller {
	x.t.Helper()
	secret, _, err := x.auth.CreateKey(x.ctx, p.t, store.Operator("test"), p.id, "key of "+p.login)
	if err != nil {
		x.t.Fatal(err)
	}
	return caller{name: p.login + "'s key", host: p.host, key: secret}
}

// reply is an answer read whole.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) cookie(name string) string {
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (r reply) json(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		t.Fatalf("answer %d is no JSON: %v: %.200s", r.status, err, r.body)
	}
}

// code is the code of a problem, "" where the answer is none.
func (r reply) code() string {
	var p struct{ Code string }
	json.Unmarshal([]byte(r.body), &p)
	return p.Code
}

// body is a request's body with its type.
type body struct {
	kind string
	r    io.Reader
}

// file is one part of an upload; without a name it is a field.
type file struct{ field, name, content string }

func multi(files ...file) body {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		var part io.Writer
		if f.name == "" {
			part, _ = w.CreateFormField(f.field)
		} else {
			part, _ = w.CreateFormFile(f.field, f.name)
		}
		io.WriteString(part, f.content)
	}
	w.Close()
	return body{w.FormDataContentType(), &b}
}

// upload is the body that puts one file into a collection.
func uploadOf(collection, name, content string) body {
	return multi(file{"collection", "", collection}, file{"file", name, content})
}

func asBody(v any) body {
	switch v := v.(type) {
	case nil:
		return body{}
	case body:
		return v
	case url.Values:
		return body{"application/x-www-form-urlencoded", strings.NewReader(v.Encode())}
	case string:
		return body{"application/json", strings.NewReader(v)}
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return body{"application/json", bytes.NewReader(b)}
}

// call makes one request and checks what every answer must carry. Headers are
// name, value pairs.
func (x *box) call(c caller, method, path string, payload any, headers ...string) reply {
	x.t.Helper()
	b := asBody(payload)
	req, err := http.NewRequest(method, x.web.URL+path, b.r)
	if err != nil {
		x.t.Fatal(err)
	}
	c.dress(req)
	if b.kind != "" {
		req.Header.Set("Content-Type", b.kind)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Cookie" {
			req.Header.Add("Cookie", headers[i+1])
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := x.client.Do(req)
	if err != nil {
		x.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		x.t.Fatalf("%s %s: %v", method, path, err)
	}
	r := reply{res.StatusCode, res.Header, string(text)}
	x.checkHeaders(method+" "+path, r)
	return r
}

func (c caller) dress(req *http.Request) {
	if c.host != "" {
		req.Host = c.host
	}
	if c.cookie != "" {
		req.Header.Set("Cookie", auth.CookieName+"="+c.cookie)
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	if c.lang != "" {
		req.Header.Set("Accept-Language", c.lang)
	}
}

const sandbox = "default-src 'none'; sandbox"

// checkHeaders holds every answer of every test against the headers that keep
// a browser safe.
func (x *box) checkHeaders(what string, r reply) {
	x.t.Helper()
	policy := look.Policy
	_, path, _ := strings.Cut(what, " ")
	path, query, _ := strings.Cut(path, "?")
	original := strings.HasSuffix(path, "/original") || strings.HasSuffix(path, "/content") && strings.Contains(query, "as=original")
	if original && r.status == http.StatusOK {
		policy = sandbox
	}
	cache := "no-store"
	if strings.HasPrefix(path, look.Prefix) && r.status == http.StatusOK {
		cache = "public, max-age=31536000, immutable"
	}
	if strings.HasSuffix(path, ".png") && (r.status == http.StatusOK || r.status == http.StatusNotModified) {
		cache = "private, no-cache"
	}
	want := map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=" + cmp.Or(x.hsts, "0"),
		"Cache-Control": cache, "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	}
	for name, v := range want {
		if got := r.header[name]; len(got) != 1 || got[0] != v {
			x.t.Errorf("%s: %d: header %s is %q, want %q", what, r.status, name, got, v)
		}
	}
	if len(r.header.Get("Request-Id")) != 26 {
		x.t.Errorf("%s: Request-Id %q", what, r.header.Get("Request-Id"))
	}
	// verify.html, in a kit, has its own catalogue; compressed or encrypted, it may say anything.
	kind := r.header.Get("Content-Type")
	if kind != "application/zip" && kind != "application/octet-stream" && strings.Contains(r.body, "⟨") {
		x.t.Errorf("%s: a sentence is missing in the catalogue", what)
	}
	if strings.HasPrefix(path, "/api/") && r.status >= 400 {
		x.checkProblem(what, r)
	}
}

// checkProblem holds an error of the REST API against RFC 9457.
func (x *box) checkProblem(what string, r reply) {
	x.t.Helper()
	var p struct {
		Type, Title, Detail, Code string
		Status                    int
		RequestID                 string `json:"request_id"`
	}
	r.json(x.t, &p)
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		x.t.Errorf("%s: an error of type %q", what, got)
	}
	if p.Status != r.status || p.RequestID != r.header.Get("Request-Id") || p.Type == "" || p.Title == "" || p.Code == "" || p.Detail == "" {
		x.t.Errorf("%s: incomplete problem %s", what, r.body)
	}
	if !words.English.Has("error." + p.Code) {
		x.t.Errorf("%s: code %s has no sentence of its own", what, p.Code)
	}
}
