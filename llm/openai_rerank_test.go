package llm

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// scored is what a fake thinks of a text: its length, so that the longest wins.
func scored(texts []string, score string) []map[string]any {
	var out []map[string]any
	for i, text := range texts {
		out = append([]map[string]any{{"index": i, score: float64(len(text)) - 100, "document": map[string]any{"text": text}}}, out...)
	}
	return out
}

// rerankServers answer as the documentation of each says.
var rerankServers = map[string]func(mux *http.ServeMux){
	// jina.ai, docs.cohere.com (v1, v2), docs.vllm.ai, llama.cpp tools/server, localai.io, docs.litellm.ai
	"jina": func(mux *http.ServeMux) { mux.HandleFunc("POST /v1/rerank", jinaRerank("results")) },
	// Infinity without a prefix
	"infinity": func(mux *http.ServeMux) { mux.HandleFunc("POST /rerank", jinaRerank("results")) },
	"voyage":   func(mux *http.ServeMux) { mux.HandleFunc("POST /v1/rerank", jinaRerank("data")) },
	// huggingface.github.io/text-embeddings-inference
	"tei": func(mux *http.ServeMux) {
		mux.HandleFunc("POST /rerank", func(w http.ResponseWriter, r *http.Request) {
			var in struct {
				Query      *string
				Texts      []string
				ReturnText bool `json:"return_text"`
			}
			if json.NewDecoder(r.Body).Decode(&in); in.Query == nil || in.Texts == nil {
				w.WriteHeader(http.StatusUnprocessableEntity)
				io.WriteString(w, "Failed to deserialize the JSON body into the target type: missing field `texts`")
				return
			}
			json.NewEncoder(w).Encode(scored(in.Texts, "score"))
		})
	},
}

func jinaRerank(list string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Model, Query string
			Documents    []string
			TopN         int `json:"top_n"`
		}
		if json.NewDecoder(r.Body).Decode(&in); in.Model != "bge-reranker" || in.Query == "" || in.TopN != len(in.Documents) {
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, `{"error":{"message":"model not found"}}`)
			return
		}
		json.NewEncoder(w).Encode(map[string]any{"model": in.Model, list: scored(in.Documents, "relevance_score"), "usage": map[string]int{"total_tokens": 9}})
	}
}

func TestRerankServers(t *testing.T) {
	texts := []string{"court", "le plus long des trois", "un peu long"}
	want := []float64{5 - 100, 22 - 100, 11 - 100}
	for name, routes := range rerankServers {
		for _, base := range []string{"", "/v1"} {
			t.Run(name+base, func(t *testing.T) {
				mux := http.NewServeMux()
				routes(mux)
				s := httptest.NewServer(mux)
				defer s.Close()
				o, err := NewOpenAI(s.URL+base, (&net.Dialer{}).DialContext, OpenAIOptions{})
				if err != nil {
					t.Fatal(err)
				}
				got, err := o.Rerank(t.Context(), "bge-reranker", "?", texts)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%v, %v", got, err)
				}
			})
		}
	}
}

func TestRerankRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   error
	}{
		{"Ollama: no such call", fault(404, `404 page not found`), ErrNoRerank},
		{"llama.cpp without --rerank", fault(501, `{"error":{"code":501,"message":"This server does not support reranking. Start it with --reranking","type":"not_supported_error"}}`), ErrNoRerank},
		{"too much to do", fault(429, `{"error":{"message":"rate limit"}}`), ErrBusy},
		{"overloaded", fault(503, `{"error":"Model is overloaded","error_type":"overloaded"}`), ErrBusy},
		{"wrong key", fault(401, `{"detail":"no"}`), ErrKey},
		{"no such model", fault(404, `{"object":"error","message":"The model x does not exist."}`), ErrModelMissing},
		{"its own fault", fault(500, `{"message":"boom"}`), ErrRuntime},
		{"what it won't have", fault(422, `{"message":"no"}`), ErrRuntime},
		{"fewer", fault(200, `{"results":[{"index":0,"relevance_score":1}]}`), ErrBadScores},
		{"twice the same", fault(200, `[{"index":0,"score":1},{"index":0,"score":2}]`), ErrBadScores},
		{"beyond the end", fault(200, `[{"index":0,"score":1},{"index":2,"score":2}]`), ErrBadScores},
		{"no figure", fault(200, `[{"index":0,"score":1},{"index":1,"score":null}]`), ErrBadScores},
		{"no list", fault(200, `{"ok":true}`), ErrBadScores},
		{"a figure", fault(200, `7`), ErrBadScores},
		{"half an answer", fault(200, `{"results":[{"index":0,`), ErrNotAPI},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(c.answer)
			defer s.Close()
			o, err := NewOpenAI(s.URL, (&net.Dialer{}).DialContext, OpenAIOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := o.Rerank(t.Context(), "m", "?", []string{"a", "b"}); !errors.Is(err, c.want) || CodeOf(err) == "" {
				t.Errorf("%v, %v; want %v", got, err, c.want)
			}
		})
	}
}

