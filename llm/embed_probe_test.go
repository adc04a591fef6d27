package llm

import (
	"errors"
	"net/http"
	"reflect"
	"testing"
)

func TestProbe(t *testing.T) {
	const chat = `{"model_info":{"llama.context_length":2048},"capabilities":["completion"]}`
	const old = `{"model_info":{"bert.context_length":512}}`
	for _, c := range []struct {
		name, model, show string
		answer            func(int, http.ResponseWriter, *http.Request) bool
		want              error
	}{
		{"a multilingual one", "bge-m3", wireShow, nil, nil},
		{"an old runtime", "bge-m3", old, nil, nil},
		{"a chat model", "bge-m3", chat, nil, ErrNoEmbedding},
		{"a chat model of an old runtime", "bge-m3", old, status(501, `{"error":"this model does not support embeddings"}`), ErrNoEmbedding},
		{"not there", "none", wireShow, nil, ErrModelMissing},
		{"elsewhere", "far", wireShow, nil, ErrModelRemote},
		{"elsewhere by its name", "big:cloud", wireShow, nil, ErrModelRemote},
		{"no components", "bge-m3", wireShow, status(200, `{"embeddings":[[]]}`), ErrBadVector},
		{"no vector", "bge-m3", wireShow, status(200, `{"embeddings":[]}`), ErrBadVector},
		{"zero", "bge-m3", wireShow, status(200, `{"embeddings":[[0,0,0,0]]}`), ErrBadVector},
		{"too long", "bge-m3", wireShow, status(500, `{"error":"model requires more system memory"}`), ErrRuntime},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newEmbedWire(t)
			s.show, s.answer = c.show, c.answer
			p, err := Probe(t.Context(), s.runtime(t, OllamaOptions{}), c.model)
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			want := EmbedModel{Kind: KindOllama, Name: "bge-m3:latest", Digest: wireDigest, Dim: wireDim}
			if c.want == nil && (!reflect.DeepEqual(p.EmbedModel, want) || !p.Known) {
				t.Errorf("%+v", p)
			}
		})
	}
	s := newEmbedWire(t)
	gone := s.runtime(t, OllamaOptions{})
	p, err := Probe(t.Context(), gone, "unheard")
	if err != nil || p.Known || p.Languages == nil || len(p.Measured) != 2 || p.Measured["fr"] > 0.5 {
		t.Errorf("%v: hashes of texts know %v, %v", err, p.Languages, p.Measured)
	}
	s.Close()
	if _, err := Probe(t.Context(), gone, "bge-m3"); !errors.Is(err, ErrUnreachable) {
		t.Error(err)
	}
}
