package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// ErrAuthority is wrapped where the box's own authority can't be read. It is
// never replaced then: every browser in the house trusts it.
var ErrAuthority = errors.New("the box's certificate authority is damaged")

const (
	caFor     = 10 * 365 * 24 * time.Hour
	serverFor = 398 * 24 * time.Hour // the most that browsers accept
	renewAt   = 30 * 24 * time.Hour  // before the end
	backdate  = 24 * time.Hour       // for readers whose clocks are behind
)

func (m *Manager) path(name string) string { return filepath.Join(m.dir, name) }

// refreshOwn keeps the served certificate if it still has every name that is
// wanted and 30 days to go. Names that are wanted no more stay until then: an
// address that comes and goes must not mean a new certificate each time.
func (m *Manager) refreshOwn(now time.Time) error {
	want := wantedNames(m.configured(), m.opts.Addresses())
	if m.current != nil && m.kind == Own && want.coveredBy(m.current.Leaf) && fresh(m.current.Leaf, now) {
		return nil
	}
	ca, key, err := m.authority(now)
	if err != nil {
		return err
	}
	if m.current == nil || m.kind != Own {
		if c, err := loadServer(m.path("server.pem"), ca); err == nil && want.coveredBy(c.Leaf) && fresh(c.Leaf, now) {
			m.serve(c, Own)
			return nil
		}
	}
	c, err := m.issue(ca, key, want, now)
	if err != nil {
		return err
	}
	m.opts.Log.Info("server certificate issued", "expires", c.Leaf.NotAfter)
	m.serve(c, Own)
	return nil
}

func fresh(leaf *x509.Certificate, now time.Time) bool {
	return now.Before(leaf.NotAfter.Add(-renewAt)) && !now.Before(leaf.NotBefore)
}

// authority loads the box's authority, and makes it where there is none or the
// old one ends within 30 days (then browsers must be told to trust the new one).
func (m *Manager) authority(now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, keyErr := readKey(m.path("ca.key"))
	if keyErr != nil && !errors.Is(keyErr, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("read %s: %w", m.path("ca.key"), ErrAuthority)
	}
	ca, err := readCertificate(m.path("ca.pem"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, nil, fmt.Errorf("read %s: %w", m.path("ca.pem"), ErrAuthority)
	case keyErr != nil:
		return nil, nil, fmt.Errorf("%s is missing: %w", m.path("ca.key"), ErrAuthority)
	case !key.PublicKey.Equal(ca.PublicKey):
		return nil, nil, fmt.Errorf("%s does not belong to %s: %w", m.path("ca.key"), m.path("ca.pem"), ErrAuthority)
	case now.Before(ca.NotAfter.Add(-renewAt)):
		return ca, key, nil
	default:
		m.opts.Log.Warn("certificate authority ends; a new one is made", "expires", ca.NotAfter)
		key = nil
	}
	return m.newAuthority(key, now)
}

// newAuthority signs a new authority. A key without a certificate is what a kill
// between the two files leaves.
func (m *Manager) newAuthority(key *ecdsa.PrivateKey, now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	if key == nil {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, nil, fmt.Errorf("make authority key: %w", err)
		}
		// The certificate of an older key goes first: a pair that doesn't match
		// would stop the box.
		if err := os.Remove(m.path("ca.pem")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("remove old authority: %w", err)
		}
		if err := writeKey(m.path("ca.key"), key); err != nil {
			return nil, nil, err
		}
	}
	host, _ := os.Hostname()
	serial := newSerial()
	self := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"coffre"}, CommonName: fmt.Sprintf("coffre CA %.40s %x", host, serial.Bytes()[:3])},
		NotBefore:    now.Add(-backdate), NotAfter: now.Add(caFor),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:     true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, self, self, &key.PublicKey, key)
	if err != nil {
		return nil, nil, fmt.Errorf("sign authority: %w", err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("parse authority: %w", err)
	}
	return ca, key, writeFile(m.path("ca.pem"), certificatePEM(der), 0o644)
}

// issue signs and writes a server certificate.
func (m *Manager) issue(ca *x509.Certificate, caKey *ecdsa.PrivateKey, want names, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make server key: %w", err)
	}
	until := now.Add(serverFor - backdate)
	if until.After(ca.NotAfter) {
		until = ca.NotAfter
	}
	leaf := &x509.Certificate{
		SerialNumber: newSerial(),
		Subject:      pkix.Name{Organization: []string{"coffre"}, CommonName: "coffre"},
		NotBefore:    now.Add(-backdate), NotAfter: until,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    want.dns, BasicConstraintsValid: true,
	}
	for _, a := range want.ips {
		leaf.IPAddresses = append(leaf.IPAddresses, net.IP(a.AsSlice()))
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		return nil, fmt.Errorf("sign server certificate: %w", err)
	}
	keyPEM, err := privateKeyPEM(key)
	if err != nil {
		return nil, err
	}
	if err := writeFile(m.path("server.pem"), slices.Concat(keyPEM, certificatePEM(der)), 0o600); err != nil {
		return nil, err
	}
	return loadServer(m.path("server.pem"), ca)
}

// loadServer reads the server's certificate; it must be of this authority.
func loadServer(path string, ca *x509.Certificate) (*tls.Certificate, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read server certificate: %w", err)
	}
	c, err := tls.X509KeyPair(b, b)
	if err != nil {
		return nil, fmt.Errorf("read server certificate: %w", err)
	}
	if err := c.Leaf.CheckSignatureFrom(ca); err != nil {
		return nil, fmt.Errorf("check server certificate: %w", err)
	}
	// The same key may have signed an older authority of another name.
	if !bytes.Equal(c.Leaf.RawIssuer, ca.RawSubject) {
		return nil, errors.New("check server certificate: another authority issued it")
	}
	c.Certificate = append(c.Certificate, ca.Raw)
	return &c, nil
}
