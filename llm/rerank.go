package llm

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"coffre/store"
)

// The settings of re-ranking: a model's name, "" for none; the server that has
// it, "" for the runtime's.
const (
	SettingRerank    = "search.rerank"
	SettingRerankURL = "search.rerank_url"
)

const (
	// RerankLimit is how long a search waits: then the first ranking stands.
	RerankLimit = 2 * time.Second
	// rerankRest is how long a server that failed or was late isn't asked: else
	// every search would wait for it. One that says how long to wait is believed
	// up to a minute.
	rerankRest     = 15 * time.Second
	rerankLongRest = time.Minute
	// mostRanked bounds a text that is sent, bytes: such models read 512 tokens.
	mostRanked = 4 << 10
)

// resting is when a server is asked again, and what it answered last.
type resting struct {
	until time.Time
	err   error
}

// rerankAddress is where t's re-ranker answers. A key never goes to another
// address than the one it was given for.
func rerankAddress(v *store.View) (at location, model string) {
	at, model = addressOf(v), v.Setting(SettingRerank, "")
	if own := v.Setting(SettingRerankURL, ""); own != "" {
		at.url, at.key = own, keyOf(v, SettingRerankSecret, SettingRerankKey)
	}
	at.kind = KindOpenAI // Ollama (0.17) has no such call
	return at, model
}

// Rerank is store.Options.Rerank: it asks the model that t's settings choose.
func (r *Runtime) Rerank(ctx context.Context, t *store.Tenant, query string, texts []string) (store.Reranking, error) {
	var at location
	var model string
	if err := t.View(func(v *store.View) error { at, model = rerankAddress(v); return nil }); err != nil || model == "" || at.url == "" {
		return store.Reranking{}, err
	}
	out := store.Reranking{Model: model}
	r.mu.Lock()
	rest := r.resting[at]
	r.mu.Unlock()
	if time.Now().Before(rest.until) {
		return out, rest.err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, RerankLimit, ErrTimeout)
	defer cancel()
	var err error
	if out.Scores, err = r.rerankAt(ctx, at, model, query, texts); err != nil && !errors.Is(err, ErrCancelled) {
		wait := rerankRest
		var p passing
		if errors.As(err, &p) && p.after > 0 {
			wait = min(p.after, rerankLongRest)
		}
		r.mu.Lock()
		r.resting[at] = resting{time.Now().Add(wait), err}
		r.mu.Unlock()
	}
	return out, err
}

func (r *Runtime) rerankAt(ctx context.Context, at location, model, query string, texts []string) ([]float64, error) {
	p, err := r.at(at)
	if err != nil {
		return nil, err
	}
	o, ok := p.(*OpenAI)
	if !ok {
		return nil, ErrNoRerank
	}
	short := make([]string, len(texts))
	for i, text := range texts {
		short[i] = cmp.Or(strings.TrimSpace(clip(text, mostRanked)), ".")
	}
	return o.Rerank(ctx, model, query, short)
}

// RerankTrial is what a trial of the re-ranker found.
type RerankTrial struct {
	Model string // "" where none is chosen
	Right bool   // it put the text that answers before the one that doesn't
	Took  time.Duration
}

// TryRerank lets the chosen re-ranker put two sentences in order for a question
// in each language, with more patience than a search has. Errors: those of
// OpenAI.Rerank.
func (r *Runtime) TryRerank(ctx context.Context, t *store.Tenant) (RerankTrial, error) {
	var at location
	var out RerankTrial
	if err := t.View(func(v *store.View) error { at, out.Model = rerankAddress(v); return nil }); err != nil || out.Model == "" || at.url == "" {
		return RerankTrial{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, tryLimit, ErrTimeout)
	defer cancel()
	out.Right = true
	for _, c := range [][3]string{
		{"Quel est le préavis du bail ?", "La cantine ouvre à midi.", "Le bail se dénonce avec un préavis de six mois."},
		{"What is the notice period of the lease?", "The canteen opens at noon.", "The lease may be ended with six months' notice."},
	} {
		begun := time.Now()
		scores, err := r.rerankAt(ctx, at, out.Model, c[0], c[1:])
		if err != nil {
			return out, err
		}
		out.Took = time.Since(begun) // the second: a model may have to be loaded for the first
		out.Right = out.Right && scores[1] > scores[0]
	}
	r.mu.Lock()
	delete(r.resting, at)
	r.mu.Unlock()
	return out, nil
}
