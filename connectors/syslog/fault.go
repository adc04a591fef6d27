package syslog

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
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
		alert   tls.AlertError
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
	case errors.As(err, &header), errors.As(err, &alert):
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
