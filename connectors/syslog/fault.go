package syslog

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// Why sending failed, as codes for people's sentences.
const (
	FaultName        = "forward-name"        // the name has no address
	FaultRefused     = "forward-refused"     // nothing listens there
	FaultUnreachable = "forward-unreachable" // no way there, or no answer
	FaultSlow        = "forward-slow"        // it answers, and reads or answers too slowly
	FaultCertificate = "forward-certificate" // not signed by the given authority, or expired
	FaultOther       = "forward-other-name"  // a certificate for somebody else
	FaultTLS         = "forward-tls"         // no TLS there, or none that fits
	FaultClient      = "forward-client"      // it wants a certificate of us, or another one
	FaultClosed      = "forward-closed"      // it closed, or the connection broke
	FaultUnknown     = "forward-failed"
)

// FaultOf names the reason of an error of Open or Send.
func FaultOf(err error) string {
	var (
		dns     *net.DNSError
		host    x509.HostnameError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		check   *tls.CertificateVerificationError
		header  tls.RecordHeaderError
		timeout net.Error
	)
	switch {
	case errors.As(err, &dns):
		return FaultName
	case errors.Is(err, syscall.ECONNREFUSED):
		return FaultRefused
	case errors.As(err, &host):
		return FaultOther
	case errors.As(err, &unknown), errors.As(err, &invalid), errors.As(err, &check):
		return FaultCertificate
	case refusesClient(err):
		return FaultClient
	case errors.As(err, &header), remoteAlert(err) != "":
		return FaultTLS
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.ETIMEDOUT):
		return FaultUnreachable
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return FaultSlow
	case errors.Is(err, ErrClosed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return FaultClosed
	}
	return FaultUnknown
}

// remoteAlert is the text of the TLS alert that the other side sent, "" for none.
// crypto/tls doesn't export its type.
func remoteAlert(err error) string {
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "remote error" && op.Err != nil {
		return op.Err.Error()
	}
	return ""
}

// refusesClient tells whether the other side wants a client's certificate, or
// another one: the alerts of RFC 8446, section 6.2, that are about certificates,
// and access_denied.
func refusesClient(err error) bool {
	alert := remoteAlert(err)
	return strings.Contains(alert, "certificate") || strings.Contains(alert, "access denied")
}
