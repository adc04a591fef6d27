package cli

import (
	"context"
	"log/slog"
	"os"

	"coffre/connectors/gate"
	"coffre/index"
	"coffre/llm"
)

// RuntimeEmbedder is a model of the runtime at COFFRE_OLLAMA, or where Ollama
// listens usually: a measurement needs no box, so no setting names one.
func RuntimeEmbedder(ctx context.Context, model string, log *slog.Logger) (index.Embedder, error) {
	url := os.Getenv("COFFRE_OLLAMA")
	if url == "" {
		url = "http://127.0.0.1:11434"
	}
	way, err := gate.WayTo(url, "llm")
	if err != nil {
		return nil, err
	}
	g := gate.New(log, func(gate.Refusal) {})
	if err := g.Replace([]gate.Way{way}); err != nil {
		return nil, err
	}
	p, err := llm.NewOllama(url, g.DialContext, llm.OllamaOptions{})
	if err != nil {
		return nil, err
	}
	found, err := llm.Probe(ctx, p, model)
	if err != nil {
		return nil, err
	}
	return llm.NewEmbedder(p, nil, found.EmbedModel)
}
