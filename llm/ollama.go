package llm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
)

// Dialer opens a connection, as net.Dialer.DialContext does. The product's is the egress gate's.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// OllamaOptions bound the runtime. Zero values take the defaults.
type OllamaOptions struct {
	FirstToken time.Duration // longest wait for the first token, loading of the model included; 5 min
	Idle       time.Duration // longest silence between tokens; 45 s
	Total      time.Duration // longest chat; 15 min
	Call       time.Duration // longest other call (version, models); 10 s
	KeepAlive  time.Duration // how long the model stays loaded; 30 min
	TLS        *tls.Config   // for https
}

func (o OllamaOptions) withDefaults() OllamaOptions {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&o.FirstToken, 5*time.Minute)
	set(&o.Idle, 45*time.Second)
	set(&o.Total, 15*time.Minute)
	set(&o.Call, 10*time.Second)
	set(&o.KeepAlive, 30*time.Minute)
	return o
}

// Ollama is the runtime of that name, over its HTTP API. It is safe for concurrent use.
type Ollama struct {
	base   *url.URL
	client *api.Client
	idle   func()
	o      OllamaOptions
	turns  turns // of embedding
}

var _ Provider = (*Ollama)(nil)

// NewOllama makes a runtime of the one that listens at base, http://host:port. Nothing is connected yet. All
// connections go through dial; proxies and OLLAMA_HOST of the environment are not looked at, and redirects are
// not followed. ollama.com is refused: the API client would sign requests to it with a key of its own.
func NewOllama(base string, dial Dialer, o OllamaOptions) (*Ollama, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("parse runtime address: %w", err)
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case u.Scheme != "http" && u.Scheme != "https" || host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("parse runtime address: want http://host:port")
	case host == "ollama.com" || strings.HasSuffix(host, ".ollama.com"):
		return nil, fmt.Errorf("parse runtime address: %w", ErrModelRemote)
	case dial == nil:
		return nil, errors.New("make runtime: no dialer")
	}
	o = o.withDefaults()
	t := &http.Transport{DialContext: dial, TLSClientConfig: o.TLS, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, DisableCompression: true}
	c := &http.Client{Transport: traced{t}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Ollama{base: u, client: api.NewClient(u, c), idle: t.CloseIdleConnections, o: o}, nil
}

// Close gives idle connections back. Running chats end by their contexts.
func (r *Ollama) Close() { r.idle() }

// Version asks the runtime for its version: the cheapest proof that it is there.
func (r *Ollama) Version(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.Call, ErrTimeout)
	defer cancel()
	v, err := r.client.Version(ctx)
	if err != nil {
		return "", fmt.Errorf("ask runtime for its version: %w", classify(ctx, err))
	}
	return clip(v, 64), nil
}

// Models lists the runtime's models, those of other machines marked Remote.
func (r *Ollama) Models(ctx context.Context) ([]Model, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.Call, ErrTimeout)
	defer cancel()
	list, err := r.client.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list models: %w", classify(ctx, err))
	}
	out := make([]Model, 0, len(list.Models))
	for _, m := range list.Models {
		out = append(out, Model{
			Name: m.Name, Digest: m.Digest, Size: m.Size, Modified: m.ModifiedAt,
			Family: m.Details.Family, Parameters: m.Details.ParameterSize, Quantization: m.Details.QuantizationLevel,
			Remote: m.RemoteHost != "" || m.RemoteModel != "" || cloudName(m.Name),
		})
	}
	return out, nil
}

// Find returns the model of that name with its Context; "name" is "name:latest". Errors: ErrModelMissing, ErrModelRemote and
// those of Models.
func (r *Ollama) Find(ctx context.Context, name string) (Model, error) {
	list, err := r.Models(ctx)
	if err != nil {
		return Model{}, err
	}
	for _, m := range list {
		if m.Name != name && m.Name != name+":latest" {
			continue
		}
		if m.Remote {
			return m, fmt.Errorf("find model: %w", ErrModelRemote)
		}
		m.Context, err = r.contextOf(ctx, m.Name)
		return m, err
	}
	return Model{}, fmt.Errorf("find model: %w", ErrModelMissing)
}

// contextOf asks what context a model was trained for. The runtime lowers a larger num_ctx to it in silence.
func (r *Ollama) contextOf(ctx context.Context, name string) (int, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.Call, ErrTimeout)
	defer cancel()
	info, err := r.client.Show(ctx, &api.ShowRequest{Model: name})
	if err != nil {
		return 0, fmt.Errorf("look at model: %w", classify(ctx, err))
	}
	for key, value := range info.ModelInfo {
		if n, ok := value.(float64); ok && strings.HasSuffix(key, ".context_length") && n >= 1 && n < 1e9 {
			return int(n), nil
		}
	}
	return 0, nil
}

// cloudName tells the names under which Ollama offers models that run at ollama.com.
func cloudName(name string) bool {
	return strings.HasSuffix(name, "-cloud") || strings.HasSuffix(name, ":cloud")
}
