package llm

import (
	"github.com/blevesearch/bleve/v2/analysis"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/en" // registers
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fr" // registers
	"github.com/blevesearch/bleve/v2/registry"
)

type word struct {
	Term       string
	Start, End int
}

var cache = registry.NewCache()

func words(text, lang string) []word {
	if lang == "" {
		lang = "fr"
	}
	a, err := cache.AnalyzerNamed(lang)
	if err != nil {
		panic(err)
	}
	var out []word
	for _, t := range a.(analysis.Analyzer).Analyze([]byte(text)) {
		out = append(out, word{string(t.Term), t.Start, t.End})
	}
	return out
}
