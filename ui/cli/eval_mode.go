package cli

import (
	"context"
	"strings"

	"coffre/index"
	"coffre/index/embed"
)

// evalMode is what eval measures: which legs, with which embedder.
type evalMode struct {
	mode     string
	legs     index.Legs
	embedder index.Embedder // nil for words alone
	cache    *cache         // the same, if it keeps vectors
	abstain  bool           // judge questions instead of rankings
}

// evalMode reads the flags. Vectors are the built-in embedder's unless another
// is named.
func (c *Call) evalMode(ctx context.Context) (m evalMode, err error) {
	m.mode, m.abstain = c.Flag("mode"), c.Has("abstain")
	switch m.mode {
	case "", "bm25":
		m.mode, m.legs = "bm25", index.WordsLeg
		return m, nil
	case "vector":
		m.legs = index.MeaningLeg
	case "hybrid":
		m.legs = index.BothLegs
	default:
		return m, usage("cli.eval.mode", "mode", m.mode)
	}
	if m.embedder, err = c.evalEmbedder(ctx, c.Flag("embedder")); err != nil {
		return m, err
	}
	if dir := c.Flag("cache"); dir != "" {
		if m.cache, err = openCache(dir, m.embedder); err != nil {
			return m, Fail(ExitFailed, "cli.eval.cache", "path", dir, "reason", err.Error())
		}
		m.embedder = m.cache
	}
	return m, nil
}

func (c *Call) evalEmbedder(ctx context.Context, name string) (index.Embedder, error) {
	switch {
	case name == "", name == "builtin":
		return embed.Builtin(), nil
	case strings.HasPrefix(name, "ollama:") && c.Embedder != nil:
		e, err := c.Embedder(ctx, name)
		if err != nil {
			return nil, Fail(ExitFailed, "cli.eval.embedding", "reason", err.Error())
		}
		return e, nil
	}
	return nil, usage("cli.eval.embedder", "embedder", name)
}

// computed counts the texts that were embedded now; without a cache nobody
// counts.
func (m evalMode) computed() int {
	if m.cache == nil {
		return 0
	}
	return m.cache.computed
}

func (m evalMode) close() {
	if m.cache != nil {
		_ = m.cache.close() // every record was written as it came
	}
}
