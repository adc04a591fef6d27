package llm

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ollama/ollama/api"
)

// A real Ollama is a real server of OpenAI's wire besides, under /v1: both kinds are held against it.
func TestOpenAIChatReal(t *testing.T) {
	own := realRuntime(t)
	r, err := NewOpenAI(own.base.String()+"/v1", newTestDialer(), OpenAIOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	const small = "tinyllama-coffre-256"
	err = own.client.Create(t.Context(), &api.CreateRequest{Model: small, From: "tinyllama", Parameters: map[string]any{"num_ctx": 256}}, func(api.ProgressResponse) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.client.Delete(context.Background(), &api.DeleteRequest{Model: small}) })
	req := ChatRequest{Model: "tinyllama", NumCtx: 2048, MaxTokens: 12, Messages: []Message{{"user", "Count from one to ten in words."}}}
	for _, p := range []backend{own, r} {
		pieces := 0
		res, err := p.Chat(t.Context(), req, func(string) error { pieces++; return nil })
		if err != nil || pieces < 2 || res.Text == "" || !res.Full || res.PromptTokens == 0 || res.AnswerTokens != 12 {
			t.Errorf("%s: %v after %d pieces: %+v", p.kind(), err, pieces, res)
		}
		t.Logf("%s: %d tokens (%d estimated), first after %v: %q", p.kind(), res.PromptTokens, res.Estimated, res.FirstToken, res.Text)
		if _, err := p.Find(t.Context(), "tinyllama"); err != nil {
			t.Errorf("%s: %v", p.kind(), err)
		}
		lost := req
		lost.Model = "absent"
		if _, err := p.Chat(t.Context(), lost, nil); !errors.Is(err, ErrModelMissing) {
			t.Errorf("%s: %v", p.kind(), err)
		}
		// Under /v1 it cuts a prompt without a word.
		long := ChatRequest{Model: small, NumCtx: 256, MaxTokens: 4, Messages: []Message{{"user", strings.Repeat("le chat dort sur le toit. ", 100)}}}
		if res, err := p.Chat(t.Context(), long, nil); !errors.Is(err, ErrPromptCut) {
			t.Errorf("%s: %v %+v", p.kind(), err, res)
		}
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		req := req
		req.MaxTokens = 300
		if _, err := p.Chat(ctx, req, func(string) error {
			if n++; n == 3 {
				cancel()
			}
			return nil
		}); !errors.Is(err, ErrCancelled) || n > 20 {
			t.Errorf("%s: %v after %d pieces", p.kind(), err, n)
		}
		cancel()
	}
}

// The same weights over both wires have the same vectors, save for texts that Ollama's tokenizer spoils, which are
// prepared for its own wire alone.
func TestOpenAIEmbedReal(t *testing.T) {
	const name = "all-minilm-coffre-wire"
	own, _ := realEmbedder(t, name)
	r, err := NewOpenAI(own.runtime.(*Ollama).base.String(), newTestDialer(), OpenAIOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	p, err := Probe(t.Context(), r, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d components, windows of %d tokens, digest %s, languages %v, probed in %v", p.Dim, p.Window, p.Digest[:12], p.Languages, p.Took)
	if p.Dim != 384 || p.Window > 500 || p.Window < 120 {
		t.Errorf("%+v", p.EmbedModel)
	}
	e, err := NewEmbedder(r, nil, p.EmbedModel)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"The payment terms are thirty days from the invoice date.", "Remote work is open to all staff, up to two days a week."}
	a, err := own.Embed(t.Context(), texts, false)
	if err != nil {
		t.Fatal(err)
	}
	b, err := e.Embed(t.Context(), texts, false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range texts {
		if c := cosine(a[i], b[i]); c < 0.999 {
			t.Errorf("%q: cosine %.5f", texts[i], c)
		}
	}
	if _, err := Probe(t.Context(), r, "absent"); !errors.Is(err, ErrModelMissing) {
		t.Error(err)
	}
	long, err := e.Embed(t.Context(), []string{strings.Repeat("The lease runs for nine years. ", 300)}, false)
	if err != nil || len(long[0]) != 384 {
		t.Errorf("a long text: %v", err)
	}
}
