package certs

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"errors"
	"io/fs"
	"os"
)

// Handed is what an administrator gives: the chain as PEM or a single certificate
// as DER, and its key, which may be in the same text. Without a key the
// certificate must be the answer to the box's own request.
type Handed struct {
	Chain, Key []byte
	Hosts      []string // in use, besides the configured ones
	Anyway     bool     // although it is not for all of them
}

// Candidate is a certificate that passed every check.
type Candidate struct {
	pair    *tls.Certificate
	Notes   []string // what it lacks, of the Note constants
	Missing []string // hosts in use that it is not for
	Request bool     // it answers the box's own request
}

// Facts are what can be said of it.
func (c *Candidate) Facts() Facts { return factsOf(c.pair) }

// Examine checks what was handed in and changes nothing. Its errors are Faults,
// and ErrByFile where the box was started with files.
func (m *Manager) Examine(h Handed) (*Candidate, error) {
	if m.opts.CertFile != "" {
		return nil, fault(ErrFit, "tls-by-file")
	}
	all, err := ReadCertificates(h.Chain)
	if err != nil {
		return nil, err
	}
	c := &Candidate{}
	keyText := h.Key
	if len(bytes.TrimSpace(keyText)) == 0 && HasKey(h.Chain) {
		keyText = h.Chain
	}
	if len(bytes.TrimSpace(keyText)) == 0 {
		if keyText, err = os.ReadFile(m.path(requestFile)); errors.Is(err, fs.ErrNotExist) {
			return nil, fault(ErrFile, "tls-no-key")
		} else if err != nil {
			return nil, fault(ErrFile, "tls-unreadable")
		}
		c.Request = true
	}
	key, err := ReadPrivateKey(keyText)
	if err != nil {
		return nil, err
	}
	if c.pair, c.Notes, err = pairOf(all, key); err != nil {
		if c.Request {
			return nil, fault(ErrPair, "tls-request-pair")
		}
		return nil, err
	}
	if err := checkDate(c.pair.Leaf, m.opts.Now()); err != nil {
		return nil, err
	}
	if err := checkFit(c.pair); err != nil {
		return nil, err
	}
	m.mu.Lock()
	hosts := append(m.configured(), h.Hosts...)
	m.mu.Unlock()
	c.Missing = uncovered(c.pair.Leaf, hosts)
	if len(c.Missing) > 0 && !h.Anyway {
		return c, fault(ErrFit, "tls-names", "names", joined(c.Missing))
	}
	return c, nil
}

// Install keeps a certificate and serves it from the next handshake on;
// connections that are open go on. Chain and key are one file, replaced whole.
func (m *Manager) Install(c *Candidate) error {
	text, err := privateKeyPEM(c.pair.PrivateKey.(crypto.Signer))
	if err != nil {
		return err
	}
	for _, der := range c.pair.Certificate {
		text = append(text, certificatePEM(der)...)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := writeFile(m.path(firmFile), text, 0o600); err != nil {
		return err
	}
	m.again()
	if c.Request {
		// A key that answers no request any more must not lie about.
		return removeFile(m.path(requestFile))
	}
	return nil
}

// Remove serves the box's own certificate again. Errors: a Fault with code
// "tls-not-installed".
func (m *Manager) Remove() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := os.Stat(m.path(firmFile)); err != nil {
		return fault(ErrFit, "tls-not-installed")
	}
	if err := removeFile(m.path(firmFile)); err != nil {
		return err
	}
	m.again()
	return nil
}

// again looks for the certificate to serve now. The caller holds mu.
func (m *Manager) again() {
	now := m.opts.Now()
	m.checked, m.problem = now, m.refresh(now)
}

// HasInstalled tells whether a certificate was handed in, in use or not.
func (m *Manager) HasInstalled() bool {
	_, err := os.Stat(m.path(firmFile))
	return err == nil
}
