package oidc

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"coffre/auth/oidc/oidctest"
)

// noOtherWay makes every request that doesn't go by a client handed in fail.
type noOtherWay struct{}

func (noOtherWay) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("a request went round the client that was handed in")
}

func init() { http.DefaultTransport = noOtherWay{} }

// hand is a clock.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.at }
func (h *hand) advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

type party struct {
	*testing.T
	idp   *oidctest.IdP
	c     *Client
	clock *hand
}

const back = "https://coffre.test/signin/oidc/prv-1/callback"

func newParty(t *testing.T) *party {
	t.Helper()
	p := &party{T: t, idp: oidctest.New(t), clock: &hand{at: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}}
	p.idp.Now = p.clock.now
	e, err := Discover(t.Context(), p.idp.Client(), p.idp.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.c = New(Config{Endpoints: e, ClientID: p.idp.ClientID, RedirectURL: back, Scopes: []string{"email"}, Now: p.clock.now}, p.idp.Client())
	return p
}

// browse follows the provider's redirect and returns what comes back.
func (p *party) browse(f Flow) url.Values {
	p.Helper()
	c := *p.idp.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := c.Get(p.c.AuthURL(f, false))
	if err != nil {
		p.Fatal(err)
	}
	resp.Body.Close()
	at, err := resp.Location()
	if err != nil || !strings.HasPrefix(at.String(), back) {
		p.Fatalf("the provider led to %v (%v)", at, err)
	}
	return at.Query()
}

func (p *party) signIn() (Person, error) {
	p.Helper()
	f := NewFlow()
	code, err := p.c.Answer(f, p.browse(f))
	if err != nil {
		return Person{}, err
	}
	return p.c.Exchange(p.Context(), f, code, []byte(p.idp.Secret), Claims{})
}

func want(t *testing.T, err error, why Reason) {
	t.Helper()
	if ReasonOf(err) != why {
		t.Errorf("refused for %q (%v), want %q", ReasonOf(err), err, why)
	}
}

func TestSignIn(t *testing.T) {
	p := newParty(t)
	p.idp.Claims = map[string]any{"preferred_username": "zoe", "name": "Zoé Müller", "email": "zoe@acme.test", "email_verified": true, "groups": []string{"b", "a", "a"}, "amr": []string{"pwd", "otp"}}
	who, err := p.signIn()
	if err != nil {
		t.Fatal(err)
	}
	if who.Subject != "subject-1" || who.Session != "sid-1" || who.Login != "zoe" || who.Name != "Zoé Müller" || !who.MailVerified || strings.Join(who.Groups, " ") != "a b" || len(who.Methods) != 2 {
		t.Errorf("%+v", who)
	}
}

// TestTokenRefused: each token differs from a good one in one thing.
func TestTokenRefused(t *testing.T) {
	set := func(name string, v any) func(map[string]any) {
		return func(c map[string]any) { c[name] = v }
	}
	for name, c := range map[string]struct {
		bend func(map[string]any)
		why  Reason
	}{
		"another audience":            {set("aud", "somebody-else"), Audience},
		"no audience":                 {func(c map[string]any) { delete(c, "aud") }, Audience},
		"several, without azp":        {set("aud", []string{"coffre", "other"}), Party},
		"several, another azp":        {func(c map[string]any) { c["aud"], c["azp"] = []string{"coffre", "other"}, "other" }, Party},
		"another azp":                 {set("azp", "other"), Party},
		"empty azp":                   {set("azp", ""), Party},
		"azp is no text":              {set("azp", 7), Malformed},
		"another nonce":               {set("nonce", "x"), Nonce},
		"no nonce":                    {func(c map[string]any) { delete(c, "nonce") }, Nonce},
		"another issuer":              {set("iss", "https://evil.test"), Issuer},
		"the issuer with a slash":     {func(c map[string]any) { c["iss"] = c["iss"].(string) + "/" }, Issuer},
		"expired":                     {set("exp", time.Date(2026, 3, 2, 7, 58, 59, 0, time.UTC).Unix()), Expired},
		"without an end":              {func(c map[string]any) { delete(c, "exp") }, Expired},
		"issued in the future":        {set("iat", time.Date(2026, 3, 2, 8, 2, 0, 0, time.UTC).Unix()), NotYet},
		"not valid before tomorrow":   {set("nbf", time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC).Unix()), NotYet},
		"no subject":                  {set("sub", ""), Malformed},
		"a subject that is no text":   {set("sub", map[string]any{}), Malformed},
		"a subject of control signs":  {set("sub", "a\x00b"), Malformed},
		"another access token's hash": {set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), AccessHash},
	} {
		t.Run(name, func(t *testing.T) {
			p := newParty(t)
			p.idp.Bend = c.bend
			_, err := p.signIn()
			want(t, err, c.why)
		})
	}
}

