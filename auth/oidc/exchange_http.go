package oidc

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"sync"
	"time"
)

// maxBody bounds what a provider may answer, bytes.
const maxBody = 1 << 20

var errClear = errors.New("the address is not https")

// bounded is c without redirects, for https only, and with bodies of at most
// maxBody: the libraries read whatever comes.
func bounded(c *http.Client) *http.Client {
	return &http.Client{Transport: &limit{next: c.Transport}, Timeout: c.Timeout, CheckRedirect: stay}
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

type limit struct {
	next http.RoundTripper
	// least is between two requests, 0 for no bound: whoever sends tokens with
	// invented key ids must not make the box ask the provider each time.
	least time.Duration
	now   func() time.Time

	mu   sync.Mutex
	last time.Time
}

var errTooSoon = errors.New("the provider's keys were read a moment ago")

// RoundTrip implements http.RoundTripper.
func (l *limit) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return nil, errClear
	}
	if l.least > 0 && !l.due() {
		return nil, errTooSoon
	}
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = http.MaxBytesReader(nil, resp.Body, maxBody)
	return resp, nil
}

func (l *limit) due() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if age := now.Sub(l.last); age >= 0 && age < l.least {
		return false
	}
	l.last = now
	return true
}

// reasonOfDial tells a certificate that can't be trusted from a provider that
// can't be reached.
func reasonOfDial(err error) Reason {
	var (
		verify  *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
	)
	switch {
	case errors.Is(err, errClear):
		return Clear
	case errors.As(err, &verify), errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &invalid), errors.As(err, &record):
		return Certificate
	}
	return Unreachable
}
