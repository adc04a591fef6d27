package trial

import (
	"context"

	"coffre/llm"
	"coffre/store"
)

// SettingStrictness is how sure the box must be before it answers.
const SettingStrictness = llm.SettingStrictness

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

// Probe implements Asker.
func (Quiet) Probe(ctx context.Context, t *store.Tenant, p store.Principal, question string) (Found, error) {
	s, err := llm.Seek(ctx, t, p, question, "", nil)
	if err != nil {
		return Found{}, err
	}
	return Found{Lang: s.Lang, Sources: s.Sources, Probability: s.Judgement.Probability, Enough: s.Judgement.Enough}, nil
}

// ParseStrictness is the probability that a value of the setting asks for; not
// ok where it is none.
func ParseStrictness(s string) (least float64, ok bool) { return llm.ParseStrictness(s) }
