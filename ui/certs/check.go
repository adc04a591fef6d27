package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What a certificate that is taken may still lack; codes of the catalogue's
// family tls-note.
const (
	NoteOrdered  = "ordered"  // the chain's certificates were put in order
	NoteAlone    = "alone"    // its issuer's certificate is not with it
	NoteSelf     = "self"     // it signed itself
	NoteStranger = "stranger" // certificates that don't belong to the chain were left out
)

// pairOf puts a chain in order and joins it with its key. Browsers want the
// server's certificate first and each followed by its issuer (RFC 8446, section
// 4.4.2); authorities hand them out in any order.
func pairOf(all []*x509.Certificate, key crypto.Signer) (*tls.Certificate, []string, error) {
	leaf := leafFor(all, key)
	if leaf == nil {
		return nil, nil, fault(ErrPair, "tls-pair")
	}
	chain := []*x509.Certificate{leaf}
	for at := leaf; ; {
		i := slices.IndexFunc(all, func(c *x509.Certificate) bool {
			return !slices.ContainsFunc(chain, c.Equal) && bytes.Equal(c.RawSubject, at.RawIssuer) && at.CheckSignatureFrom(c) == nil
		})
		if i < 0 {
			break
		}
		at = all[i]
		chain = append(chain, at)
	}
	var notes []string
	for i, c := range chain {
		if !all[min(i, len(all)-1)].Equal(c) {
			notes = append(notes, NoteOrdered)
			break
		}
	}
	if slices.ContainsFunc(all, func(c *x509.Certificate) bool { return !slices.ContainsFunc(chain, c.Equal) }) {
		notes = append(notes, NoteStranger)
	}
	switch {
	case selfSigned(leaf):
		notes = append(notes, NoteSelf)
	case len(chain) == 1:
		notes = append(notes, NoteAlone)
	}
	pair := &tls.Certificate{PrivateKey: key, Leaf: leaf}
	for _, c := range chain {
		pair.Certificate = append(pair.Certificate, c.Raw)
	}
	return pair, notes, nil
}

func selfSigned(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

// leafFor is the certificate of the key, nil if there is none.
func leafFor(all []*x509.Certificate, key crypto.Signer) *x509.Certificate {
	pub, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	i := slices.IndexFunc(all, func(c *x509.Certificate) bool { return ok && pub.Equal(c.PublicKey) })
	if i < 0 {
		return nil
	}
	return all[i]
}

// checkDate tells whether c is valid at a time.
func checkDate(c *x509.Certificate, now time.Time) error {
	switch {
	case !now.Before(c.NotAfter):
		return fault(ErrDate, "tls-ended", "date", c.NotAfter.UTC().Format(time.DateOnly))
	case now.Before(c.NotBefore):
		return fault(ErrDate, "tls-early", "date", c.NotBefore.UTC().Format(time.DateOnly))
	}
	return nil
}

// checkFit tells whether browsers would take a certificate from a server: its
// kind, its use and its algorithms (CA/Browser Forum Baseline Requirements,
// sections 6.1.5 and 7.1.3; what Chromium and Firefox verify).
func checkFit(pair *tls.Certificate) error {
	leaf := pair.Leaf
	named := len(leaf.DNSNames)+len(leaf.IPAddresses) > 0
	if leaf.IsCA && (!selfSigned(leaf) || !named) || leaf.IsCA && leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 && leaf.KeyUsage&x509.KeyUsageCertSign != 0 {
		return fault(ErrFit, "tls-authority")
	}
	if len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) > 0 && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny) {
		return fault(ErrFit, "tls-usage")
	}
	if !named {
		return fault(ErrFit, "tls-nameless")
	}
	for _, der := range pair.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return fault(ErrFile, "tls-damaged")
		}
		if weak := weakness(c); weak != "" {
			return fault(ErrFit, "tls-weak", "what", weak)
		}
	}
	return nil
}

// weakness names what browsers refuse of a certificate's algorithms. A root's
// own signature proves nothing and isn't looked at.
func weakness(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < 2048 {
			return "RSA " + strconv.Itoa(n)
		}
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() && k.Curve != elliptic.P384() {
			return k.Curve.Params().Name
		}
	case ed25519.PublicKey:
		return "Ed25519"
	default:
		return c.PublicKeyAlgorithm.String()
	}
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1:
		if !selfSigned(c) {
			return c.SignatureAlgorithm.String()
		}
	}
	return ""
}

// uncovered lists the hosts, names or addresses, that c is not for.
func uncovered(c *x509.Certificate, hosts []string) (out []string) {
	for _, h := range hosts {
		h = strings.ToLower(strings.TrimSuffix(strings.Trim(strings.TrimSpace(h), "[]"), "."))
		if h == "" || slices.Contains(out, h) || h == "localhost" || isLoopback(h) {
			continue
		}
		if c.VerifyHostname(h) != nil {
			out = append(out, h)
		}
	}
	return out
}

func isLoopback(h string) bool {
	ip := net.ParseIP(h)
	return ip != nil && ip.IsLoopback()
}
