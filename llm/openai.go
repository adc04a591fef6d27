package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// OpenAIOptions bound a server that speaks as OpenAI does. Zero values take the defaults of OllamaOptions;
// KeepAlive means nothing to it.
type OpenAIOptions struct {
	OllamaOptions
	// Vault gives the key for each request, nil for none. It goes to no address but the one that it is kept for.
	Vault KeySource
}

// OpenAI is a server that speaks OpenAI's HTTP API: vLLM, llama.cpp, LM Studio, LocalAI, LiteLLM, TGI, Infinity,
// TEI and others. What they do otherwise than one another stands beside the code that bears it. It is safe for
// concurrent use.
//
// Wire: platform.openai.com/docs/api-reference (models, chat, embeddings).
type OpenAI struct {
	root, base string // without and with the version, neither ends with a slash
	client     *http.Client
	o          OllamaOptions
	vault      KeySource
	turns      turns // of embedding

	mu        sync.Mutex
	plain     map[string]int // how little a model's server wants to be told, see chatLevels
	described map[string]described
}

var _ backend = (*OpenAI)(nil)

var versionEnd = regexp.MustCompile(`/v[0-9]+[a-z0-9]*$`)

// NewOpenAI makes a runtime of the server at base: http://host:port, with or without a path and /v1 behind it.
// Nothing is connected yet. All connections go through dial; no proxy of the environment is used, and redirects
// are not followed, so that neither texts nor the key go anywhere else.
func NewOpenAI(base string, dial Dialer, o OpenAIOptions) (*OpenAI, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, errors.New("parse runtime address: not an address")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("parse runtime address: want http://host:port/v1")
	case dial == nil:
		return nil, errors.New("make runtime: no dialer")
	}
	whole := strings.TrimRight(u.String(), "/")
	r := &OpenAI{root: whole, base: whole + "/v1", o: o.withDefaults(), vault: o.Vault, plain: map[string]int{}, described: map[string]described{}}
	if end := versionEnd.FindString(u.EscapedPath()); end != "" || versionEnd.MatchString(strings.TrimRight(u.EscapedPath(), "/")) {
		r.root, r.base = versionEnd.ReplaceAllString(whole, ""), whole
	}
	t := &http.Transport{DialContext: dial, TLSClientConfig: o.TLS, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, DisableCompression: true, ForceAttemptHTTP2: true}
	r.client = &http.Client{Transport: traced{t}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return r, nil
}

func (r *OpenAI) kind() string { return KindOpenAI }
func (r *Ollama) kind() string { return KindOllama }

// Close gives idle connections back. Running chats end by their contexts.
func (r *OpenAI) Close() { r.client.CloseIdleConnections() }

// ask sends a request and returns an answer of status 200; body nil means GET. The caller closes the body.
// Errors are classified.
func (r *OpenAI) ask(ctx context.Context, at string, body any) (*http.Response, error) {
	method, sent := http.MethodGet, io.Reader(nil)
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		method, sent = http.MethodPost, bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, at, sent)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := r.do(req)
	if errors.Is(err, ErrKeySecret) {
		return nil, err
	}
	if err != nil {
		return nil, broken(ctx, err)
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		return nil, readAPIFault(res)
	}
	if isPage(res.Header) {
		res.Body.Close()
		return nil, ErrNotAPI
	}
	return res, nil
}

// decode asks and reads an answer of at most limit bytes into out. ctx is bounded by the caller.
func (r *OpenAI) decode(ctx context.Context, at string, body, out any, limit int64) error {
	res, err := r.ask(ctx, at, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		return broken(ctx, err)
	case int64(len(text)) > limit:
		return fmt.Errorf("%w: more than %d bytes", ErrNotAPI, limit)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%w: not the JSON that was asked for", ErrNotAPI)
	}
	return nil
}

// isLoopback tells the names of this machine.
func isLoopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
