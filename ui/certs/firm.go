package certs

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// stamp tells whether files have changed since they were read.
type stamp struct {
	cert, key         time.Time
	certSize, keySize int64
}

// refreshFiles serves the pair of the files that the box was started with. What
// can't be read, and what isn't valid today while the pair at hand is, leaves the
// pair at hand in place; at a start an ended one is served, since a box that
// doesn't answer helps nobody.
func (m *Manager) refreshFiles(now time.Time) error {
	s, err := stampOf(m.opts.CertFile, m.opts.KeyFile)
	if err != nil {
		return err
	}
	if m.current != nil && s == m.files {
		return in(m.opts.CertFile, checkDate(m.current.Leaf, now))
	}
	c, err := readPair(m.opts.CertFile, m.opts.KeyFile)
	if err != nil {
		return err
	}
	dated := in(m.opts.CertFile, checkDate(c.Leaf, now))
	if dated != nil && m.current != nil && checkDate(m.current.Leaf, now) == nil {
		return dated
	}
	if m.current != nil {
		m.opts.Log.Info("certificate read again", "file", m.opts.CertFile, "expires", c.Leaf.NotAfter)
	}
	for _, h := range uncovered(c.Leaf, m.configured()) {
		m.opts.Log.Warn("certificate lacks a configured host name", "file", m.opts.CertFile, "host", h)
	}
	m.files = s
	m.serve(c, FromFile)
	return dated
}

// refreshInstalled serves the pair that was handed in, none: the box's own.
func (m *Manager) refreshInstalled(now time.Time) (there bool, err error) {
	path := m.path(firmFile)
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return true, in(path, fault(ErrFile, "tls-unreadable"))
	}
	s := stamp{cert: st.ModTime(), certSize: st.Size()}
	if m.current == nil || m.kind != Installed || s != m.files {
		c, err := readPair(path, path)
		if err != nil {
			return true, err
		}
		m.files = s
		m.serve(c, Installed)
	}
	return true, in(path, checkDate(m.current.Leaf, now))
}

func stampOf(cert, key string) (s stamp, err error) {
	c, err := os.Stat(cert)
	if err != nil {
		return s, in(cert, fault(fmt.Errorf("%w: %w", ErrFile, err), "tls-unreadable"))
	}
	k, err := os.Stat(key)
	if err != nil {
		return s, in(key, fault(fmt.Errorf("%w: %w", ErrFile, err), "tls-unreadable"))
	}
	return stamp{c.ModTime(), k.ModTime(), c.Size(), k.Size()}, nil
}

// readPair reads a certificate chain and its key and says what is wrong.
func readPair(certFile, keyFile string) (*tls.Certificate, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return nil, in(certFile, fault(fmt.Errorf("%w: %w", ErrFile, err), "tls-unreadable"))
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, in(keyFile, fault(fmt.Errorf("%w: %w", ErrFile, err), "tls-unreadable"))
	}
	all, err := ReadCertificates(cert)
	if err != nil {
		return nil, in(certFile, err)
	}
	signer, err := ReadPrivateKey(key)
	if err != nil {
		return nil, in(keyFile, err)
	}
	pair, _, err := pairOf(all, signer)
	if err != nil {
		return nil, in(keyFile, err)
	}
	return pair, nil
}
