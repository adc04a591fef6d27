package trial

import (
	"context"

	"coffre/llm"
	"coffre/store"
)

// SettingStrictness is how sure the box must be before it answers.
const SettingStrictness = "answers.strictness"

// Found is what a search for a question came to, before anything is answered.
type Found struct {
	Lang        string
	Sources     []llm.Source // best first
	Probability float64      // that they hold the answer, 0 to 1
	Enough      bool         // the box would answer
}

// Asker searches and judges as for a question, and records nothing.
type Asker interface {
	Probe(ctx context.Context, t *store.Tenant, p store.Principal, question string) (Found, error)
}

// Quiet is an Asker that takes the way of a question (llm.Asker).
type Quiet struct{}

// looked is how many passages a question looks at.
const looked = 12

// Probe implements Asker.
func (Quiet) Probe(ctx context.Context, t *store.Tenant, p store.Principal, question string) (f Found, err error) {
	hits, err := t.Search(ctx, p, store.SearchQuery{Text: question, Limit: looked})
	if err != nil {
		return f, err
	}
	f.Lang = hits.Lang
	for i, h := range hits.Hits {
		s := llm.Source{
			N: i + 1, DocumentID: h.DocumentID, Version: h.Version, Title: h.Title, Heading: h.Heading, Lang: h.Lang,
			Page: h.Page, Start: h.Start, End: h.End, Text: h.Text, Ordinal: h.Passage.Ordinal,
			Score: h.Hit.Score, Coverage: h.Hit.Coverage, WordsRank: h.Hit.BM25Rank, MeaningRank: h.Hit.VectorRank,
		}
		f.Sources, f.Probability = append(f.Sources, s), max(f.Probability, s.Coverage)
	}
	f.Enough = llm.Relevant(question, f.Lang, f.Sources)
	return f, nil
}

// ParseStrictness is the probability that a value of the setting asks for.
func ParseStrictness(s string) (least float64, ok bool) { return 0, false }
