package llm

import (
	"context"
	"fmt"
	"time"
)

// Probed is what Probe found of a model.
type Probed struct {
	EmbedModel
	Known    bool               // Languages are those that its maker states; else those where Measured is enough
	Measured map[string]float64 // share of short questions that found their passage, by language, where not Known
	Took     time.Duration      // of the first call, loading included
}

// Probe asks the runtime whether a model embeds, with which files and how long its vectors are, by embedding
// a word. A model that no table knows is put a few questions in French and English, whose passages it must
// find by their meaning; the languages in which it does are taken as known.
//
// Errors: ErrUnreachable, ErrTimeout, ErrCancelled, ErrRuntime, ErrModelMissing, ErrModelRemote,
// ErrNoEmbedding, ErrBadVector.
func Probe(ctx context.Context, r *Ollama, name string) (Probed, error) {
	p, err := r.probe(ctx, name)
	if err != nil {
		return p, fmt.Errorf("probe embedder: %w", err)
	}
	return p, nil
}

func (r *Ollama) probe(ctx context.Context, name string) (p Probed, err error) {
	if cloudName(name) {
		return p, ErrModelRemote
	}
	m, err := r.installed(ctx, name)
	if err != nil {
		return p, err
	}
	p.EmbedModel = EmbedModel{Name: m.Name, Digest: m.Digest}
	if _, err = r.embedTraits(ctx, m.Name); err != nil {
		return p, err
	}
	began := time.Now()
	if p.Dim, err = r.dimension(ctx, m.Name); err != nil {
		return p, err
	}
	p.Took = time.Since(began)
	e, err := NewEmbedder(r, nil, p.EmbedModel)
	if err != nil {
		return p, err
	}
	if _, err = e.embed(ctx, []string{"a"}, true); err != nil {
		return p, err
	}
	profile, known := profileOf(m.Name)
	if p.Known = known; known {
		p.Languages = profile.languages
		return p, nil
	}
	if p.Measured, err = measureLanguages(ctx, e); err != nil {
		return p, err
	}
	p.Languages = []string{}
	for _, lang := range []string{"en", "fr"} {
		if p.Measured[lang] >= enoughFound {
			p.Languages = append(p.Languages, lang)
		}
	}
	return p, nil
}

// dimension embeds a word, whatever comes back.
func (r *Ollama) dimension(ctx context.Context, name string) (int, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.FirstToken, ErrTimeout)
	defer cancel()
	e := Embedder{runtime: r, model: EmbedModel{Name: name}}
	res, err := r.client.Embed(ctx, e.request([]string{"a"}))
	switch {
	case err != nil:
		return 0, classifyEmbed(ctx, err)
	case len(res.Embeddings) != 1:
		return 0, fmt.Errorf("%w: %d for a text", ErrBadVector, len(res.Embeddings))
	case len(res.Embeddings[0]) == 0:
		return 0, fmt.Errorf("%w: no components", ErrBadVector)
	}
	return len(res.Embeddings[0]), nil
}