func FuzzRerankAnswer(f *testing.F) {
	f.Add(`{"results":[{"index":1,"relevance_score":0.5},{"index":0,"relevance_score":-3}]}`, 2)
	f.Add(`[{"index":0,"score":1e308}]`, 1)
	f.Add(`{"data":[],"error":{"message":"x"}}`, 0)
	f.Fuzz(func(t *testing.T, answer string, n int) {
		n = max(0, min(n, 64))
		if out, err := scoresOf([]byte(answer), n); err == nil && len(out) != n {
			t.Fatalf("%d scores for %d texts", len(out), n)
		}
	})
}

// TestRerankRests: a server that fails isn't asked by every search, and a failure
// leaves the search as it is; a trial asks again.
func TestRerankRests(t *testing.T) {
	var asked atomic.Int32
	var broken atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if broken.Load() {
			w.Header().Set("Retry-After", "3")
			fault(429, `{}`)(w, r)
			return
		}
		jinaRerank("results")(w, r)
	}))
	defer s.Close()
	d := newDesk(t)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	r := NewRuntime((&net.Dialer{}).DialContext, 1, log)
	if got, err := r.Rerank(t.Context(), d.Tenant, "?", []string{"a", "bb"}); err != nil || got.Model != "" {
		t.Fatalf("%+v, %v without a setting", got, err)
	}
	d.do(t, chain.SettingsUpdate, func(tx *store.Tx) error {
		if err := tx.PutSetting(SettingRerankURL, s.URL+"/v1"); err != nil {
			return err
		}
		return tx.PutSetting(SettingRerank, "bge-reranker")
	})
	got, err := r.Rerank(t.Context(), d.Tenant, "?", []string{"", strings.Repeat("x", 2*mostRanked)})
	if err != nil || len(got.Scores) != 2 || got.Scores[1] < got.Scores[0] || got.Scores[1] > mostRanked {
		t.Fatalf("%+v, %v", got, err)
	}
	broken.Store(true)
	for range 3 {
		if got, err := r.Rerank(t.Context(), d.Tenant, "?", []string{"a", "bb"}); !errors.Is(err, ErrBusy) || got.Model != "bge-reranker" {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times", n)
	}
	r.mu.Lock()
	for at, rest := range r.resting {
		if left := time.Until(rest.until); left > 3*time.Second || left <= 0 || at.kind != KindOpenAI {
			t.Errorf("rests %v", left)
		}
	}
	r.mu.Unlock()
	broken.Store(false)
	if tried, err := r.TryRerank(t.Context(), d.Tenant); err != nil || !tried.Right || tried.Model != "bge-reranker" {
		t.Fatalf("%+v, %v", tried, err)
	}
	if _, err := r.Rerank(t.Context(), d.Tenant, "?", []string{"a", "bb"}); err != nil {
		t.Errorf("after a trial that went well: %v", err)
	}
}

// TestRerankLate: a server that says nothing costs a search its limit once, then
// nothing.
func TestRerankLate(t *testing.T) {
	var asked atomic.Int32
	end := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
		case <-end:
		}
	}))
	defer s.Close()
	defer close(end)
	d := newDesk(t)
	r := NewRuntime((&net.Dialer{}).DialContext, 1, slog.New(slog.NewTextHandler(io.Discard, nil)))
	d.do(t, chain.SettingsUpdate, func(tx *store.Tx) error {
		if err := tx.PutSetting(SettingURL, s.URL); err != nil {
			return err
		}
		return tx.PutSetting(SettingRerank, "m")
	})
	for range 3 {
		if _, err := r.Rerank(t.Context(), d.Tenant, "?", []string{"a", "b"}); !errors.Is(err, ErrTimeout) {
			t.Errorf("%v", err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}
