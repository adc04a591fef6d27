package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

// FlowCookieName is the cookie of a sign-in that is under way at a provider. It
// is sealed: neither the browser nor whoever steals it learns the verifier.
const FlowCookieName = "__Host-coffre-flow"

// flowFor is how long somebody may take at the provider.
const flowFor = 10 * time.Minute

// flow is what the cookie holds.
type flow struct {
	State    string    `json:"s"`
	Nonce    string    `json:"n,omitempty"`
	Verifier string    `json:"v,omitempty"`
	Next     string    `json:"x,omitempty"`
	Again    bool      `json:"a,omitempty"` // presence was to be proven anew
	Ends     time.Time `json:"e"`
}

const maxNext = 1024

func digestOf(s string) [32]byte { return sha256.Sum256([]byte(s)) }

// sealFlow makes the cookie's value for a tenant's provider, and for no other.
func (s *Service) sealFlow(scope string, f flow) string {
	if len(f.Next) > maxNext {
		f.Next = ""
	}
	plain, _ := json.Marshal(f)
	nonce := make([]byte, s.providers.seal.NonceSize())
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(s.providers.seal.Seal(nonce, nonce, plain, []byte(scope)))
}

// openFlow reads the cookie's value. why is "" or what is wrong with it.
func (s *Service) openFlow(scope, value string) (f flow, why string) {
	if value == "" {
		return f, "no-flow"
	}
	b, err := base64.RawURLEncoding.DecodeString(value)
	n := s.providers.seal.NonceSize()
	if err != nil || len(b) < n || len(b) > 8<<10 {
		return f, "flow"
	}
	plain, err := s.providers.seal.Open(nil, b[:n], b[n:], []byte(scope))
	if err != nil || json.Unmarshal(plain, &f) != nil || f.State == "" {
		return flow{}, "flow"
	}
	if !s.now().Before(f.Ends) {
		return flow{}, "flow-expired"
	}
	return f, ""
}

// spendFlow lets a flow come back once.
func (s *Service) spendFlow(f flow) bool {
	e, key := s.providers, digestOf(f.State)
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.used.get(key); ok {
		return false
	}
	e.used.put(key, struct{}{})
	return true
}

// FlowCookie carries a sealed flow. A SAML provider answers by a form that its own
// page sends, which brings no Lax cookie: posted is set for it.
func (s *Service) FlowCookie(value string, posted bool) *http.Cookie {
	c := &http.Cookie{Name: FlowCookieName, Value: value, Path: "/", Expires: s.now().Add(flowFor), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if posted {
		c.SameSite = http.SameSiteNoneMode
	}
	return c
}

// EndFlowCookie makes the browser forget the flow.
func EndFlowCookie() *http.Cookie {
	return &http.Cookie{Name: FlowCookieName, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// FlowOf returns the flow's cookie of a request, "" where it has none or several.
func FlowOf(r *http.Request) string {
	cs := r.CookiesNamed(FlowCookieName)
	if len(cs) != 1 {
		return ""
	}
	return cs[0].Value
}
