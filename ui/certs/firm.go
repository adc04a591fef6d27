package certs

import (
	"crypto"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"time"
)

// Errors of the firm's own certificate; each comes with the files' names.
var (
	ErrFile = errors.New("not a certificate and key in PEM form that can be read")
	ErrPair = errors.New("the key does not belong to the certificate")
	ErrDate = errors.New("the certificate is not valid today")
)

// stamp tells whether files have changed since they were read.
type stamp struct {
	cert, key         time.Time
	certSize, keySize int64
}

func (m *Manager) refreshFirm(now time.Time) error {
	s, err := stampOf(m.opts.CertFile, m.opts.KeyFile)
	if err != nil {
		return err
	}
	if m.current != nil && s == m.files {
		if !now.Before(m.current.Leaf.NotAfter) {
			return fmt.Errorf("%s ended on %s: %w", m.opts.CertFile, m.current.Leaf.NotAfter.Format(time.DateOnly), ErrDate)
		}
		return nil
	}
	c, err := loadFirm(m.opts.CertFile, m.opts.KeyFile, now)
	if err != nil {
		return err
	}
	if m.current != nil {
		m.opts.Log.Info("certificate read again", "file", m.opts.CertFile, "expires", c.Leaf.NotAfter)
	}
	for _, h := range m.hosts {
		if err := c.Leaf.VerifyHostname(h); err != nil {
			m.opts.Log.Warn("certificate lacks a configured host name", "file", m.opts.CertFile, "host", h)
		}
	}
	m.current, m.files = c, s
	return nil
}

func stampOf(cert, key string) (s stamp, err error) {
	c, err := os.Stat(cert)
	if err != nil {
		return s, fmt.Errorf("certificate file: %w: %w", ErrFile, err)
	}
	k, err := os.Stat(key)
	if err != nil {
		return s, fmt.Errorf("key file: %w: %w", ErrFile, err)
	}
	return stamp{c.ModTime(), k.ModTime(), c.Size(), k.Size()}, nil
}

// loadFirm reads a certificate chain and its key and says what is wrong.
func loadFirm(certFile, keyFile string, now time.Time) (*tls.Certificate, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return nil, fmt.Errorf("certificate file: %w: %w", ErrFile, err)
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("key file: %w: %w", ErrFile, err)
	}
	leaf, err := parseCertificate(cert)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", certFile, ErrFile, err)
	}
	signer, err := parseKey(key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", keyFile, ErrFile, err)
	}
	if pub, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !pub.Equal(leaf.PublicKey) {
		return nil, fmt.Errorf("%s, %s: %w", keyFile, certFile, ErrPair)
	}
	c, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w: %w", certFile, keyFile, ErrFile, err)
	}
	switch {
	case !now.Before(leaf.NotAfter):
		return nil, fmt.Errorf("%s ended on %s: %w", certFile, leaf.NotAfter.Format(time.DateOnly), ErrDate)
	case now.Before(leaf.NotBefore):
		return nil, fmt.Errorf("%s begins on %s: %w", certFile, leaf.NotBefore.Format(time.DateOnly), ErrDate)
	}
	return &c, nil
}
