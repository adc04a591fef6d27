package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEmbedUnitVectors(t *testing.T) {
	s := newEmbedWire(t)
	e := s.embedder(t, nil)
	var texts []string
	for i := range 70 {
		texts = append(texts, fmt.Sprint("passage ", i))
	}
	texts[5] = ""
	if got, err := e.Embed(t.Context(), nil, false); len(got) != 0 || err != nil {
		t.Error(got, err)
	}
	got, err := e.Embed(t.Context(), texts, false)
	if err != nil || len(got) != len(texts) {
		t.Fatalf("%d vectors, %v", len(got), err)
	}
	for i, v := range got {
		text := texts[i]
		if text == "" {
			text = "."
		}
		want := wireVector(text)
		unit(want)
		var length float64
		for k := range v {
			length += float64(v[k]) * float64(v[k])
			if math.Abs(float64(v[k]-want[k])) > 1e-6 {
				t.Fatalf("text %d: %v, want %v", i, v, want)
			}
		}
		if math.Abs(length-1) > 1e-5 {
			t.Fatalf("text %d: length %v", i, length)
		}
	}
	for _, c := range s.heard() {
		if len(c) > mostBatch {
			t.Errorf("a call of %d texts", len(c))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.asked["options"].(map[string]any)
	if s.asked["truncate"] != false || o["num_ctx"] != float64(embedContext) || o["num_batch"] != float64(embedContext) || s.asked["keep_alive"] == nil {
		t.Errorf("asked %v", s.asked)
	}
}

func status(code int, body string) func(int, http.ResponseWriter, *http.Request) bool {
	return func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(code)
		io.WriteString(w, body)
		return true
	}
}

func TestEmbedErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(n int, w http.ResponseWriter, r *http.Request) bool
		want   error
		calls  int
	}{
		{"model gone", status(404, `{"error":"model \"bge-m3\" not found, try pulling it first"}`), ErrModelMissing, 1},
		{"fails and fails", status(500, `{"error":"do embedding request: EOF secret words"}`), ErrRuntime, embedTries},
		{"busy", status(503, `{"error":"server busy, please try again.  maximum pending requests exceeded"}`), ErrRuntime, embedTries},
		{"no embeddings, from its runner", status(501, `{"error":"this model does not support embeddings"}`), ErrNoEmbedding, 1},
		{"no embeddings, refused", status(400, `{"error":"\"bge-m3\" does not support embeddings"}`), ErrNoEmbedding, 1},
		{"another length", status(200, `{"embeddings":[[1,2,3]]}`), ErrBadVector, 1},
		{"none", status(200, `{"embeddings":[]}`), ErrBadVector, 1},
		{"two for one", status(200, `{"embeddings":[[1,2,3,4],[1,2,3,4]]}`), ErrBadVector, 1},
		{"zero", status(200, `{"embeddings":[[0,0,0,0]]}`), ErrBadVector, 1},
		{"infinite", status(200, `{"embeddings":[[1e38,1e38,1e39,1]]}`), ErrRuntime, 1},
		{"not finite, says the runtime", status(400, `{"error":"embedding contains NaN or Inf values"}`), ErrBadVector, 1},
		{"not finite, can't be written", status(500, `{"error":"json: unsupported value: NaN"}`), ErrBadVector, 1},
		{"no JSON", status(200, `<html>secret words</html>`), ErrRuntime, 1},
		{"NaN", status(200, `{"embeddings":[[NaN,1,1,1]]}`), ErrRuntime, 1},
		{"redirect", func(_ int, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "http://elsewhere.example/", http.StatusFound)
			return true
		}, ErrBadVector, 1},
		{"cut connection", func(int, http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }, ErrUnreachable, embedTries},
		{"cut answer", func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Length", "500")
			io.WriteString(w, `{"embeddings":[[1,2`)
			return true
		}, ErrRuntime, embedTries},
		{"never fits", status(400, `{"error":"the input length exceeds the context length"}`), ErrPromptCut, 1},
	} {
		for _, query := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, query %v", c.name, query), func(t *testing.T) {
				s := newEmbedWire(t)
				s.answer = c.answer
				got, err := s.embedder(t, nil).Embed(t.Context(), []string{"the secret words"}, query)
				if !errors.Is(err, c.want) || got != nil {
					t.Fatalf("%v, want %v", err, c.want)
				}
				if strings.Contains(err.Error(), "secret") {
					t.Errorf("the error tells what was asked or answered: %v", err)
				}
				if n := len(s.heard()); n != c.calls {
					t.Errorf("%d calls, want %d", n, c.calls)
				}
			})
		}
	}
}

