package llm

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// openWire is an HTTP server that speaks as the documents of OpenAI's API, and those of the servers that follow it,
// say. Recorded from a real one (.ci/ollama.sh, /v1) where it has it.
type openWire struct {
	*httptest.Server
	mu     sync.Mutex
	models string // body of GET /v1/models
	extra  map[string]string
	chat   http.HandlerFunc
	limit  int                 // tokens of a text that is embedded, 0 for any
	cuts   bool                // texts over the limit are cut without a word
	answer http.HandlerFunc    // instead of embeddings
	weigh  func(string) string // what of a text the model sees
	asked  []map[string]any
	keys   []string // Authorization headers
	paths  []string
}

const openModels = `{"object":"list","data":[{"id":"tinyllama","object":"model","created":1795347549,"owned_by":"vllm","max_model_len":1024},{"id":"bge-m3","object":"model","owned_by":"library"}]}`

func newOpenWire(t *testing.T) *openWire {
	s := &openWire{models: openModels, extra: map[string]string{}, weigh: func(text string) string { return text }}
	s.chat = func(w http.ResponseWriter, _ *http.Request) { chunk(w, "Oui."); chunkEnd(w, "stop", 20, 2) }
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *openWire) serve(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	var in map[string]any
	json.Unmarshal(raw, &in)
	s.mu.Lock()
	s.paths, s.keys = append(s.paths, r.URL.RequestURI()), append(s.keys, r.Header.Get("Authorization"))
	if in != nil {
		s.asked = append(s.asked, in)
	}
	models, extra, chat, answer := s.models, s.extra[r.URL.Path], s.chat, s.answer
	s.mu.Unlock()
	switch {
	case r.URL.Path == "/v1/models" && models != "":
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, models)
	case r.URL.Path == "/v1/chat/completions" && chat != nil:
		w.Header().Set("Content-Type", "text/event-stream")
		chat(w, r)
	case r.URL.Path == "/v1/embeddings" && answer != nil:
		answer(w, r)
	case r.URL.Path == "/v1/embeddings":
		s.embed(w, in)
	case extra != "":
		io.WriteString(w, extra)
	default:
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, `{"detail":"Not Found"}`)
	}
}

// embed answers backwards, so that nothing but index tells the order.
func (s *openWire) embed(w http.ResponseWriter, in map[string]any) {
	s.mu.Lock()
	limit, cuts, weigh := s.limit, s.cuts, s.weigh
	s.mu.Unlock()
	var data []any
	tokens := 0
	for i, x := range in["input"].([]any) {
		words := strings.Fields(x.(string))
		if limit > 0 && len(words) > limit {
			if !cuts {
				fault(http.StatusBadRequest, `{"object":"error","message":"This model's maximum context length is 512 tokens.","type":"BadRequestError","code":400}`)(w, nil)
				return
			}
			words = words[:limit]
		}
		tokens += len(words)
		data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": wireVector(weigh(strings.Join(words, " ")))})
	}
	slices.Reverse(data)
	json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": data, "usage": map[string]int{"prompt_tokens": tokens, "total_tokens": tokens}})
}

func (s *openWire) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// last is the last request with a body.
func (s *openWire) last() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[len(s.asked)-1]
}

func (s *openWire) runtime(t *testing.T, o OpenAIOptions) *OpenAI {
	r, err := NewOpenAI(s.URL, (&net.Dialer{}).DialContext, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func (s *openWire) embedder(t *testing.T) *Embedder {
	r := s.runtime(t, OpenAIOptions{})
	p, err := Probe(t.Context(), r, "bge-m3")
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEmbedder(r, nil, p.EmbedModel)
	if err != nil {
		t.Fatal(err)
	}
	e.retry = time.Millisecond
	return e
}

func chunk(w http.ResponseWriter, text string) {
	fmt.Fprintf(w, `data: {"id":"chatcmpl-358","object":"chat.completion.chunk","model":"tinyllama","choices":[{"index":0,"delta":{"role":"assistant","content":%q},"finish_reason":null}]}`+"\n\n", text)
	w.(http.Flusher).Flush()
}

func chunkEnd(w http.ResponseWriter, reason string, prompt, answer int) {
	fmt.Fprintf(w, `data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":%q}]}`+"\n\n", reason)
	fmt.Fprintf(w, `data: {"choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`+"\n\ndata: [DONE]\n\n", prompt, answer, prompt+answer)
}

// fault answers a status and a body.
func fault(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

func newTestDialer() Dialer { return (&net.Dialer{}).DialContext }
