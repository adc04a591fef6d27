// Package certs gives the box HTTPS from its first start.
//
// Its rule: there is always a certificate to serve, and changing it needs no
// restart. Either the firm's own, read again when its files change, or one that
// the box issues from an authority of its own and renews by itself.
//
// On disk, below the directory given (data/keys):
//
//	ca.pem      the authority's certificate, for browsers to trust
//	ca.key      its private key, mode 0600
//	server.pem  the server's private key and certificate, mode 0600
package certs

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/pem"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Options of a Manager. The zero value works.
type Options struct {
	Now func() time.Time
	Log *slog.Logger

	Hosts     []string            // configured host names, besides those of the machine
	Addresses func() []netip.Addr // of the machine; default: those of its interfaces

	// The firm's own certificate chain and key, PEM. With both empty the box
	// issues its own.
	CertFile, KeyFile string
}

// Manager holds the certificate that is served.
type Manager struct {
	dir  string
	opts Options

	mu      sync.Mutex
	hosts   []string
	current *tls.Certificate
	checked time.Time
	files   stamp
	problem error
}

// checkEvery is how often a handshake looks whether the certificate must change.
const checkEvery = 10 * time.Second

// New loads or makes the certificate. Errors of the firm's files wrap ErrFile,
// ErrPair or ErrDate, those of the box's own authority ErrAuthority; each names
// the file.
func New(dir string, o Options) (*Manager, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Addresses == nil {
		o.Addresses = interfaceAddresses
	}
	m := &Manager{dir: dir, opts: o, hosts: o.Hosts}
	if err := m.refresh(o.Now()); err != nil {
		return nil, err
	}
	m.checked = o.Now()
	return m, nil
}

// TLSConfig returns a server's configuration: TLS 1.2 at least, 1.3 where the
// browser has it, with the standard library's choice of ciphers and groups.
func (m *Manager) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return m.certificate(), nil },
	}
}

// SetHosts changes the configured host names; the next handshake has them.
func (m *Manager) SetHosts(hosts []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hosts, m.checked = hosts, time.Time{}
}

// CAFile is the path of the authority's certificate, "" where the firm's own
// certificate is served.
func (m *Manager) CAFile() string {
	if m.own() {
		return m.path("ca.pem")
	}
	return ""
}

// CA returns the authority's certificate as PEM for browsers to download, nil
// where the firm's own certificate is served, and its SHA-256 in the form that
// browsers show.
func (m *Manager) CA() (certificate []byte, fingerprint string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.own() || len(m.current.Certificate) < 2 {
		return nil, ""
	}
	der := m.current.Certificate[len(m.current.Certificate)-1]
	sum := sha256.Sum256(der)
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	var b strings.Builder
	for i := 0; i < len(digits); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(digits[i : i+2])
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), b.String()
}

// Status is what a health page shows.
type Status struct {
	Own     bool // issued by the box
	Names   []string
	Expires time.Time
	Problem error // why a newer certificate is not served, nil if all is well
}

// Status returns what is served now.
func (m *Manager) Status() Status {
	c := m.certificate()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := Status{Own: m.own(), Names: append([]string{}, c.Leaf.DNSNames...), Expires: c.Leaf.NotAfter, Problem: m.problem}
	for _, ip := range c.Leaf.IPAddresses {
		s.Names = append(s.Names, ip.String())
	}
	return s
}

func (m *Manager) own() bool { return m.opts.CertFile == "" && m.opts.KeyFile == "" }

// certificate returns what to serve. Where looking for a newer one fails, the
// one at hand goes on being served and the reason is kept.
func (m *Manager) certificate() *tls.Certificate {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.opts.Now()
	if past := now.Sub(m.checked); past >= 0 && past < checkEvery {
		return m.current
	}
	m.checked = now
	err := m.refresh(now)
	if err != nil && (m.problem == nil || m.problem.Error() != err.Error()) {
		m.opts.Log.Error("certificate not renewed", "err", err)
	}
	m.problem = err
	return m.current
}

// refresh replaces the current certificate if it must be. The caller holds mu,
// or is alone.
func (m *Manager) refresh(now time.Time) error {
	if m.own() {
		return m.refreshOwn(now)
	}
	return m.refreshFirm(now)
}
