package llm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"coffre/store"
)

// The settings of the runtime, and the context window's default in tokens.
const (
	SettingURL     = "llm.url"
	SettingModel   = "llm.model"
	SettingContext = "llm.num_ctx"
	DefaultContext = 8192
)

// Runtime finds the model that a tenant has chosen. All tenants share one
// queue, since they share the machine that the models run on.
type Runtime struct {
	dial  Dialer
	log   *slog.Logger
	queue *Queue
	mu    sync.Mutex
	known map[string]*Ollama // by address
}

// longestQueue is how many questions may wait for the model.
const longestQueue = 64

// NewRuntime makes a Runtime that reaches out through dial alone and lets
// parallel questions at once reach a model.
func NewRuntime(dial Dialer, parallel int, log *slog.Logger) *Runtime {
	return &Runtime{dial: dial, log: log, queue: NewQueue(parallel, longestQueue), known: map[string]*Ollama{}}
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

// For returns the provider and model that t's settings choose; a nil Provider
// where they choose none, and answers are quotations.
func (r *Runtime) For(ctx context.Context, t *store.Tenant) (Provider, Chosen, error) {
	p, c, err := r.configured(t)
	if err != nil || p == nil || c.Name == "" {
		return nil, c, err
	}
	m, err := p.Find(ctx, c.Name)
	c.Digest = m.Digest
	if m.Context > 0 {
		c.Context = min(c.Context, m.Context)
	}
	return p, c, err
}

func (r *Runtime) configured(t *store.Tenant) (*Ollama, Chosen, error) {
	var url string
	c := Chosen{Context: DefaultContext}
	err := t.View(func(v *store.View) error {
		url, c.Name = v.Setting(SettingURL, ""), v.Setting(SettingModel, "")
		if n, err := strconv.Atoi(v.Setting(SettingContext, "")); err == nil {
			c.Context = n
		}
		return nil
	})
	if err != nil {
		return nil, c, err
	}
	p, err := r.at(url)
	return p, c, err
}

// at is the runtime at an address, nil where there is none.
func (r *Runtime) at(url string) (*Ollama, error) {
	if url == "" {
		return nil, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[url] == nil {
		p, err := NewOllama(url, r.dial, OllamaOptions{})
		if err != nil {
			return nil, fmt.Errorf("open runtime: %w", err)
		}
		r.known[url] = p
	}
	return r.known[url], nil
}

// State is what a look at the runtime found.
type State struct {
	Configured bool
	Version    string
	Models     []Model
}

// lookLimit bounds a look: a page waits for it.
const lookLimit = 3 * time.Second

// Look asks the runtime what it is and has.
func (r *Runtime) Look(ctx context.Context, t *store.Tenant) (State, error) {
	p, _, err := r.configured(t)
	if err != nil || p == nil {
		return State{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	s := State{Configured: true}
	if s.Version, err = p.Version(ctx); err != nil {
		return s, err
	}
	s.Models, err = p.Models(ctx)
	return s, err
}

// CodeOf is the catalogue's code of a runtime's error, "" for other errors.
func CodeOf(err error) string {
	for _, c := range []struct {
		err  error
		code string
	}{
		{ErrUnreachable, "runtime-unreachable"}, {ErrModelMissing, "model-missing"}, {ErrModelRemote, "model-remote"},
		{ErrPromptCut, "prompt-cut"}, {ErrTimeout, "runtime-slow"}, {ErrCancelled, "stream-interrupted"},
		{ErrNoEmbedding, "model-no-embedding"}, {ErrModelChanged, "model-changed"}, {ErrBadVector, "model-bad-vector"},
		{ErrRuntime, "runtime-failed"}, {ErrQueueFull, "busy"},
	} {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return ""
}
