package llm

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
)

// realRuntime is the Ollama that .ci/ollama.sh starts, with the model tinyllama. It proves wiring, streaming,
// stopping and counting, never the quality of answers.
func realRuntime(t *testing.T) *Ollama {
	t.Helper()
	url := os.Getenv("COFFRE_TEST_OLLAMA")
	if url == "" {
		t.Skip("no real Ollama: COFFRE_TEST_OLLAMA=$(.ci/ollama.sh) go test ./llm/")
	}
	r, err := NewOllama(url, (&net.Dialer{}).DialContext, OllamaOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestOllamaReal(t *testing.T) {
	r := realRuntime(t)
	v, err := r.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Find(t.Context(), "tinyllama")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("Ollama %s, %s %s %s, %d MB", v, m.Name, m.Parameters, m.Digest[:12], m.Size>>20)
	for lang, q := range map[string]string{"fr": "Quel est le montant du loyer annuel ?", "en": "How much can I spend on meals per day?"} {
		req := ChatRequest{Model: "tinyllama", NumCtx: 2048, MaxTokens: 12}
		kept, dropped := Fit(firm[1:3], Budget(req.NumCtx, req.MaxTokens, q, lang, nil))
		req.Messages = Prompt(q, lang, kept, nil)
		pieces := 0
		res, err := r.Chat(t.Context(), req, func(string) error { pieces++; return nil })
		if err != nil || pieces < 2 || res.Text == "" || res.FirstToken <= 0 {
			t.Fatalf("%v after %d pieces: %+v", err, pieces, res)
		}
		t.Logf("%s: %d passages (%d left out), %d tokens, %d estimated, first token after %v, %d tokens in %v: %q",
			lang, len(kept), dropped, res.PromptTokens, res.Estimated, res.FirstToken, res.AnswerTokens, res.Took, res.Text)
		if res.Estimated < res.PromptTokens || res.Estimated > 2*res.PromptTokens {
			t.Errorf("%s: the prompt has %d tokens and was estimated at %d", lang, res.PromptTokens, res.Estimated)
		}
		a := Check(res.Text, kept)
		checkQuotes(t, a, kept)
		t.Logf("checked: %d sentences, %d supported, %d citations dropped", len(a.Sentences), a.Supported(), a.Dropped)
	}
}

func TestOllamaRealCutPrompt(t *testing.T) {
	r := realRuntime(t)
	req := ChatRequest{Model: "tinyllama", NumCtx: 256, MaxTokens: 10, Messages: []Message{{"user", strings.Repeat("le chat dort sur le toit. ", 120)}}}
	if res, err := r.Chat(t.Context(), req, nil); !errors.Is(err, ErrPromptCut) {
		t.Errorf("%v %+v", err, res)
	}
	req.NumCtx = 100_000 // more than the model was trained for: the runtime lowers it in silence
	req.Messages[0].Content = strings.Repeat("le chat dort sur le toit. ", 400)
	if res, err := r.Chat(t.Context(), req, nil); !errors.Is(err, ErrPromptCut) {
		t.Errorf("%v %+v", err, res)
	}
}

func TestOllamaRealCancel(t *testing.T) {
	r := realRuntime(t)
	ctx, cancel := context.WithCancel(t.Context())
	req := ChatRequest{Model: "tinyllama", NumCtx: 512, MaxTokens: 300, Messages: []Message{{"user", "Count from one to one hundred in words."}}}
	n := 0
	_, err := r.Chat(ctx, req, func(string) error {
		if n++; n == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, ErrCancelled) || n > 20 {
		t.Errorf("%v after %d pieces", err, n)
	}
	req.Model = "absent"
	if _, err = r.Chat(t.Context(), req, nil); !errors.Is(err, ErrModelMissing) {
		t.Error(err)
	}
}
