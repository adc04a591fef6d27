package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/ollama/ollama/api"
)

var _ EmbedRuntime = (*Ollama)(nil)

func (r *Ollama) embedTurns() *turns         { return &r.turns }
func (r *Ollama) embedLimits() OllamaOptions { return r.o }

func (r *Ollama) embedOnce(ctx context.Context, name string, texts []string) ([][]float32, error) {
	if texts == nil {
		texts = []string{}
	}
	no, keep := false, api.Duration{Duration: r.o.KeepAlive}
	res, err := r.client.Embed(ctx, &api.EmbedRequest{
		Model: name, Input: texts, Truncate: &no, KeepAlive: &keep,
		// Encoders read a window in one batch or not at all; the server's own defaults must decide on nothing.
		Options: map[string]any{"num_ctx": embedContext, "num_batch": embedContext},
	})
	if err != nil {
		return nil, classifyEmbed(ctx, err)
	}
	return res.Embeddings, nil
}

func (r *Ollama) embedSame(ctx context.Context, m EmbedModel, traits *embedTraits) (*embedTraits, error) {
	has, err := r.installed(ctx, m.Name)
	switch {
	case err != nil:
		return nil, err
	case has.Digest != m.Digest:
		return nil, ErrModelChanged
	case traits != nil:
		return traits, nil
	}
	return r.embedTraits(ctx, has.Name)
}

func (r *Ollama) embedLook(ctx context.Context, name string) (m EmbedModel, err error) {
	if cloudName(name) {
		return m, ErrModelRemote
	}
	has, err := r.installed(ctx, name)
	if err != nil {
		return m, err
	}
	m = EmbedModel{Kind: KindOllama, Name: has.Name, Digest: has.Digest}
	if _, err = r.embedTraits(ctx, m.Name); err != nil {
		return m, err
	}
	m.Dim, err = dimension(ctx, r, m.Name)
	return m, err
}

// dimension embeds a word, whatever comes back.
func dimension(ctx context.Context, r EmbedRuntime, name string) (int, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.embedLimits().FirstToken, ErrTimeout)
	defer cancel()
	got, err := r.embedOnce(ctx, name, []string{"a"})
	switch {
	case err != nil:
		return 0, err
	case len(got) != 1:
		return 0, fmt.Errorf("%w: %d for a text", ErrBadVector, len(got))
	case len(got[0]) == 0:
		return 0, fmt.Errorf("%w: no components", ErrBadVector)
	}
	return len(got[0]), nil
}

// classifyEmbed is classify for embeddings; what may pass is marked.
func classifyEmbed(ctx context.Context, err error) error {
	out := classify(ctx, err)
	if ctx.Err() != nil {
		return out
	}
	var status api.StatusError
	switch {
	case errors.As(err, &status):
		low := strings.ToLower(status.ErrorMessage)
		switch {
		case status.StatusCode == http.StatusNotImplemented, strings.Contains(low, "not support embed"), strings.Contains(low, "not support generate embed"):
			return ErrNoEmbedding
		case strings.Contains(low, "nan"), strings.Contains(low, "unsupported value"):
			return fmt.Errorf("%w: not finite", ErrBadVector)
		case errors.Is(out, ErrRuntime) && (status.StatusCode >= 500 || status.StatusCode == http.StatusTooManyRequests):
			return passing{error: out}
		}
	case errors.Is(out, ErrUnreachable):
		return passing{error: out}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return passing{error: fmt.Errorf("%w: its answer broke off", ErrRuntime)}
	}
	return out
}
