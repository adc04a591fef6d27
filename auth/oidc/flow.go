package oidc

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"

	upstream "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Config is one firm's registration at one provider.
type Config struct {
	Endpoints
	ClientID    string
	RedirectURL string   // of this box, exactly as registered
	Scopes      []string // besides openid
	Classes     []string // asked for as acr_values
	Now         func() time.Time
}

// Client is the relying party of one registration. It keeps the provider's keys,
// so it is worth keeping.
type Client struct {
	cfg  Config
	http *http.Client
	keys *http.Client
	ids  *upstream.IDTokenVerifier
}

const (
	// skew is how far the provider's clock may be off.
	skew = time.Minute
	// keysEvery is the least time between two readings of the provider's keys.
	keysEvery = 5 * time.Second
)

// New makes a Client that reaches the provider through c.
func New(cfg Config, c *http.Client) *Client {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	o := &Client{cfg: cfg, http: bounded(c)}
	o.keys = &http.Client{
		Transport: &limit{next: c.Transport, least: keysEvery, now: cfg.Now}, Timeout: c.Timeout, CheckRedirect: stay,
	}
	set := upstream.NewRemoteKeySet(upstream.ClientContext(noContext(), o.keys), cfg.KeysURL)
	o.ids = upstream.NewVerifier(cfg.Issuer, set, &upstream.Config{
		ClientID: cfg.ClientID, SupportedSigningAlgs: cfg.Algorithms,
		Now: func() time.Time { return cfg.Now().Add(-skew) },
	})
	return o
}

// Flow is what binds an answer to the browser that began: none of it is shown to
// anybody but State and Nonce, which the provider gives back.
type Flow struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"` // of PKCE
}

// NewFlow makes one, of 130 random bits each and more.
func NewFlow() Flow {
	return Flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
}

func (c *Client) oauth() *oauth2.Config {
	style := oauth2.AuthStyleInParams
	if c.cfg.Basic {
		style = oauth2.AuthStyleInHeader
	}
	return &oauth2.Config{
		ClientID: c.cfg.ClientID, RedirectURL: c.cfg.RedirectURL, Scopes: append([]string{upstream.ScopeOpenID}, c.cfg.Scopes...),
		Endpoint: oauth2.Endpoint{AuthURL: c.cfg.AuthURL, TokenURL: c.cfg.TokenURL, AuthStyle: style},
	}
}

// AuthURL is where the browser goes to sign in. fresh asks the provider to prove
// the person's presence again even if they are signed in there.
func (c *Client) AuthURL(f Flow, fresh bool) string {
	opts := []oauth2.AuthCodeOption{upstream.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)}
	if len(c.cfg.Classes) > 0 {
		opts = append(opts, oauth2.SetAuthURLParam("acr_values", strings.Join(c.cfg.Classes, " ")))
	}
	if fresh {
		opts = append(opts, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return c.oauth().AuthCodeURL(f.State, opts...)
}

// Answer checks what the browser brings back from the provider, and returns the
// code. Errors: Refusal Malformed for another state than the flow's; Issuer where
// another provider answered (RFC 9207); ProviderSaid with its error code.
func (c *Client) Answer(f Flow, q url.Values) (code string, err error) {
	for _, name := range []string{"state", "code", "iss", "error"} {
		if len(q[name]) > 1 {
			return "", refuse(Malformed, nil)
		}
	}
	if f.State == "" || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(f.State)) != 1 {
		return "", refuse(Malformed, nil)
	}
	if iss, told := q.Get("iss"), q.Has("iss"); told && iss != c.cfg.Issuer || !told && c.cfg.SaysIssuer {
		return "", refuse(Issuer, nil)
	}
	if said := q.Get("error"); said != "" {
		return "", &Refusal{Reason: ProviderSaid, Said: errorCode(said)}
	}
	if code = q.Get("code"); code == "" || len(code) > 4096 {
		return "", refuse(Malformed, nil)
	}
	return code, nil
}

// errorCode is an error code of RFC 6749 as a provider sends it: letters, digits
// and underscores, else "other".
func errorCode(s string) string {
	if len(s) > 60 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return "other"
	}
	return s
}
