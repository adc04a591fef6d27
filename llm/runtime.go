package llm

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"coffre/store"
)

// Runtime finds the model that a tenant has chosen. All tenants share one
// queue, since they share the machine that the models run on.
type Runtime struct {
	// As names the firm that a connection is for, in its context; nil: nobody asks. Set before use.
	As func(ctx context.Context, owner string) context.Context

	dial  Dialer
	log   *slog.Logger
	queue *Queue
	mu    sync.Mutex
	known map[location]backend
	kinds map[string]string // what detection found, by URL

	resting map[location]resting // re-rankers that failed
}

// longestQueue is how many questions may wait for the model.
const longestQueue = 64

// NewRuntime makes a Runtime that reaches out through dial alone and lets
// parallel questions at once reach a model.
func NewRuntime(dial Dialer, parallel int, log *slog.Logger) *Runtime {
	return &Runtime{dial: dial, log: log, queue: NewQueue(parallel, longestQueue), known: map[location]backend{}, kinds: map[string]string{}, resting: map[location]resting{}}
}

// dialAs is the dialer of one firm, whose connections no other firm's requests go over.
func (r *Runtime) dialAs(owner string) Dialer {
	if r.As == nil {
		return r.dial
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return r.dial(r.As(ctx, owner), network, addr)
	}
}

// Chosen is a model as a tenant's settings choose it.
type Chosen struct {
	Name    string
	Digest  string
	Context int // window in tokens
}

// Label names the model in an answer and its entry.
func (c Chosen) Label() string {
	if len(c.Digest) < 12 {
		return c.Name
	}
	return c.Name + "@" + c.Digest[:12]
}

// unknownContext is the window that is counted on, in tokens, where neither the server nor a setting tells one:
// what such servers have by default.
const unknownContext = 4096

// For returns the provider and model that t's settings choose; a nil Provider
// where they choose none, and answers are quotations.
func (r *Runtime) For(ctx context.Context, t *store.Tenant) (Provider, Chosen, error) {
	p, c, err := r.configured(ctx, t)
	if err != nil || p == nil || c.Name == "" {
		return nil, c, err
	}
	m, err := p.Find(ctx, c.Name)
	c.Digest = m.Digest
	switch {
	case m.Context > 0:
		c.Context = min(cmp.Or(c.Context, DefaultContext), m.Context)
	case c.Context == 0 && p.kind() == KindOpenAI:
		c.Context = unknownContext
	case c.Context == 0:
		c.Context = DefaultContext
	}
	return p, c, err
}

// configured is the runtime that t's settings name, nil for none, and what they choose of it; its Context is 0
// where they don't say.
func (r *Runtime) configured(ctx context.Context, t *store.Tenant) (backend, Chosen, error) {
	var at location
	var c Chosen
	err := t.View(func(v *store.View) error {
		at, c.Name = addressOf(v), v.Setting(SettingModel, "")
		c.Context, _ = strconv.Atoi(v.Setting(SettingContext, ""))
		return nil
	})
	if err != nil {
		return nil, c, err
	}
	p, err := r.reach(ctx, at)
	return p, c, err
}

// State is what a look at the runtime found.
type State struct {
	Configured bool
	Kind       string // KindOllama or KindOpenAI
	Version    string // "" where the server doesn't tell
	Models     []Model
}

// lookLimit bounds a look: a page waits for it.
const lookLimit = 3 * time.Second

// Look asks the runtime what it is and has.
func (r *Runtime) Look(ctx context.Context, t *store.Tenant) (State, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lookLimit, ErrTimeout)
	defer cancel()
	p, _, err := r.configured(ctx, t)
	if err != nil || p == nil {
		return State{Configured: err != nil}, err
	}
	s := State{Configured: true, Kind: p.kind()}
	if s.Version, err = p.Version(ctx); err != nil {
		return s, err
	}
	s.Models, err = p.Models(ctx)
	return s, err
}

// LookEmbedder asks the server of meaning what it has: the one at SettingEmbedURL, or else the runtime.
func (r *Runtime) LookEmbedder(ctx context.Context, t *store.Tenant) (s State, err error) {
	var at location
	err = t.View(func(v *store.View) error {
		at = addressOf(v)
		if own := v.Setting(SettingEmbedURL, ""); own != "" {
			at.url, at.kind, at.key = own, KindAuto, keyOf(v, SettingEmbedSecret, SettingEmbedKey)
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, lookLimit, ErrTimeout)
	defer cancel()
	p, err := r.reach(ctx, at)
	if err != nil || p == nil {
		return State{Configured: err != nil}, err
	}
	s = State{Configured: true, Kind: p.kind()}
	s.Models, err = p.Models(ctx)
	return s, err
}

// tryLimit bounds a trial: a large model may have to be loaded first.
const tryLimit = 30 * time.Second

// Try lets the chosen model write a word, and tells which it was and how many tokens its window is counted to
// have; a zero Chosen where none is chosen. Errors: those of Provider.Chat.
func (r *Runtime) Try(ctx context.Context, t *store.Tenant) (Chosen, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, tryLimit, ErrTimeout)
	defer cancel()
	p, c, err := r.For(ctx, t)
	if err != nil || p == nil {
		return c, err
	}
	_, err = p.Chat(ctx, ChatRequest{Model: c.Name, NumCtx: c.Context, MaxTokens: 1, Messages: []Message{{"user", "1 + 1 ="}}}, nil)
	return c, err
}
