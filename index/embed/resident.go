package embed

import "context"

// Resident is an embedder as a running box uses it: questions take all cores at
// once, since a person waits; passages are embedded in the Background.
type Resident struct {
	*Embedder
	passages *Embedder
}

// Resident returns e with its two ways of working. Both share weights and ID.
func (e *Embedder) Resident() Resident { return Resident{e, e.Background()} }

// Embed embeds questions as they come, passages in the background.
func (r Resident) Embed(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	if query {
		return r.Embedder.Embed(ctx, texts, query)
	}
	return r.passages.Embed(ctx, texts, query)
}
