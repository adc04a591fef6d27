package llm

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
)

func TestOpenAIProbe(t *testing.T) {
	s := newOpenWire(t)
	s.limit = 512
	p, err := Probe(t.Context(), s.runtime(t, OpenAIOptions{}), "bge-m3")
	if err != nil || p.Kind != KindOpenAI || p.Dim != wireDim || p.Window != 500 || !p.Known || p.Languages != nil || len(p.Digest) != 64 {
		t.Fatalf("%v %+v", err, p)
	}
	s.change(func() { s.limit, s.cuts = 256, true })
	cut, err := Probe(t.Context(), s.runtime(t, OpenAIOptions{}), "bge-m3")
	if err != nil || cut.Window != 250 {
		t.Fatalf("%v %+v: cut without a word", err, cut)
	}
	a, _ := NewEmbedder(s.runtime(t, OpenAIOptions{}), nil, p.EmbedModel)
	b, _ := NewEmbedder(s.runtime(t, OpenAIOptions{}), nil, cut.EmbedModel)
	if a.ID() == b.ID() || !strings.HasPrefix(a.ID(), "openai/bge-m3@") {
		t.Errorf("%s with windows of 500 tokens, %s of 250", a.ID(), b.ID())
	}
	if name, ok := EmbedderModel(a.ID()); !ok || name != "bge-m3" {
		t.Error(name, ok)
	}
	s.change(func() { s.limit, s.cuts, s.models = 0, false, "" })
	if p, err := Probe(t.Context(), s.runtime(t, OpenAIOptions{}), "unheard"); err != nil || p.Known || p.Window != 1000 || len(p.Measured) != 2 {
		t.Errorf("without a list of models: %v %+v", err, p)
	}
}

func TestOpenAIProbeRefuses(t *testing.T) {
	list := func(vectors ...string) http.HandlerFunc {
		var all []string
		for i, v := range vectors {
			all = append(all, fmt.Sprintf(`{"index":%d,"embedding":%s}`, i, v))
		}
		return fault(200, `{"data":[`+strings.Join(all, ",")+`]}`)
	}
	turn := 0.0
	for _, c := range []struct {
		name   string
		model  string
		answer http.HandlerFunc
		want   error
	}{
		{"not there", "absent", nil, ErrModelMissing},
		{"a model that writes", "bge-m3", fault(400, `{"object":"error","message":"The model does not support Embeddings API","code":400}`), ErrNoEmbedding},
		{"llama.cpp without embeddings", "bge-m3", fault(501, `{"error":{"code":501,"message":"This server does not support embeddings. Start it with --embeddings","type":"not_supported_error"}}`), ErrNoEmbedding},
		{"no such address", "bge-m3", fault(404, `{"detail":"Not Found"}`), ErrNoEmbedding},
		{"wrong key", "bge-m3", fault(403, `no`), ErrKey},
		{"no components", "bge-m3", list(`[]`), ErrBadVector},
		{"no numbers", "bge-m3", list(`[null,1]`), ErrBadVector},
		{"zero", "bge-m3", list(`[0,0]`), ErrBadVector},
		{"too many", "bge-m3", list(`[1,2]`, `[1,2]`), ErrBadVector},
		{"odd base64", "bge-m3", list(`"AAA="`), ErrBadVector},
		{"no numbers of texts", "bge-m3", func(w http.ResponseWriter, r *http.Request) {
			fault(200, `{"data":[{"embedding":[1,2]},{"embedding":[1,2]}]}`)(w, r)
		}, ErrBadVector},
		{"a page", "bge-m3", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>")
		}, ErrNotAPI},
		{"never the same", "bge-m3", func(w http.ResponseWriter, r *http.Request) {
			turn++
			list(fmt.Sprintf("[%f,1]", turn), fmt.Sprintf("[1,%f]", turn), "[3,4]")(w, r)
		}, ErrBadVector},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newOpenWire(t)
			s.answer = c.answer
			if p, err := Probe(t.Context(), s.runtime(t, OpenAIOptions{}), c.model); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v; %+v", err, c.want, p)
			}
		})
	}
	s := newOpenWire(t)
	s.weigh = func(string) string { return "" }
	if _, err := Probe(t.Context(), s.runtime(t, OpenAIOptions{}), "bge-m3"); !errors.Is(err, ErrBadVector) {
		t.Errorf("one vector for every text: %v", err)
	}
}

