package llm

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/ollama/ollama/api"
)

// embedTraits are what a model's files say about embedding; the digest decides on them.
type embedTraits struct {
	uncased bool // WordPiece over a vocabulary without capitals: text is prepared
	context int  // tokens of a window, at most embedContext
	strict  bool // the runtime may cut what is longer without a word: texts are cut by their estimated tokens
}

// verify makes sure that the runtime has the model with the digest it was chosen with, unless that was
// seen less than age ago. Errors: ErrModelMissing, ErrModelRemote, ErrModelChanged, those of Models.
func (e *Embedder) verify(ctx context.Context, age time.Duration) (*embedTraits, error) {
	e.mu.Lock()
	traits, fresh := e.traits, time.Since(e.checked) < age
	e.mu.Unlock()
	if traits != nil && fresh {
		return traits, nil
	}
	began := time.Now()
	tries := embedTries
	if age == queryAge { // a person waits
		tries = 1
	}
	err := e.again(ctx, tries, func() (err error) {
		traits, err = e.runtime.embedSame(ctx, e.model, traits)
		return err
	})
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.checked = began; err != nil {
		e.checked = time.Time{}
		return nil, err
	}
	e.traits = traits
	return traits, nil
}

// installed is Find without a look into the model.
func (r *Ollama) installed(ctx context.Context, name string) (Model, error) {
	list, err := r.Models(ctx)
	if err != nil {
		return Model{}, err
	}
	i := slices.IndexFunc(list, func(m Model) bool { return m.Name == name || m.Name == name+":latest" })
	switch {
	case i < 0:
		return Model{}, ErrModelMissing
	case list[i].Remote:
		return list[i], ErrModelRemote
	}
	return list[i], nil
}

// embedTraits looks into a model. Errors: ErrNoEmbedding, those of Models.
func (r *Ollama) embedTraits(ctx context.Context, name string) (*embedTraits, error) {
	info, err := r.show(ctx, name, false)
	if err != nil {
		return nil, err
	}
	// Runtimes before 0.6.4 list no capabilities: the first call shows whether it can.
	if c := info.Capabilities; len(c) > 0 && !slices.Contains(c, "embedding") {
		return nil, ErrNoEmbedding
	}
	t := &embedTraits{context: embedContext}
	for key, value := range info.ModelInfo {
		if n, ok := value.(float64); ok && strings.HasSuffix(key, ".context_length") && n >= 1 && n < 1e9 {
			t.context = min(t.context, int(n))
		}
	}
	if info.ModelInfo["tokenizer.ggml.model"] == "bert" {
		if info, err = r.show(ctx, name, true); err != nil {
			return nil, err
		}
		t.uncased = isUncased(info.ModelInfo["tokenizer.ggml.tokens"])
	}
	return t, nil
}

func (r *Ollama) show(ctx context.Context, name string, verbose bool) (*api.ShowResponse, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.Call, ErrTimeout)
	defer cancel()
	info, err := r.client.Show(ctx, &api.ShowRequest{Model: name, Verbose: verbose})
	if err != nil {
		return nil, fmt.Errorf("look at model: %w", classify(ctx, err))
	}
	return info, nil
}

// isUncased tells whether a vocabulary was made of text in small letters. all-MiniLM's 30 522 pieces hold no Latin
// capital outside of brackets, those of cased BERTs thousands. Without a vocabulary the text is left alone.
func isUncased(tokens any) bool {
	list, ok := tokens.([]any)
	if !ok || len(list) == 0 {
		return false
	}
	for _, token := range list {
		s, _ := token.(string)
		if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
			continue
		}
		if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsUpper(r) && r < 0x250 }) {
			return false
		}
	}
	return true
}
