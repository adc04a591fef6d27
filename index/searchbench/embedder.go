package searchbench

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

const (
	dimensions = 384
	topicCount = 500
	noise      = 0.9 // a passage's own part beside its topic's
)

// embedder makes vectors up: a text's is its topic's direction and noise. A
// document's passages share a topic, by their title; a question has any.
type embedder struct{ topics [topicCount][]float32 }

func newEmbedder() *embedder {
	e := &embedder{}
	for i := range e.topics {
		e.topics[i] = gauss(uint64(i), 17)
	}
	return e
}

// gauss is a direction: its squared length is about dimensions.
func gauss(seed, stream uint64) []float32 {
	rnd, v := rand.New(rand.NewPCG(seed, stream)), make([]float32, dimensions)
	for i := range v {
		v[i] = float32(rnd.NormFloat64())
	}
	return v
}

// ID names it.
func (*embedder) ID() string { return "bench/clustered/384" }

// Dim is the number of components.
func (*embedder) Dim() int { return dimensions }

// Embed makes up a vector for each text.
func (e *embedder) Embed(ctx context.Context, texts []string, _ bool) ([][]float32, error) {
	all := make([][]float32, len(texts))
	for i, text := range texts {
		title, _, _ := strings.Cut(text, "\n")
		v := gauss(sum(text), 19)
		for j, x := range e.topics[sum(title)%topicCount] {
			v[j] = x + noise*v[j]
		}
		all[i] = v
	}
	return all, ctx.Err()
}

func sum(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}
