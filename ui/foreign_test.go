package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"coffre/store"
)

// twin is a request about an object: the same one is sent with an id that
// never existed, and both must get the same answer but for the request's id.
type twin struct {
	method, path string
	body         func(id string) any
	code         int // 0 means 404
}

func without(string) any { return nil }

func form(name string) func(string) any {
	return func(id string) any { return url.Values{name: {id}, "question": {"préavis"}, "title": {"x"}} }
}

// twins lists every way to name an object, by the object's kind.
var twins = map[string][]twin{
	"document": {
		{method: "GET", path: "/api/v1/documents/{id}", body: without},
		{method: "DELETE", path: "/api/v1/documents/{id}", body: without},
		{method: "POST", path: "/api/v1/documents/{id}/restore", body: without},
		{method: "POST", path: "/api/v1/documents/{id}/retry", body: without},
		{method: "GET", path: "/api/v1/documents/{id}/content", body: without},
		{method: "GET", path: "/api/v1/documents/{id}/content?as=original", body: without},
		{method: "GET", path: "/api/v1/documents/{id}/content?as=text&version={id}", body: without},
		{method: "GET", path: "/api/v1/documents/{id}/content?as=nonsense", body: without},
		{method: "GET", path: "/api/v1/documents/{id}/pages/1.png", body: without},
		{method: "GET", path: "/documents/{id}/pages/1.png?width=nonsense", body: without},
		{method: "GET", path: "/documents/{id}/pages/passage.json?start=0&end=5", body: without},
		{method: "GET", path: "/documents/{id}", body: without},
		{method: "GET", path: "/documents/{id}?version={id}&start=0&end=5&from=1", body: without},
		{method: "GET", path: "/documents/{id}?from=nonsense", body: without},
		{method: "GET", path: "/documents/{id}/original", body: without},
		{method: "POST", path: "/documents/{id}/delete", body: without},
		{method: "POST", path: "/documents/{id}/restore", body: without},
		{method: "POST", path: "/documents/{id}/retry", body: without},
	},
	"collection": {
		{method: "GET", path: "/api/v1/documents?collection={id}", body: without, code: http.StatusOK},
		{method: "GET", path: "/api/v1/search?q=pr%C3%A9avis&collection={id}", body: without, code: http.StatusOK},
		{method: "POST", path: "/api/v1/documents", body: func(id string) any { return fixedUpload(id) }},
		{method: "POST", path: "/documents", body: func(id string) any { return fixedUpload(id) }},
		{method: "GET", path: "/documents?collection={id}", body: without, code: http.StatusOK},
		{method: "GET", path: "/documents?collection={id}&bin=1", body: without, code: http.StatusOK},
		{method: "GET", path: "/search?q=pr%C3%A9avis&collection={id}", body: without, code: http.StatusOK},
	},
	"conversation": {
		{method: "GET", path: "/api/v1/conversations/{id}", body: without},
		{method: "DELETE", path: "/api/v1/conversations/{id}", body: without},
		{method: "POST", path: "/api/v1/ask", body: func(id string) any { return map[string]any{"question": "préavis", "conversation": id} }},
		{method: "POST", path: "/api/v1/ask", body: func(id string) any {
			return map[string]any{"question": "préavis", "conversation": id, "stream": true}
		}},
		{method: "GET", path: "/ask/{id}", body: without},
		{method: "POST", path: "/ask", body: form("conversation")},
		{method: "POST", path: "/ask/stream", body: form("conversation")},
		{method: "POST", path: "/ask/{id}/rename", body: form("title")},
		{method: "POST", path: "/ask/{id}/delete", body: without},
	},
	"key": {
		{method: "DELETE", path: "/api/v1/keys/{id}", body: without},
		{method: "POST", path: "/keys/{id}/revoke", body: without},
	},
	"user": {
		{method: "POST", path: "/api/v1/keys", body: func(id string) any { return map[string]string{"name": "k", "user": id} }, code: http.StatusForbidden},
		{method: "POST", path: "/keys", body: func(id string) any { return url.Values{"name": {"k"}, "user": {id}} }, code: http.StatusForbidden},
	},
}

// fixedUpload has the same bytes each time, boundary included.
func fixedUpload(collection string) body {
	const text = "--edge\r\nContent-Disposition: form-data; name=\"collection\"\r\n\r\n@\r\n--edge\r\n" +
		"Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nabc\r\n--edge--\r\n"
	return body{"multipart/form-data; boundary=edge", strings.NewReader(strings.Replace(text, "@", collection, 1))}
}

// TestForeignObjectsDoNotExist: what is somebody else's answers byte for byte
// like what never was.
func TestForeignObjectsDoNotExist(t *testing.T) {
	w := newWalk(t)
	_, key, err := w.auth.CreateKey(w.ctx, w.a, store.Operator("test"), w.insider.id, "irene's")
	if err != nil {
		t.Fatal(err)
	}
	real := map[string]string{
		"document": w.document.ID, "collection": w.secret.ID, "conversation": w.conversation, "key": key.ID, "user": w.insider.id,
	}
	for _, c := range []caller{w.session(w.outsider), w.apiKey(w.outsider), w.session(w.auditor), w.session(w.admin), w.apiKey(w.admin)} {
		for kind, list := range twins {
			if kind == "key" && strings.HasPrefix(c.name, "adam") {
				continue // an administrator may see and revoke every key
			}
			for _, q := range list {
				if kind == "user" && c.name == "adam" && q.path == "/keys" {
					continue // whose page lists everybody's keys, with their times
				}
				w.compareTwin(c, q, real[kind], strings.Replace(real[kind], real[kind][len(real[kind])-26:], store.NewID(), 1))
			}
		}
		// An object's id is no login, and a login no id.
		w.compareTwin(c, twins["user"][0], w.insider.login, "x"+w.insider.login)
	}
}

func (w *walk) compareTwin(c caller, q twin, id, never string) {
	w.t.Helper()
	send := func(id string) (reply, string) {
		r := w.call(c, q.method, strings.ReplaceAll(q.path, "{id}", id), q.body(id))
		text := strings.ReplaceAll(r.body, r.header.Get("Request-Id"), "REQUEST")
		text = strings.ReplaceAll(text, id, "ID")
		r.header.Del("Request-Id")
		r.header.Del("Date")
		return r, text
	}
	a, textA := send(id)
	b, textB := send(never)
	want := q.code
	if want == 0 {
		want = http.StatusNotFound
	}
	if a.status != want {
		w.t.Errorf("%s %s as %s: %d, want %d", q.method, q.path, c.name, a.status, want)
	}
	if a.status != b.status || textA != textB {
		w.t.Errorf("%s %s as %s betrays that the object exists:\n%d %s\n%d %s", q.method, q.path, c.name, a.status, textA, b.status, textB)
	}
	for name := range a.header {
		if len(id) == len(never) && a.header.Get(name) != b.header.Get(name) {
			w.t.Errorf("%s %s as %s: header %s is %q and %q", q.method, q.path, c.name, name, a.header.Get(name), b.header.Get(name))
		}
	}
}
