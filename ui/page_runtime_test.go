package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/words"
)

// gatewayServer speaks as OpenAI does, for the key "sk-house".
func gatewayServer(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"data":[{"id":"writer","max_model_len":4096},{"id":"bge-m3"}]}`)
	})
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Model string }
		json.NewDecoder(r.Body).Decode(&in)
		if in.Model != "writer" {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"error":{"message":"The model does not support Chat Completions API"}}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, `data: {"choices":[{"delta":{"content":"2"},"finish_reason":"length"}]}`+"\n\ndata: [DONE]\n\n")
	})
	mux.HandleFunc("POST /v1/embeddings", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Input []string }
		json.NewDecoder(r.Body).Decode(&in)
		var data []any
		for i, text := range in.Input {
			v := make([]float32, 8)
			for k := range v {
				h := fnv.New32a()
				fmt.Fprint(h, k, text)
				v[k] = float32(h.Sum32()%1000) - 500
			}
			data = append(data, map[string]any{"index": i, "embedding": v})
		}
		json.NewEncoder(w).Encode(map[string]any{"data": data})
	})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sk-house" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// TestGateway sets an OpenAI compatible server up as an administrator does, step by step, and hears in words what
// is missing at each.
func TestGateway(t *testing.T) {
	w := newWalk(t)
	key, page := w.adminKey(), w.session(w.admin)
	s := gatewayServer(t)
	kept := w.call(key, "POST", "/api/v1/secrets", `{"name":"house","purpose":"runtime","address":"`+s.URL+`","value":"sk-house"}`)
	var secret struct{ ID string }
	if json.Unmarshal([]byte(kept.body), &secret); secret.ID == "" {
		t.Fatalf("%d %s", kept.status, kept.body)
	}
	set := func(settings string) reply { return w.call(key, "PATCH", "/api/v1/settings", settings) }
	test := func(want string, params ...any) {
		t.Helper()
		for _, lang := range words.Langs {
			r := w.call(page.speaking(string(lang)), "POST", "/settings/runtime/test", url.Values{})
			if text := lang.T(want, params...); r.status != 200 || !strings.Contains(unescaped(r.body), text) {
				t.Errorf("%s: %d without %q: %s", lang, r.status, text, r.body)
			}
		}
	}
	for _, step := range []struct{ settings, says string }{
		{`{"llm.url":"` + s.URL + `/v1","llm.model":"writer"}`, "error.runtime-key"},
		{`{"llm.key_secret":"` + secret.ID + `"}`, ""},
		{`{"llm.model":"bge-m3"}`, "error.model-no-chat"},
		{`{"llm.model":"writer"}`, ""},
	} {
		if r := set(step.settings); r.status != 200 {
			t.Fatalf("%s: %d %s", step.settings, r.status, r.body)
		}
		if step.says == "" {
			test("gateway.tried", "model", "writer", "n", 4096)
			continue
		}
		test(step.says)
	}
	if r := w.call(page, "POST", "/settings/runtime/test", url.Values{"llm.url": {"http://127.0.0.1:1"}}); r.status != 200 || !strings.Contains(unescaped(r.body), words.French.T("runtime.untested")) || strings.Contains(unescaped(r.body), words.French.T("runtime.bad")) {
		t.Errorf("%d: an address that is only typed counts as a fault: %s", r.status, r.body)
	}
	if r := set(`{"embed.model":"openai:absent"}`); r.status != 422 || r.code() != "model-missing" {
		t.Errorf("a model that is not there: %d %s", r.status, r.body)
	}
	if r := set(`{"embed.model":"openai:bge-m3"}`); r.status != 200 {
		t.Errorf("a model that is: %d %s", r.status, r.body)
	}
	r := w.call(page, "GET", "/settings/models", nil)
	if r.status != 200 || !strings.Contains(r.body, `value="openai:bge-m3" selected`) || !strings.Contains(r.body, `value="writer" selected`) {
		t.Errorf("%d: the page doesn't show what is chosen", r.status)
	}
	// Another address is looked at before the embedder goes there; where it is none, the old one stays.
	if r := set(`{"embed.url":"http://127.0.0.1:1"}`); r.status != 422 || r.code() != "runtime-unreachable" {
		t.Errorf("an embedder's address where nobody is: %d %s", r.status, r.body)
	}
	if r := set(`{"embed.url":"` + s.URL + `"}`); r.status != 422 || r.code() != "runtime-key" {
		t.Errorf("the runtime's key went to the embedder's address: %d %s", r.status, r.body)
	}
	if r := w.call(key, "GET", "/api/v1/settings", nil); !strings.Contains(r.body, `"embed.url":""`) {
		t.Errorf("an address that was refused stays: %s", r.body)
	}
	if r := set(`{"embed.url":"` + s.URL + `","embed.key_secret":"` + secret.ID + `"}`); r.status != 200 {
		t.Errorf("%d %s", r.status, r.body)
	}
	if all := w.logged() + w.call(key, "GET", "/api/v1/settings", nil).body + w.call(page, "GET", "/settings/models", nil).body; strings.Contains(all, "sk-house") {
		t.Error("the key is shown or logged")
	}
	for _, bad := range []string{`{"llm.kind":"other"}`, `{"llm.key_secret":"/etc/key"}`, `{"embed.key_secret":"sec-aaaaaaaaaaaaaaaaaaaaaaaaaa"}`, `{"search.rerank_key_secret":".."}`, `{"llm.ca_file":"/etc/../x"}`, `{"llm.url":"http://h/a?b"}`, `{"llm.url":"http://h/../a"}`, `{"embed.url":"http://a:b@h"}`, `{"embed.model":"openai:"}`, `{"llm.num_ctx":"12"}`} {
		if r := set(bad); r.status != 422 || r.code() != "invalid-setting" {
			t.Errorf("%s: %d %s", bad, r.status, r.body)
		}
	}
}

// TestKeyFileIsGone: a box whose setting names a key file of before says on every
// page, and in the setting's place, what to do; nothing is forgotten unasked.
func TestKeyFileIsGone(t *testing.T) {
	w := newWalk(t)
	key, page := w.adminKey(), w.session(w.admin)
	s := gatewayServer(t)
	_, err := w.a.Update(t.Context(), store.System("test"), chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error {
		return errors.Join(tx.PutSetting("llm.url", s.URL+"/v1"), tx.PutSetting("llm.model", "writer"), tx.PutSetting("llm.kind", "openai"), tx.PutSetting("llm.key_file", "gateway.key"))
	})
	if err != nil {
		t.Fatal(err)
	}
	set := func(settings string) reply { return w.call(key, "PATCH", "/api/v1/settings", settings) }
	has := func(path string, want bool, says ...string) {
		t.Helper()
		for _, lang := range words.Langs {
			r := w.call(page.speaking(string(lang)), "GET", path, nil)
			for _, name := range says {
				if r.status != 200 || strings.Contains(unescaped(r.body), lang.T(name)) != want {
					t.Errorf("%s, %s: %d, %s: %v", path, lang, r.status, name, !want)
				}
			}
		}
	}
	has("/settings/models", true, "error.key-file-gone", "gateway.file", "secret.alarm-file")
	if r := w.call(key, "GET", "/api/v1/settings", nil); !strings.Contains(r.body, `"llm.key_file":"gateway.key"`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := set(`{"llm.key_file":"other.key"}`); r.status != 422 || r.code() != "key-file-gone" {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := w.call(page, "POST", "/settings", url.Values{"llm.num_ctx": {"4096"}}); r.status != 303 {
		t.Errorf("%d %s", r.status, r.body)
	}
	has("/settings/models", true, "error.key-file-gone")
	// Forgotten by hand, and set again; then replaced by a secret.
	if r := w.call(page, "POST", "/settings", url.Values{"llm.key_file": {""}}); r.status != 303 {
		t.Errorf("%d %s", r.status, r.body)
	}
	has("/settings/models", false, "gateway.file", "secret.alarm-file")
	if _, err = w.a.Update(t.Context(), store.System("test"), chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error { return tx.PutSetting("llm.key_file", "gateway.key") }); err != nil {
		t.Fatal(err)
	}
	kept := w.call(key, "POST", "/api/v1/secrets", `{"name":"house","purpose":"runtime","address":"`+s.URL+`","value":"sk-house"}`)
	var secret struct{ ID string }
	if json.Unmarshal([]byte(kept.body), &secret); secret.ID == "" {
		t.Fatalf("%d %s", kept.status, kept.body)
	}
	if r := set(`{"llm.key_secret":"` + secret.ID + `"}`); r.status != 200 || strings.Contains(r.body, "key_file") {
		t.Errorf("%d %s", r.status, r.body)
	}
	has("/settings/models", false, "gateway.file", "secret.alarm-file")
	if r := w.call(page, "POST", "/settings/runtime/test", url.Values{}); r.status != 200 || !strings.Contains(unescaped(r.body), words.French.T("gateway.tried", "model", "writer", "n", 4096)) {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// TestReranker sets a re-ranker up, tries it, searches with it, and hears why the
// first order stood once it fails.
func TestReranker(t *testing.T) {
	w := newWalk(t)
	key, page := w.adminKey(), w.session(w.admin)
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var in struct {
			Model     string
			Documents []string
		}
		if json.NewDecoder(r.Body).Decode(&in); r.URL.Path != "/v1/rerank" || in.Model != "ranker" {
			rw.WriteHeader(http.StatusNotFound)
			return
		}
		var results []any
		for i, text := range in.Documents {
			results = append(results, map[string]any{"index": i, "relevance_score": strings.Count(text, "préavis") + strings.Count(text, "notice")})
		}
		json.NewEncoder(rw).Encode(map[string]any{"results": results})
	}))
	defer s.Close()
	test := func(form url.Values, want string, params ...any) {
		t.Helper()
		for _, lang := range words.Langs {
			r := w.call(page.speaking(string(lang)), "POST", "/settings/rerank/test", form)
			if text := lang.T(want, params...); r.status != 200 || !strings.Contains(unescaped(r.body), text) {
				t.Errorf("%s: %d without %q: %s", lang, r.status, text, r.body)
			}
		}
	}
	test(url.Values{}, "rerank.none")
	if r := w.call(key, "PATCH", "/api/v1/settings", `{"search.rerank":"ranker","search.rerank_url":"`+s.URL+`/v1"}`); r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	test(url.Values{}, "rerank.ok")
	test(url.Values{"search.rerank": {"another"}}, "runtime.untested")
	w.add(w.a, w.shared, "lettre.txt", "La lettre recommandée ouvre le préavis, et le préavis finit avec elle.")
	const query = "search?q=lettre+du+personnel"
	found := w.call(key, "GET", "/api/v1/"+query, nil)
	if found.status != 200 || !strings.Contains(found.body, `"rerank":"ranker"`) || strings.Contains(found.body, "rerank_fault") || !strings.Contains(found.body, `"place_before":2`) {
		t.Errorf("%d %s", found.status, found.body)
	}
	if r := w.call(page, "GET", "/"+query, nil); !strings.Contains(unescaped(r.body), words.French.T("hit.reranked", "model", "ranker", "score", "2,00", "n", 2)) {
		t.Errorf("%d: the page doesn't say who put it first: %s", r.status, r.body)
	}
	if r := w.call(key, "PATCH", "/api/v1/settings", `{"search.rerank":"absent"}`); r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := w.call(page, "GET", "/"+query, nil); !strings.Contains(unescaped(r.body), words.French.T("rerank.stood")) || !strings.Contains(r.body, "lettre.txt") {
		t.Errorf("%d: the page doesn't say that the first order stood: %s", r.status, r.body)
	}
	if r := w.call(key, "GET", "/api/v1/"+query, nil); !strings.Contains(r.body, `"rerank_fault":"model-no-rerank"`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	test(url.Values{}, "error.model-no-rerank")
	for _, bad := range []string{`{"search.rerank":"a b"}`, `{"search.rerank_url":"ftp://h"}`} {
		if r := w.call(key, "PATCH", "/api/v1/settings", bad); r.status != 422 || r.code() != "invalid-setting" {
			t.Errorf("%s: %d %s", bad, r.status, r.body)
		}
	}
}
