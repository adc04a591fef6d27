package certs

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// Where a certificate comes from.
const (
	Own       = "own"       // issued by the box
	Installed = "installed" // handed in by an administrator
	FromFile  = "file"      // named when the box was started
)

// Facts are what a person reads of a certificate.
type Facts struct {
	Names       []string // host names, then addresses
	Subject     string
	Issuer      string
	From, Until time.Time
	Fingerprint string // SHA-256 of the DER, in the form that browsers show
	Key         string // "RSA 3072", "ECDSA P-256"
	Chain       int    // certificates that are sent, this one included
}

func factsOf(c *tls.Certificate) Facts {
	f := Facts{
		Names: append([]string{}, c.Leaf.DNSNames...), Subject: nameOf(c.Leaf, false), Issuer: nameOf(c.Leaf, true),
		From: c.Leaf.NotBefore, Until: c.Leaf.NotAfter, Fingerprint: fingerprint(c.Leaf.Raw), Chain: len(c.Certificate),
	}
	for _, ip := range c.Leaf.IPAddresses {
		f.Names = append(f.Names, ip.String())
	}
	switch k := c.Leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		f.Key = "RSA " + strconv.Itoa(k.N.BitLen())
	case *ecdsa.PublicKey:
		f.Key = "ECDSA " + k.Curve.Params().Name
	default:
		f.Key = c.Leaf.PublicKeyAlgorithm.String()
	}
	return f
}

func nameOf(c *x509.Certificate, issuer bool) string {
	n := c.Subject
	if issuer {
		n = c.Issuer
	}
	if n.CommonName != "" && len(n.Organization) > 0 && !strings.Contains(n.CommonName, n.Organization[0]) {
		return n.CommonName + " (" + n.Organization[0] + ")"
	}
	if n.CommonName != "" {
		return n.CommonName
	}
	return n.String()
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	var b strings.Builder
	for i := 0; i < len(digits); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(digits[i : i+2])
	}
	return b.String()
}

func joined(names []string) string { return strings.Join(names, ", ") }

// Status is what a health page shows.
type Status struct {
	Kind    string // Own, Installed or FromFile
	Own     bool   // issued by the box
	Names   []string
	Expires time.Time
	Problem error // why a newer certificate is not served, or this one is bad; nil if all is well
	Facts   Facts
	Missing []string // configured hosts that it is not for
	Renewal *Renewal // by ACME; nil where people renew it
}

// Renewal is how it stands with certificates that the box asks an authority for.
type Renewal struct {
	Next  time.Time // when it asks again
	Fault *Fault    // why the last time failed; nil if it didn't
	Since time.Time // of the first failure in a row
}

// SetRenewal says how renewal stands; nil: nothing renews the firm's certificate.
func (m *Manager) SetRenewal(r *Renewal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.renewal = r
}

// Status returns what is served now.
func (m *Manager) Status() Status {
	c := m.certificate()
	m.mu.Lock()
	defer m.mu.Unlock()
	f := factsOf(c)
	return Status{
		Kind: m.kind, Own: m.kind == Own, Names: f.Names, Expires: c.Leaf.NotAfter, Problem: m.problem, Facts: f,
		Missing: uncovered(c.Leaf, m.configured()), Renewal: m.renewal,
	}
}

// WarnBefore is how long before its end a certificate that the box can't renew
// is a warning.
const WarnBefore = 30 * 24 * time.Hour

// The verdicts of Standing.
const (
	Well  = "ok"    // nothing to do
	Soon  = "soon"  // ends within WarnBefore, and nobody renews it but people
	Ended = "ended" // browsers refuse it
	Stuck = "stuck" // a newer one can't be taken: see Problem
	// Unissued: the authority gives no newer one, see Renewal.
	Unissued = "unissued"
)

// Standing judges a certificate at a time, and tells the whole days that are
// left, negative once it has ended. Health checks and banners read it.
func (s Status) Standing(now time.Time) (verdict string, days int) {
	left := s.Expires.Sub(now)
	days = int(left / (24 * time.Hour))
	switch {
	case left <= 0:
		return Ended, min(days, -1)
	case s.Problem != nil:
		return Stuck, days
	case s.Renewal != nil && s.Renewal.Fault != nil:
		return Unissued, days
	case s.Renewal != nil:
		return Well, days
	case !s.Own && left <= WarnBefore:
		return Soon, days
	}
	return Well, days
}

// maxStrict is the longest that browsers are told to insist on HTTPS.
const maxStrict = 180 * 24 * time.Hour

// Strict is for how long browsers may be told to reach the box by HTTPS alone
// and to let nobody pass a warning (RFC 6797): never beyond the end of the firm's
// certificate, and not at all with the box's own, which a browser may trust today
// and not after a reinstallation. So a certificate that nobody renewed, or an
// authority that was lost, locks nobody out.
func (m *Manager) Strict() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kind == Own || m.current == nil || selfSigned(m.current.Leaf) {
		return 0
	}
	return max(0, min(maxStrict, m.current.Leaf.NotAfter.Sub(m.opts.Now()))).Truncate(time.Second)
}

// Kind is where the certificate comes from that is served: Own, Installed or
// FromFile.
func (m *Manager) Kind() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kind
}

// Files are the files that the box was started with, "" if none.
func (m *Manager) Files() (cert, key string) { return m.opts.CertFile, m.opts.KeyFile }