// TestSignatureRefused: tokens whose claims are right, and nothing else.
func TestSignatureRefused(t *testing.T) {
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
	for name, c := range map[string]struct {
		sign func(p *party) func([]byte) string
		why  Reason
	}{
		"none": {func(*party) func([]byte) string {
			return func(b []byte) string { return none + "." + base64.RawURLEncoding.EncodeToString(b) + "." }
		}, Algorithm},
		"NoNe": {func(*party) func([]byte) string {
			return func(b []byte) string {
				return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"NoNe"}`)) + "." + base64.RawURLEncoding.EncodeToString(b) + "."
			}
		}, Algorithm},
		"HS256 with the public key": {func(p *party) func([]byte) string {
			return func(b []byte) string { return oidctest.Sign(jose.HS256, p.idp.PublicKey(), p.idp.Kid(), b) }
		}, Algorithm},
		"HS256 with the client's secret": {func(p *party) func([]byte) string {
			return func(b []byte) string {
				return oidctest.Sign(jose.HS256, []byte(strings.Repeat(p.idp.Secret, 2)), "", b)
			}
		}, Algorithm},
		"another key under the same id": {func(p *party) func([]byte) string {
			other := oidctest.New(p)
			return func(b []byte) string {
				token := other.Token(decode(b))
				parts := strings.Split(token, ".")
				parts[0] = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","kid":"` + p.idp.Kid() + `"}`))
				return strings.Join(parts, ".")
			}
		}, Signature},
		"an unknown key": {func(p *party) func([]byte) string {
			other := oidctest.New(p)
			return func(b []byte) string { return other.Token(decode(b)) }
		}, Signature},
		"a key that the token brings": {func(p *party) func([]byte) string {
			return func(b []byte) string {
				token := oidctest.New(p).Token(decode(b))
				parts := strings.Split(token, ".")
				parts[0] = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","jku":"https://evil.test/keys"}`))
				return strings.Join(parts, ".")
			}
		}, Signature},
		"a changed claim": {func(p *party) func([]byte) string {
			return func(b []byte) string {
				p.idp.Sign = nil
				parts := strings.Split(p.idp.Token(decode(b)), ".")
				parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(b), "subject-1", "subject-2", 1)))
				return strings.Join(parts, ".")
			}
		}, Signature},
		"no token": {func(*party) func([]byte) string { return func([]byte) string { return "a.b" } }, Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			p := newParty(t)
			p.idp.Sign = c.sign(p)
			_, err := p.signIn()
			want(t, err, c.why)
		})
	}
}

func decode(b []byte) map[string]any {
	var m map[string]any
	json.Unmarshal(b, &m)
	return m
}

func TestKeyRotation(t *testing.T) {
	p := newParty(t)
	if _, err := p.signIn(); err != nil {
		t.Fatal(err)
	}
	p.idp.Rotate()
	p.clock.advance(time.Minute)
	if _, err := p.signIn(); err != nil {
		t.Fatalf("after the provider changed its key: %v", err)
	}
	if p.idp.KeyReads != 2 {
		t.Errorf("the keys were read %d times, want 2", p.idp.KeyReads)
	}
	// Tokens with invented key ids don't make the box ask again and again.
	other := oidctest.New(t)
	for range 20 {
		claims := p.idp.Standard()
		_, err := p.c.verify(t.Context(), NewFlow(), other.Token(claims))
		want(t, err, Signature)
	}
	if p.idp.KeyReads != 2 {
		t.Errorf("the keys were read %d times, want 2", p.idp.KeyReads)
	}
}