// What passes, passes unseen.
func TestEmbedTriesAgain(t *testing.T) {
	s := newEmbedWire(t)
	s.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
		switch n {
		case 1:
			return status(500, `{"error":"model runner has unexpectedly stopped"}`)(n, w, r)
		case 2:
			panic(http.ErrAbortHandler)
		}
		return false
	}
	if got, err := s.embedder(t, nil).Embed(t.Context(), []string{"a"}, false); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
}

func TestEmbedModelIsCompared(t *testing.T) {
	s := newEmbedWire(t)
	e := s.embedder(t, nil)
	if _, err := e.Embed(t.Context(), []string{"a"}, false); err != nil {
		t.Fatal(err)
	}
	pulled := func(int, http.ResponseWriter, *http.Request) bool { // anew, while it works
		s.change(func() { s.digest = strings.Repeat("0", 64) })
		return false
	}
	s.change(func() { s.answer = pulled })
	if got, err := e.Embed(t.Context(), []string{"b"}, false); !errors.Is(err, ErrModelChanged) || got != nil {
		t.Errorf("passages of other weights: %v %v", got, err)
	}
	before := len(s.sent())
	if _, err := e.Embed(t.Context(), []string{"c"}, true); !errors.Is(err, ErrModelChanged) || len(s.sent()) != before {
		t.Errorf("a question of other weights: %v", err)
	}
	for name, want := range map[string]error{"far": ErrModelRemote, "gone": ErrModelMissing} {
		e, err := NewEmbedder(s.runtime(t, OllamaOptions{}), nil, EmbedModel{Name: name, Digest: wireDigest, Dim: wireDim})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Embed(t.Context(), []string{"a"}, false); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEmbedRuntimeDown(t *testing.T) {
	s := newEmbedWire(t)
	e := s.embedder(t, nil)
	s.Close()
	if _, err := e.Embed(t.Context(), []string{"a"}, true); !errors.Is(err, ErrUnreachable) {
		t.Error(err)
	}
	if e.Dim() != wireDim || !strings.HasPrefix(e.ID(), "ollama/bge-m3@6f4fa9d3d9e2/") || e.Languages() != nil {
		t.Errorf("%d %s %v", e.Dim(), e.ID(), e.Languages())
	}
}

func TestEmbedID(t *testing.T) {
	r, err := NewOllama("http://127.0.0.1:1", (&net.Dialer{}).DialContext, OllamaOptions{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for what, m := range map[string]EmbedModel{
		"first":            {Name: "bge-m3", Digest: wireDigest, Dim: 4},
		"its end differs":  {Name: "bge-m3", Digest: wireDigest[:63] + "d", Dim: 4},
		"its start":        {Name: "bge-m3", Digest: "7" + wireDigest[1:], Dim: 4},
		"another length":   {Name: "bge-m3", Digest: wireDigest, Dim: 8},
		"another's prefix": {Name: "nomic-embed-text", Digest: wireDigest, Dim: 4},
	} {
		e, err := NewEmbedder(r, nil, m)
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := seen[e.ID()]; twice {
			t.Errorf("%s and %s are both %s", what, other, e.ID())
		}
		seen[e.ID()] = what
	}
	for what, m := range map[string]EmbedModel{
		"no name": {Name: "", Digest: wireDigest, Dim: 4}, "no digest": {Name: "a", Digest: "", Dim: 4}, "short digest": {Name: "a", Digest: "abcd", Dim: 4},
		"odd digest": {Name: "a", Digest: strings.Repeat("z", 64), Dim: 4}, "no components": {Name: "a", Digest: wireDigest, Dim: 0},
		"too many": {Name: "a", Digest: wireDigest, Dim: 1 << 20}, "cloud": {Name: "big:cloud", Digest: wireDigest, Dim: 4},
	} {
		if e, err := NewEmbedder(r, nil, m); err == nil {
			t.Errorf("%s: %s", what, e.ID())
		}
	}
}

func TestEmbedSettings(t *testing.T) {
	for _, m := range []EmbedModel{
		{Kind: KindOllama, Name: "bge-m3:latest", Digest: wireDigest, Dim: 1024},
		{Kind: KindOllama, Name: "granite-embedding:278m", Digest: wireDigest, Dim: 768, Languages: []string{"en", "fr"}},
		{Kind: KindOllama, Name: "deaf", Digest: wireDigest, Dim: 8, Languages: []string{}, Address: "http://10.0.0.7:11434", KeySecret: "sec-a", keyFile: "meaning.key"},
		{Kind: KindOpenAI, Name: "BAAI/bge-m3", Digest: wireDigest, Dim: 8, Address: "http://10.0.0.7:8080", Window: 500, Sample: "AAECAw=="},
	} {
		stored := m.Settings()
		get := func(name, def string) string {
			if v, ok := stored[name]; ok {
				return v
			}
			return def
		}
		if got, ok, err := ChosenEmbedModel(get); !ok || err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%+v came back as %+v, %v %v", m, got, ok, err)
		}
		for key := range maps.Clone(stored) {
			switch key {
			case SettingEmbedder, SettingEmbedLanguages, SettingEmbedAt, settingEmbedAtFile, SettingEmbedAtSecret, SettingEmbedSample:
				continue
			case SettingEmbedWindow:
				if m.Kind == KindOllama {
					continue
				}
			}
			before := stored[key]
			stored[key] = "?"
			if _, _, err := ChosenEmbedModel(get); err == nil {
				t.Errorf("%s = ? was taken", key)
			}
			stored[key] = before
		}
	}
	if _, ok, err := ChosenEmbedModel(func(string, string) string { return EmbedBuiltin }); ok || err != nil {
		t.Error(ok, err)
	}
}

// A window that the runtime refuses is halved until it is taken, alone or among others.
func TestEmbedWindows(t *testing.T) {
	s := newEmbedWire(t)
	s.limit = 10
	e := s.embedder(t, nil)
	long := strings.TrimSpace(strings.Repeat("mot ", 35))
	alone, err := e.Embed(t.Context(), []string{long}, false)
	if err != nil {
		t.Fatal(err)
	}
	s.change(func() { s.calls = nil })
	mixed, err := e.Embed(t.Context(), []string{"un", long, "deux"}, false)
	if err != nil || !slices.Equal(mixed[1], alone[0]) {
		t.Fatalf("%v: %v among others, %v alone", err, mixed, alone)
	}
	words := 0
	for _, call := range s.heard() {
		if slices.ContainsFunc(call, func(text string) bool { return len(strings.Fields(text)) > s.limit }) {
			continue // refused
		}
		words += len(strings.Fields(strings.Join(call, " ")))
	}
	if words != 37 {
		t.Errorf("%d words were read, of 37", words)
	}
	e.traits.context = 10 // known beforehand: nothing is sent in vain
	s.change(func() { s.calls = nil })
	known, err := e.Embed(t.Context(), []string{long}, true)
	if err != nil || !slices.Equal(known[0], alone[0]) {
		t.Fatalf("%v: %v", err, known)
	}
	for _, text := range s.sent() {
		if len(strings.Fields(text)) > s.limit {
			t.Errorf("%d words were sent", len(strings.Fields(text)))
		}
	}
}

func TestEmbedCancelled(t *testing.T) {
	s := newEmbedWire(t)
	begun := make(chan struct{}, 8)
	s.answer = func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		begun <- struct{}{}
		<-r.Context().Done()
		return true
	}
	for _, query := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-begun
			cancel()
		}()
		if _, err := s.embedder(t, nil).Embed(ctx, []string{"a"}, query); !errors.Is(err, ErrCancelled) || !errors.Is(err, context.Canceled) {
			t.Errorf("query %v: %v", query, err)
		}
	}
	r := s.runtime(t, OllamaOptions{FirstToken: 20 * time.Millisecond})
	if _, err := embedderOf(t, r, nil).Embed(t.Context(), []string{"a"}, false); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}

// A question that a loading model can't answer in time leaves the loading going.
func TestEmbedWarms(t *testing.T) {
	s := newEmbedWire(t)
	loaded := make(chan []string, 1)
	s.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n == 1 {
			<-r.Context().Done()
			return true
		}
		loaded <- s.heard()[n-1]
		return false
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.embedder(t, nil).Embed(ctx, []string{"a"}, true); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
	if texts := <-loaded; len(texts) != 0 {
		t.Errorf("embedded %v", texts)
	}
}
