// Package oidctest is an OpenID Connect provider for tests: it signs in whom it is
// told to, and misbehaves as it is told to.
package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// IdP is a running provider. Set fields before a request.
type IdP struct {
	*httptest.Server
	ClientID, Secret string
	// Claims are those of the next sign-ins, besides those of the protocol.
	Claims map[string]any
	// Bend changes the claims of an ID token before it is signed.
	Bend func(claims map[string]any)
	// Sign replaces the signing of tokens.
	Sign func(payload []byte) string
	// Now is the provider's clock.
	Now func() time.Time
	// Answer is added to the redirect back.
	Answer url.Values
	// Down answers 503 to everything.
	Down bool

	mu        sync.Mutex
	key       *ecdsa.PrivateKey
	kid       string
	codes     map[string]url.Values
	KeyReads  int // how often the keys were read
	CodeReads int // how often the token endpoint was asked
}

// New starts one that ends with the test.
func New(t testing.TB) *IdP {
	i := &IdP{ClientID: "coffre", Secret: "client-secret-of-the-test", Claims: map[string]any{}, Now: time.Now, codes: map[string]url.Values{}}
	i.Rotate()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.describe)
	mux.HandleFunc("GET /auth", i.auth)
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("GET /keys", i.keys)
	i.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.Down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(i.Close)
	return i
}

// CA is the certificate that its TLS is to be checked against, PEM.
func (i *IdP) CA() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Certificate().Raw}))
}

// Rotate replaces the signing key by a new one under a new id.
func (i *IdP) Rotate() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	i.kid = rand.Text()
}

// PublicKey is the newest signing key's, as PKIX DER.
func (i *IdP) PublicKey() []byte {
	b, _ := x509.MarshalPKIXPublicKey(&i.key.PublicKey)
	return b
}

func (i *IdP) describe(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/auth", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"ES256"}, "response_types_supported": []string{"code"},
		"backchannel_logout_supported": true, "backchannel_logout_session_supported": true,
	})
}

// auth signs in at once, as if somebody had typed what was wanted.
func (i *IdP) auth(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != i.ClientID || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" {
		http.Error(w, "invalid request", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = q
	i.mu.Unlock()
	back := url.Values{"code": {code}, "state": {q.Get("state")}}
	maps.Copy(back, i.Answer)
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

func (i *IdP) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	i.CodeReads++
	q, known := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	i.mu.Unlock()
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if id != i.ClientID || secret != i.Secret {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") || r.PostFormValue("redirect_uri") != q.Get("redirect_uri") {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	claims := i.Standard()
	claims["nonce"] = q.Get("nonce")
	if i.Bend != nil {
		i.Bend(claims)
	}
	answer(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": i.Token(claims)})
}

// Standard are the claims of an ID token without its nonce.
func (i *IdP) Standard() map[string]any {
	now := i.Now()
	claims := map[string]any{"iss": i.URL, "aud": i.ClientID, "sub": "subject-1", "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "sid": "sid-1"}
	maps.Copy(claims, i.Claims)
	return claims
}

// Token signs claims.
func (i *IdP) Token(claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	if i.Sign != nil {
		return i.Sign(payload)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return Sign(jose.ES256, i.key, i.kid, payload)
}

// Sign makes a compact JWS.
func Sign(alg jose.SignatureAlgorithm, key any, kid string, payload []byte) string {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		panic(err)
	}
	jws, err := s.Sign(payload)
	if err != nil {
		panic(err)
	}
	out, err := jws.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return out
}

// Kid is the newest key's id.
func (i *IdP) Kid() string { return i.kid }

func (i *IdP) keys(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.KeyReads++
	answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &i.key.PublicKey, KeyID: i.kid, Algorithm: "ES256", Use: "sig"}}})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
