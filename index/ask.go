package index

import (
	"context"
	"fmt"
	"time"

	"coffre/index/vectors"
)

// question is a query as the vector leg takes it.
type question struct {
	leg    *leg
	vector vectors.Quantized
	alone  bool // without the word leg
}

// ask embeds a query, if the vector leg can be of use for it.
func (ix *Index) ask(ctx context.Context, q Query, lang string) (*question, Meaning, error) {
	m := &ix.meaning
	ix.mu.RLock()
	l := m.serving
	empty := l == nil || l.set.Len() == 0
	ix.mu.RUnlock()
	switch {
	case q.Legs == WordsLeg || empty || q.Text == "":
		return nil, MeaningNone, nil
	case q.Legs == BothLegs && !knows(l.embedder, lang):
		return nil, MeaningLanguage, nil
	case time.Now().UnixNano() < m.gate.Load():
		return nil, MeaningFailed, nil
	}
	ctx, cancel := context.WithTimeout(ctx, m.pace.ask)
	defer cancel()
	vector, err := embedQuery(ctx, l, clip(q.Text))
	if err != nil {
		if ctx.Err() != context.Canceled {
			m.gate.Store(time.Now().Add(m.pace.askAgain).UnixNano())
		}
		return nil, MeaningFailed, fmt.Errorf("embed query: %w", err)
	}
	return &question{leg: l, vector: vector, alone: q.Legs == MeaningLeg}, MeaningUsed, nil
}

func embedQuery(ctx context.Context, l *leg, text string) (vectors.Quantized, error) {
	got, err := embedTexts(ctx, l.embedder, []string{text}, true)
	if err != nil {
		return vectors.Quantized{}, err
	}
	return vectors.Quantize(got[0], l.set.Dim())
}
