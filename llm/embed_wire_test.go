package llm

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
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

const (
	wireDigest = "6f4fa9d3d9e256124d8af97cee17c9a073eebf00c5961f0a6a311ec143d21f3c"
	wireDim    = 4
)

// embedWire is an HTTP server that speaks as Ollama 0.17.4 does about embeddings; bodies were recorded from a
// real one (.ci/ollama.sh).
type embedWire struct {
	*httptest.Server
	mu     sync.Mutex
	digest string
	show   string
	limit  int // words of a text, 0 for any
	calls  [][]string
	asked  map[string]any                                                  // the last call
	answer func(n int, w http.ResponseWriter, r *http.Request) (done bool) // before the ordinary answer; n counts from 1
}

const wireShow = `{"details":{"family":"xlm"},"model_info":{"bert.context_length":512,"bert.embedding_length":4,"tokenizer.ggml.model":"t5"},"capabilities":["embedding"]}`

func newEmbedWire(t *testing.T) *embedWire {
	s := &embedWire{digest: wireDigest, show: wireShow}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/tags", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		fmt.Fprintf(w, `{"models":[{"name":"bge-m3:latest","digest":%q,"details":{}},{"name":"far:latest","digest":"ab","remote_host":"https://ollama.com:443","details":{}},{"name":"unheard:latest","digest":%q,"details":{}}]}`, s.digest, s.digest)
	})
	mux.HandleFunc("POST /api/show", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		io.WriteString(w, s.show)
	})
	mux.HandleFunc("POST /api/embed", s.embed)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *embedWire) embed(w http.ResponseWriter, r *http.Request) {
	var in struct{ Input []string }
	raw, _ := io.ReadAll(r.Body)
	json.Unmarshal(raw, &in)
	s.mu.Lock()
	s.asked = map[string]any{}
	json.Unmarshal(raw, &s.asked)
	s.calls = append(s.calls, in.Input)
	n, answer, limit := len(s.calls), s.answer, s.limit
	s.mu.Unlock()
	if answer != nil && answer(n, w, r) {
		return
	}
	out := make([][]float32, 0, len(in.Input))
	for _, text := range in.Input {
		if limit > 0 && len(strings.Fields(text)) > limit {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"error":"the input length exceeds the context length"}`)
			return
		}
		out = append(out, wireVector(text))
	}
	json.NewEncoder(w).Encode(map[string]any{"model": "bge-m3", "embeddings": out, "prompt_eval_count": 3})
}

// wireVector is not of unit length.
func wireVector(text string) []float32 {
	v := make([]float32, wireDim)
	for i := range v {
		h := fnv.New32a()
		fmt.Fprint(h, i, text)
		v[i] = float32(h.Sum32()%1000) + 1
	}
	return v
}

// heard is every call so far.
func (s *embedWire) heard() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// sent is every text so far.
func (s *embedWire) sent() []string { return slices.Concat(s.heard()...) }

// change sets how the server answers from now on.
func (s *embedWire) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *embedWire) runtime(t *testing.T, o OllamaOptions) *Ollama {
	r, err := NewOllama(s.URL, (&net.Dialer{}).DialContext, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func (s *embedWire) embedder(t *testing.T, chats *Queue) *Embedder {
	return embedderOf(t, s.runtime(t, OllamaOptions{}), chats)
}

func embedderOf(t *testing.T, r *Ollama, chats *Queue) *Embedder {
	e, err := NewEmbedder(r, chats, EmbedModel{Name: "bge-m3", Digest: wireDigest, Dim: wireDim})
	if err != nil {
		t.Fatal(err)
	}
	e.retry = time.Millisecond
	return e
}
