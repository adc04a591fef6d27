// Package certs gives the box HTTPS from its first start.
//
// Its rule: there is always a certificate to serve, and changing it needs no
// restart. Either the firm's own, from files that are read again when they change
// or handed in by an administrator, or one that the box issues from an authority
// of its own and renews by itself.
//
// On disk, below the directory given (data/keys):
//
//	ca.pem       the authority's certificate, for browsers to trust
//	ca.key       its private key, mode 0600
//	server.pem   the server's private key and certificate, mode 0600
//	firm.pem     private key and chain that an administrator handed in, mode 0600
//	request.pem  private key and signing request that wait for a certificate, mode 0600
//	acme-*.key   private key of the box's account at the firm's ACME authority, mode
//	             0600; the name holds the first 16 hex digits of the SHA-256 of the
//	             authority's address
//
// All but server.pem goes along in backups (vault/backupfile): a restored box issues
// that one anew, for the names of the machine that it is on.
package certs

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

const (
	firmFile    = "firm.pem"
	requestFile = "request.pem"
)

// Options of a Manager. The zero value works.
type Options struct {
	Now func() time.Time
	Log *slog.Logger

	Hosts     []string            // configured host names, besides those of the machine
	More      func() []string     // more of them, asked whenever the certificate is looked at
	Addresses func() []netip.Addr // of the machine; default: those of its interfaces

	// The firm's own certificate chain and key, PEM. With both empty the box
	// serves what was handed in, else its own.
	CertFile, KeyFile string

	// Minimum is the lowest version of TLS for a host name, 0 for 1.2; nil: 1.2.
	Minimum func(serverName string) uint16
	// Changed is told of every certificate that is served after the first one of
	// this Manager; it must not call back.
	Changed func(kind string, f Facts)
}

// Manager holds the certificate that is served.
type Manager struct {
	dir  string
	opts Options

	answers Answers

	mu      sync.Mutex
	hosts   []string
	current *tls.Certificate
	kind    string // where current comes from
	checked time.Time
	files   stamp
	problem error
	renewal *Renewal
}

// checkEvery is how often a handshake looks whether the certificate must change.
const checkEvery = 10 * time.Second

// New loads or makes the certificate. Errors are Faults of the firm's files, and
// wrap ErrAuthority for those of the box's own authority; each names the file.
// With a certificate that can be served although something is wrong, the reason
// is in Status and New succeeds.
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
	if o.Minimum == nil {
		o.Minimum = func(string) uint16 { return tls.VersionTLS12 }
	}
	removeUnfinished(dir)
	m := &Manager{dir: dir, opts: o, hosts: o.Hosts}
	err := m.refresh(o.Now())
	if m.current == nil {
		return nil, err
	}
	m.checked, m.problem = o.Now(), err
	if err != nil {
		o.Log.Error("certificate is not as it should be", "err", err)
	}
	return m, nil
}

// TLSConfig returns a server's configuration: TLS 1.2 at least, or what Minimum
// says for the host name that the browser wants, 1.3 where the browser has it,
// with the standard library's choice of ciphers and groups.
func (m *Manager) TLSConfig() *tls.Config {
	base := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return m.certificate(), nil },
	}
	strict := base.Clone()
	strict.MinVersion = tls.VersionTLS13
	base.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		c := base
		if m.opts.Minimum(hello.ServerName) >= tls.VersionTLS13 {
			c = strict
		}
		if checks(hello) {
			c = c.Clone()
			c.NextProtos, c.GetCertificate = []string{alpnProto}, m.answers.pair
		}
		return c, nil
	}
	return base
}

// SetHosts changes the configured host names; the next handshake has them.
func (m *Manager) SetHosts(hosts []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hosts, m.checked = hosts, time.Time{}
}

// Look makes the next handshake look whether the certificate must change.
func (m *Manager) Look() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.checked = time.Time{}
}

// configured are the host names that people gave. The caller holds mu, or is
// alone.
func (m *Manager) configured() []string {
	out := append([]string{}, m.hosts...)
	if m.opts.More != nil {
		out = append(out, m.opts.More()...)
	}
	return out
}

// CAFile is the path of the authority's certificate, "" where the firm's own
// certificate is served.
func (m *Manager) CAFile() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kind == Own {
		return m.path("ca.pem")
	}
	return ""
}

// CA returns the authority's certificate as PEM for browsers to download, nil
// where the firm's own certificate is served, and its SHA-256 in the form that
// browsers show.
func (m *Manager) CA() (certificate []byte, print string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kind != Own || len(m.current.Certificate) < 2 {
		return nil, ""
	}
	der := m.current.Certificate[len(m.current.Certificate)-1]
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), fingerprint(der)
}

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

// refresh replaces the current certificate if it must be. A pair that was handed
// in and can't be read leaves the one at hand, and at a start the box's own. The
// caller holds mu, or is alone.
func (m *Manager) refresh(now time.Time) error {
	if m.opts.CertFile != "" || m.opts.KeyFile != "" {
		return m.refreshFiles(now)
	}
	there, err := m.refreshInstalled(now)
	if there && (err == nil || m.kind == Installed) {
		return err
	}
	return errors.Join(err, m.refreshOwn(now))
}

// serve puts a certificate in place of the one at hand.
func (m *Manager) serve(c *tls.Certificate, kind string) {
	before := m.current
	m.current, m.kind = c, kind
	if before != nil && m.opts.Changed != nil && !before.Leaf.Equal(c.Leaf) {
		m.opts.Changed(kind, factsOf(c))
	}
}
