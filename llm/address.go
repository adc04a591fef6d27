package llm

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"coffre/store"
)

// The settings of the runtime. The embedder may have an address of its own; what was chosen there is kept as
// EmbedModel has it.
const (
	SettingURL      = "llm.url"
	SettingKind     = "llm.kind"
	SettingModel    = "llm.model"
	SettingContext  = "llm.num_ctx"
	SettingCAFile   = store.SettingRuntimeCA
	SettingEmbedURL = "embed.url"
)

// DefaultContext is the context window where SettingContext is not set, in tokens.
const DefaultContext = 8192

// The kinds of runtime: Ollama by its own API, and whatever speaks as OpenAI does. KindAuto asks the server.
const (
	KindAuto   = "auto"
	KindOllama = "ollama"
	KindOpenAI = "openai"
)

// backend is a runtime of either kind.
type backend interface {
	Provider
	EmbedRuntime
	// Find returns the model of that name with its Context. Errors: ErrModelMissing, those of Models.
	Find(ctx context.Context, name string) (Model, error)
	// Version is the server's, "" where it doesn't tell. Errors: those of Models.
	Version(ctx context.Context) (string, error)
	kind() string
}

// location is where a runtime answers, and how it is spoken to.
type location struct {
	owner, url, kind, caFile string
	key                      heldKey
}

func addressOf(v *store.View) location {
	return location{
		owner: v.Tenant(), url: v.Setting(SettingURL, ""), kind: v.Setting(SettingKind, KindAuto),
		caFile: v.Setting(SettingCAFile, ""), key: keyOf(v, SettingKeySecret, SettingKeyFile),
	}
}

// embedAddress is where m answers. A key never goes to another address than the one it was given for.
func embedAddress(v *store.View, m EmbedModel) location {
	at := addressOf(v)
	if m.Address != "" {
		at.url, at.key = m.Address, keyNamed(v, m.KeySecret, m.keyFile)
	}
	at.kind = m.kind()
	return at
}

// reach is the runtime at an address, nil for none. Of an address whose kind is open the server is asked.
func (r *Runtime) reach(ctx context.Context, a location) (backend, error) {
	if a.url == "" {
		return nil, nil
	}
	if a.kind != KindAuto {
		return r.at(a)
	}
	r.mu.Lock()
	kind := r.kinds[a.url]
	r.mu.Unlock()
	if kind != "" {
		a.kind = kind
		return r.at(a)
	}
	kind, err := r.detect(ctx, a)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.kinds[a.url] = kind
	r.mu.Unlock()
	a.kind = kind
	return r.at(a)
}

// detect asks what listens at an address: Ollama tells its version; everything else is taken to speak as
// OpenAI does if it has a list of models, or wants a key for it.
func (r *Runtime) detect(ctx context.Context, a location) (string, error) {
	a.kind = KindOpenAI
	other, err := r.at(a)
	if err != nil || strings.HasSuffix(strings.TrimRight(a.url, "/"), "/v1") {
		return KindOpenAI, err
	}
	a.kind = KindOllama
	own, err := r.at(a)
	if errors.Is(err, ErrModelRemote) {
		return KindOpenAI, err
	}
	if err != nil {
		return "", err
	}
	v, err := own.Version(ctx)
	if err == nil && v != "" {
		return KindOllama, nil
	}
	if CodeOf(err) != "" && !errors.Is(err, ErrRuntime) && !errors.Is(err, ErrModelMissing) {
		return "", err // nobody there
	}
	if _, err = other.Models(ctx); err == nil || errors.Is(err, ErrKey) || errors.Is(err, ErrKeySecret) {
		return KindOpenAI, nil
	}
	return "", err
}

// at is the runtime at an address of a known kind, nil where there is none.
func (r *Runtime) at(a location) (backend, error) {
	if a.url == "" {
		return nil, nil
	}
	roots, stamp, err := authorities(a.caFile)
	if err != nil {
		return nil, err
	}
	a.caFile = stamp
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.known[a]; p != nil {
		return p, nil
	}
	var p backend
	var trust *tls.Config
	if roots != nil {
		trust = &tls.Config{RootCAs: roots}
	}
	if a.kind == KindOpenAI {
		p, err = NewOpenAI(a.url, r.dialAs(a.owner), OpenAIOptions{OllamaOptions: OllamaOptions{TLS: trust}, Vault: a.key.source()})
	} else {
		p, err = NewOllama(a.url, r.dialAs(a.owner), OllamaOptions{TLS: trust})
	}
	if err != nil {
		return nil, fmt.Errorf("open runtime: %w", err)
	}
	r.known[a] = p
	return p, nil
}

// mostAuthorities bounds a file of certificates, bytes.
const mostAuthorities = 1 << 20

// authorities reads a firm's certificate authorities beside the system's; stamp changes with the file.
func authorities(file string) (roots *x509.CertPool, stamp string, err error) {
	if file == "" {
		return nil, "", nil
	}
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > mostAuthorities {
		return nil, "", ErrCAFile
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, "", ErrCAFile
	}
	if roots, err = x509.SystemCertPool(); err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(text) {
		return nil, "", ErrCAFile
	}
	return roots, fmt.Sprint(file, " ", info.Size(), " ", info.ModTime().UnixNano()), nil
}

// Exposure is what an administrator should know of a runtime's address.
type Exposure struct {
	Host  string // outside of this machine; empty where it is this machine
	Clear bool   // it is spoken to without encryption
	Key   bool   // and a key goes along
}

// ExposureOf tells it of an address, with the id of its key in the vault or "".
func ExposureOf(rawURL, key string) Exposure {
	u, err := url.Parse(rawURL)
	if err != nil || u.Hostname() == "" || isLoopback(u.Hostname()) {
		return Exposure{}
	}
	return Exposure{Host: cmp.Or(u.Host, u.Hostname()), Clear: u.Scheme != "https", Key: key != ""}
}