// Vectors come in the order of their texts, whichever order and form they are sent in.
func TestOpenAIVectors(t *testing.T) {
	s := newOpenWire(t)
	e := s.embedder(t)
	texts := []string{"un", "deux", "trois"}
	plain, err := e.Embed(t.Context(), texts, false)
	if err != nil {
		t.Fatal(err)
	}
	s.change(func() {
		s.answer = func(w http.ResponseWriter, _ *http.Request) {
			var data []any
			for i, x := range s.last()["input"].([]any) {
				var raw []byte
				for _, f := range wireVector(x.(string)) {
					raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
				}
				data = append([]any{map[string]any{"index": i, "embedding": base64.StdEncoding.EncodeToString(raw)}}, data...)
			}
			json.NewEncoder(w).Encode(map[string]any{"data": data})
		}
	})
	packed, err := e.Embed(t.Context(), texts, false)
	for i := range texts {
		want := wireVector(texts[i])
		unit(want)
		if err != nil || cosine(plain[i], want) < 0.99999 || cosine(packed[i], want) < 0.99999 {
			t.Errorf("%v: %v and %v, want %v", err, plain[i], packed[i], want)
		}
	}
}

// No window is longer than what the model was seen to read, whatever its server would cut.
func TestOpenAIWindows(t *testing.T) {
	s := newOpenWire(t)
	s.limit, s.cuts = 64, true
	e := s.embedder(t)
	if e.Model().Window != 60 {
		t.Fatalf("%+v", e.Model())
	}
	s.asked = nil
	if _, err := e.Embed(t.Context(), []string{"un", strings.Repeat("mot ", 300), "deux"}, false); err != nil {
		t.Fatal(err)
	}
	words := 0
	for _, in := range s.asked {
		for _, x := range in["input"].([]any) {
			text := x.(string)
			if n := len(strings.Fields(text)); n > 60 {
				t.Errorf("%d words in a window", n)
			}
			words += strings.Count(text, "mot")
		}
	}
	if words != 300 {
		t.Errorf("%d words of 300 were sent", words)
	}
}

// A server that takes fewer texts a call gets fewer, and one that is busy is left alone.
func TestOpenAIBatches(t *testing.T) {
	s := newOpenWire(t)
	e := s.embedder(t)
	busy := 2
	s.change(func() {
		s.answer = func(w http.ResponseWriter, r *http.Request) {
			in := s.last()
			if n := len(in["input"].([]any)); n > 2 {
				fault(422, fmt.Sprintf(`{"error":"batch size %d > maximum allowed batch size 2","error_type":"Validation"}`, n))(w, r)
				return
			}
			if busy--; busy >= 0 {
				w.Header().Set("Retry-After", "0.001")
				fault(429, `{"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}}`)(w, r)
				return
			}
			s.embed(w, in)
		}
	})
	e.size.Store(16)
	texts := strings.Fields(strings.Repeat("un deux trois quatre cinq ", 4))
	got, err := e.Embed(t.Context(), texts, false)
	if err != nil || len(got) != 20 {
		t.Fatalf("%v: %d", err, len(got))
	}
	busy = 1000
	if _, err := e.Embed(t.Context(), texts[:1], true); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
}

// Another model under the same name is noticed, by the vector of a known text.
func TestOpenAIModelChanges(t *testing.T) {
	s := newOpenWire(t)
	e := s.embedder(t)
	if _, err := e.Embed(t.Context(), []string{"un"}, false); err != nil {
		t.Fatal(err)
	}
	s.change(func() { s.weigh = func(text string) string { return "another " + text } })
	if _, err := e.Embed(t.Context(), []string{"un"}, false); !errors.Is(err, ErrModelChanged) {
		t.Error(err)
	}
}

func TestSamples(t *testing.T) {
	v, noisy, other := make([]float32, 1024), make([]float32, 1024), make([]float32, 1024)
	for i := range v {
		v[i] = float32(math.Sin(float64(i * i)))
		noisy[i] = v[i] * (1 + 0.001*float32(math.Cos(float64(i))))
		other[i] = v[i] + 0.3*float32(math.Cos(float64(3*i*i)))
	}
	a := sampleOf(v)
	if !alike(a, a) || !alike(a, sampleOf(noisy)) || alike(a, sampleOf(other)) || alike(a, "") || alike("", "") || alike(a, "%") || len(a) > 100 {
		t.Error(a, sampleOf(noisy), sampleOf(other))
	}
	if s := sampleOf([]float32{0, 0}); alike(s, s) {
		t.Error("two zeros are alike")
	}
}

func FuzzOpenAIEmbeddings(f *testing.F) {
	for _, s := range []string{`{"data":[{"index":0,"embedding":[1,2]}]}`, `{"data":[{"index":0,"embedding":"AACAPw=="}]}`, `{"data":[{"index":1,"embedding":[null]},{"index":0,"embedding":[1e99]}]}`} {
		f.Add(s, 1)
	}
	f.Fuzz(func(t *testing.T, in string, n int) {
		var w wireEmbeddings
		if json.Unmarshal([]byte(in), &w) != nil || n < 0 || n > 100 {
			return
		}
		got, err := w.inOrder(n)
		if err != nil && !errors.Is(err, ErrBadVector) {
			t.Fatal(err)
		}
		for _, v := range got {
			if len(v) == 0 {
				t.Fatalf("an empty vector of %q", in)
			}
			_ = sampleOf(v)
		}
	})
}
