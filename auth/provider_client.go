package auth

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"coffre/auth/oidc"
	"coffre/store"
)

// providers is what a Service keeps for signing in through providers.
type providers struct {
	seal cipher.AEAD // of what a browser carries to a provider and back; a restart forgets the key

	mu      sync.Mutex
	clients map[string]oidcClient // by tenant and provider
	used    *recent[struct{}]     // flows that came back
	pace    *recent[window]       // by address
	asked   map[string]time.Time  // when metadata was, by tenant and provider
}

type oidcClient struct {
	changed time.Time
	*oidc.Client
}

type window struct {
	since time.Time
	n     int
}

const (
	usedFlows = 16384
	// pacePer and paceMost bound how often an address begins or ends a sign-in
	// through a provider: each end is a request that the box makes.
	pacePer   = time.Minute
	paceMost  = 30
	paceKnown = 4096
	// providerWait bounds each request to a provider: a person waits for it.
	providerWait = 10 * time.Second
)

func newProviders() *providers {
	key := make([]byte, chacha20poly1305.KeySize)
	rand.Read(key)
	seal, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic(err) // the key's size is right
	}
	return &providers{seal: seal, clients: map[string]oidcClient{}, asked: map[string]time.Time{}, used: newRecent[struct{}](usedFlows), pace: newRecent[window](paceKnown)}
}

// paced refuses an address that comes too often: RateLimited "rate-limited".
func (s *Service) paced(address string) error {
	e, now := s.providers, s.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	key := digestOf(hostOf(address))
	w, _ := e.pace.get(key)
	if age := now.Sub(w.since); age < 0 || age >= pacePer {
		w = window{since: now}
	}
	if w.n++; w.n > paceMost {
		return rateLimited(w.since.Add(pacePer).Sub(now))
	}
	e.pace.put(key, w)
	return nil
}

func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

var errNoWayOut = errors.New("no way out was given")

// providerHTTP is an HTTP client of a firm's that reaches out through the gate and
// believes ca alone, or where that is "", the system's authorities. Error: Invalid
// "provider-ca" with name.
func (s *Service) providerHTTP(owner, ca string) (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(ca)) {
			return nil, store.Fail(store.Invalid, "provider-ca", "name", "ca")
		}
	}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if s.opts.Dial == nil {
			return nil, errNoWayOut
		}
		if s.opts.As != nil {
			ctx = s.opts.As(ctx, owner)
		}
		return s.opts.Dial(ctx, network, address)
	}
	return &http.Client{Timeout: providerWait, Transport: &http.Transport{
		DialContext: dial, TLSClientConfig: config, ForceAttemptHTTP2: true, TLSHandshakeTimeout: providerWait,
		MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
	}}, nil
}

// oidcClient is the client of a provider as its record says now. Its keys are
// kept between sign-ins.
func (s *Service) oidcClient(t *store.Tenant, p store.Provider) (*oidc.Client, error) {
	e, key := s.providers, t.ID+"\x00"+p.ID
	e.mu.Lock()
	defer e.mu.Unlock()
	if c, ok := e.clients[key]; ok && c.changed.Equal(p.Changed) {
		return c.Client, nil
	}
	h, err := s.providerHTTP(t.ID, p.CA)
	if err != nil {
		return nil, err
	}
	c := oidc.New(oidcConfig(p, s.now), h)
	e.clients[key] = oidcClient{p.Changed, c}
	return c, nil
}

func oidcConfig(p store.Provider, now func() time.Time) oidc.Config {
	o := p.OIDC
	return oidc.Config{
		Endpoints: oidc.Endpoints{
			Issuer: o.Issuer, AuthURL: o.AuthURL, TokenURL: o.TokenURL, KeysURL: o.KeysURL,
			Algorithms: o.Algorithms, Basic: o.Basic, SaysIssuer: o.SaysIssuer,
		},
		ClientID: o.ClientID, RedirectURL: OIDCCallback(p), Scopes: o.Scopes, Classes: p.Proof.Ask, Now: now,
	}
}

// OIDCCallback is the redirect URI that is registered at the provider.
func OIDCCallback(p store.Provider) string { return p.Origin + "/signin/oidc/" + p.ID + "/callback" }

// OIDCLogout is the back-channel logout URI that is registered at the provider.
func OIDCLogout(p store.Provider) string { return p.Origin + "/signin/oidc/" + p.ID + "/logout" }
