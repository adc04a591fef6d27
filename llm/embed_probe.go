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
	Took     time.Duration      // of the first look, loading included
}

// Probe asks the runtime whether a model embeds, with which files and how long its vectors are, by embedding
// a word. A model that no table knows is put a few questions in French and English, whose passages it must
// find by their meaning; the languages in which it does are taken as known.
//
// Errors: ErrUnreachable, ErrTimeout, ErrCancelled, ErrRuntime, ErrModelMissing, ErrModelRemote,
// ErrNoEmbedding, ErrBadVector.
func Probe(ctx context.Context, r EmbedRuntime, name string) (Probed, error) {
	p, err := probe(ctx, r, name)
	if err != nil {
		return p, fmt.Errorf("probe embedder: %w", err)
	}
	return p, nil
}

func probe(ctx context.Context, r EmbedRuntime, name string) (p Probed, err error) {
	began := time.Now()
	if p.EmbedModel, err = r.embedLook(ctx, name); err != nil {
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
	profile, known := profileOf(p.Name)
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
