package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// The keys that a request may be made with. RSA is what Windows authorities take
// as they come.
const (
	KeyRSA   = "rsa"   // 3072 bits
	KeyECDSA = "ecdsa" // P-256
)

// NewRequest is what a signing request is for.
type NewRequest struct {
	Firm  string   // the organization, may be empty
	Names []string // host names and addresses; the first is the common name
	Key   string   // KeyRSA or KeyECDSA
}

// Request makes a key and a signing request (PKCS #10, RFC 2986) for it. The key
// stays on the box, mode 0600; an earlier request and its key are replaced.
func (m *Manager) Request(n NewRequest) ([]byte, error) {
	wanted, err := namesOf(n.Names)
	if err != nil {
		return nil, err
	}
	key, err := newKey(n.Key)
	if err != nil {
		return nil, err
	}
	subject := pkix.Name{CommonName: first(n.Names)}
	if len(subject.CommonName) > 64 { // the upper bound of RFC 5280, appendix A.1
		subject.CommonName = ""
	}
	if firm := strings.TrimSpace(n.Firm); firm != "" {
		subject.Organization = []string{string([]rune(firm)[:min(64, len([]rune(firm)))])}
	}
	ask := &x509.CertificateRequest{Subject: subject, DNSNames: wanted.dns}
	for _, a := range wanted.ips {
		ask.IPAddresses = append(ask.IPAddresses, net.IP(a.AsSlice()))
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, ask, key)
	if err != nil {
		return nil, fmt.Errorf("make signing request: %w", err)
	}
	text, err := privateKeyPEM(key)
	if err != nil {
		return nil, err
	}
	csr := requestPEM(der)
	m.mu.Lock()
	defer m.mu.Unlock()
	return csr, writeFile(m.path(requestFile), slices.Concat(text, csr), 0o600)
}

func newKey(kind string) (key crypto.Signer, err error) {
	switch kind {
	case KeyRSA:
		key, err = rsa.GenerateKey(rand.Reader, 3072)
	case KeyECDSA:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		return nil, fault(ErrFit, "tls-key-kind")
	}
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	return key, nil
}

func requestPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}

func first(names []string) string {
	for _, n := range names {
		if n = cleanName(n); n != "" {
			return n
		}
	}
	return ""
}

func cleanName(s string) string {
	return strings.ToLower(strings.TrimSuffix(strings.Trim(strings.TrimSpace(s), "[]"), "."))
}

// namesOf sorts what was typed into names and addresses.
func namesOf(typed []string) (n names, err error) {
	for _, s := range typed {
		s = cleanName(s)
		if s == "" {
			continue
		}
		if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
			n.ips = append(n.ips, a.Unmap())
		} else if isHostName(strings.TrimPrefix(s, "*.")) {
			n.dns = append(n.dns, s)
		} else {
			return n, fault(ErrFit, "tls-host", "name", s)
		}
	}
	if len(n.dns)+len(n.ips) == 0 {
		return n, fault(ErrFit, "tls-host", "name", "")
	}
	if len(n.dns)+len(n.ips) > 100 {
		return n, fault(ErrFit, "tls-hosts-many")
	}
	slices.Sort(n.dns)
	slices.SortFunc(n.ips, netip.Addr.Compare)
	n.dns, n.ips = slices.Compact(n.dns), slices.Compact(n.ips)
	return n, nil
}

// Pending returns the signing request that waits for its certificate as PEM, and
// the names in it; nil if there is none.
func (m *Manager) Pending() (csr []byte, hosts []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, err := os.ReadFile(m.path(requestFile))
	if err != nil {
		return nil, nil
	}
	for rest := b; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, nil
		}
		if block.Type != "CERTIFICATE REQUEST" {
			continue
		}
		ask, err := x509.ParseCertificateRequest(block.Bytes)
		if err != nil {
			return nil, nil
		}
		hosts = append(hosts, ask.DNSNames...)
		for _, ip := range ask.IPAddresses {
			hosts = append(hosts, ip.String())
		}
		return requestPEM(block.Bytes), hosts
	}
}

// DropRequest destroys the key of the request that waits, if one does.
func (m *Manager) DropRequest() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return removeFile(m.path(requestFile))
}

// removeFile removes a file, and says nothing where it is gone already.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove key file: %w", err)
	}
	return nil
}

// Check tells whether a request can be made: a Fault if not.
func (n NewRequest) Check() error {
	if n.Key != KeyRSA && n.Key != KeyECDSA {
		return fault(ErrFit, "tls-key-kind")
	}
	_, err := namesOf(n.Names)
	return err
}