func TestAnswerRefused(t *testing.T) {
	p := newParty(t)
	f := NewFlow()
	good := p.browse(f)
	with := func(name, value string) url.Values {
		q := url.Values{}
		for k, v := range good {
			q[k] = v
		}
		q.Set(name, value)
		return q
	}
	double := with("x", "")
	double["code"] = []string{"a", "b"}
	for name, c := range map[string]struct {
		q   url.Values
		why Reason
	}{
		"another state":    {with("state", "x"), Malformed},
		"no state":         {with("state", ""), Malformed},
		"two codes":        {double, Malformed},
		"no code":          {with("code", ""), Malformed},
		"another provider": {with("iss", "https://evil.test"), Issuer},
		"a refusal":        {with("error", "access_denied"), ProviderSaid},
	} {
		_, err := p.c.Answer(f, c.q)
		if ReasonOf(err) != c.why {
			t.Errorf("%s: %v, want %s", name, err, c.why)
		}
	}
	if _, err := p.c.Answer(Flow{}, url.Values{"state": {""}, "code": {"x"}}); ReasonOf(err) != Malformed {
		t.Errorf("a flow that never began: %v", err)
	}
	p.c.cfg.SaysIssuer = true
	if _, err := p.c.Answer(f, good); ReasonOf(err) != Issuer {
		t.Errorf("an answer without the issuer that the provider promises: %v", err)
	}
}

func TestExchangeRefused(t *testing.T) {
	p := newParty(t)
	f := NewFlow()
	code, err := p.c.Answer(f, p.browse(f))
	if err != nil {
		t.Fatal(err)
	}
	exchange := func(f Flow, secret string) error {
		_, err := p.c.Exchange(t.Context(), f, code, []byte(secret), Claims{})
		return err
	}
	if err := exchange(f, p.idp.Secret); err != nil {
		t.Fatal(err)
	}
	want(t, exchange(f, p.idp.Secret), Code) // the code a second time
	f = NewFlow()
	code, _ = p.c.Answer(f, p.browse(f))
	want(t, exchange(f, "wrong"), ClientRefused)
	f = NewFlow()
	code, _ = p.c.Answer(f, p.browse(f))
	want(t, exchange(Flow{State: f.State, Nonce: f.Nonce, Verifier: NewFlow().Verifier}, p.idp.Secret), Code) // stolen code, other browser
	p.idp.Down = true
	want(t, exchange(f, p.idp.Secret), TokenAnswer)
	p.idp.Close()
	want(t, exchange(f, p.idp.Secret), Unreachable)
}

func TestCertificateRefused(t *testing.T) {
	p := newParty(t)
	stranger := &http.Client{Transport: &http.Transport{DialContext: p.idp.Client().Transport.(*http.Transport).DialContext}}
	_, err := Discover(t.Context(), stranger, p.idp.URL)
	want(t, err, Certificate)
	c := New(p.c.cfg, stranger)
	_, err = c.verify(context.Background(), NewFlow(), p.idp.Token(p.idp.Standard()))
	want(t, err, Certificate)
}

func TestProbes(t *testing.T) {
	p := newParty(t)
	if n, err := p.c.ReadKeys(t.Context()); err != nil || n != 1 {
		t.Errorf("%d %v", n, err)
	}
	if err := p.c.ProbeClient(t.Context(), []byte(p.idp.Secret)); err != nil {
		t.Error(err)
	}
	want(t, p.c.ProbeClient(t.Context(), []byte("wrong")), ClientRefused)
	if bad, err := p.c.ProbeRedirect(t.Context()); err != nil || bad {
		t.Errorf("%v %v", bad, err)
	}
	cfg := p.c.cfg
	cfg.ClientID = "other"
	if bad, err := New(cfg, p.idp.Client()).ProbeRedirect(t.Context()); err != nil || !bad {
		t.Errorf("another client: %v %v", bad, err)
	}
	p.idp.Down = true
	_, err := p.c.ReadKeys(t.Context())
	want(t, err, Keys)
}
