package certs

import (
	"crypto/tls"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// alpnProto is what an authority asks for that checks a name on the HTTPS port
// (RFC 8737, section 6.2).
const alpnProto = "acme-tls/1"

// challengePath is below what an authority looks on the HTTP port (RFC 8555,
// section 8.3).
const challengePath = "/.well-known/acme-challenge/"

var errNoAnswer = errors.New("no authority was asked for this name")

// Answers are what the box shows an authority that checks whether it has the
// names that it asks a certificate for. There are some only while it asks.
type Answers struct {
	mu    sync.Mutex
	texts map[string]string           // by path
	pairs map[string]*tls.Certificate // by host name, in lower case
}

// ShowText answers at a path below /.well-known/acme-challenge/ over HTTP, until
// hide is called.
func (a *Answers) ShowText(path, text string) (hide func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.texts = with(a.texts, path, text)
	return func() { a.mu.Lock(); defer a.mu.Unlock(); delete(a.texts, path) }
}

// ShowPair answers over TLS whoever asks for the protocol acme-tls/1 under a host
// name, until hide is called.
func (a *Answers) ShowPair(host string, c *tls.Certificate) (hide func()) {
	host = strings.ToLower(host)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pairs = with(a.pairs, host, c)
	return func() { a.mu.Lock(); defer a.mu.Unlock(); delete(a.pairs, host) }
}

func with[V any](m map[string]V, key string, v V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m = maps.Clone(m)
	m[key] = v
	return m
}

// Text serves an answer over HTTP; false, and nothing written, where the request
// is not for one.
func (a *Answers) Text(w http.ResponseWriter, r *http.Request) bool {
	if a == nil || r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, challengePath) {
		return false
	}
	a.mu.Lock()
	text, ok := a.texts[r.URL.Path]
	a.mu.Unlock()
	if ok {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write([]byte(text))
	}
	return ok
}

func (a *Answers) pair(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.pairs[strings.ToLower(hello.ServerName)]; c != nil {
		return c, nil
	}
	return nil, errNoAnswer
}

// checks tells whether a handshake is an authority's that checks a name.
func checks(hello *tls.ClientHelloInfo) bool {
	return slices.Equal(hello.SupportedProtos, []string{alpnProto})
}

// Answers are this Manager's, for its TLSConfig and for whoever serves HTTP.
func (m *Manager) Answers() *Answers { return &m.answers }
