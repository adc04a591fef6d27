package order

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/crypto/acme"

	"coffre/connectors/gate"
	"coffre/ui/certs"
)

var errNoWay = errors.New("no challenge that the box can answer")

// stepError says at which step the authority answered so, where that matters.
type stepError struct {
	step string // "directory" or "account"
	err  error
}

func (e *stepError) Error() string { return e.step + ": " + e.err.Error() }
func (e *stepError) Unwrap() error { return e.err }

// codes of the kinds of problem that authorities name (RFC 8555, section 6.7),
// without their common beginning.
var codes = map[string]string{
	"badNonce":                "acme-nonce",
	"rateLimited":             "acme-rate",
	"accountDoesNotExist":     "acme-account",
	"externalAccountRequired": "acme-binding",
	"rejectedIdentifier":      "acme-names",
	"unsupportedIdentifier":   "acme-names",
	"userActionRequired":      "acme-terms",
	"caa":                     "acme-check",
	"connection":              "acme-check",
	"dns":                     "acme-check",
	"incorrectResponse":       "acme-check",
	"tls":                     "acme-check",
	"unauthorized":            "acme-check",
}

// judge gives an error its code.
func judge(err error) error {
	var already *certs.Fault
	if errors.As(err, &already) {
		return err
	}
	code, said := codeOf(err)
	f := &certs.Fault{Code: code, Err: fmt.Errorf("%w: %w", certs.ErrIssue, err)}
	if said = plain(said); said != "" {
		f.Params = []string{"said", said}
	}
	return f
}

// codeOf is an error's code, and what the authority said.
func codeOf(err error) (code, said string) {
	if p, check := problemOf(err); p != nil {
		kind := p.ProblemType[strings.LastIndexByte(p.ProblemType, ':')+1:]
		code = codes[kind]
		var at *stepError
		switch {
		case errors.As(err, &at) && at.step == "account" && kind == "unauthorized":
			code = "acme-account" // revoked or put out of use
		case errors.As(err, &at) && at.step == "directory" && code == "":
			code = "acme-directory"
		case check:
			code = "acme-check"
		case kind == "unauthorized":
			code = "acme-refused"
		case code == "":
			code = "acme-refused"
		}
		return code, p.Detail
	}
	var unknown x509.UnknownAuthorityError
	var wrong x509.HostnameError
	var ended x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	var order *acme.OrderError
	var at *stepError
	switch {
	case errors.Is(err, gate.ErrRefused):
		return "acme-shut", ""
	case errors.As(err, &unknown):
		return "acme-root", ""
	case errors.As(err, &wrong), errors.As(err, &ended), errors.As(err, &verify):
		return "acme-server", err.Error()
	case errors.Is(err, errNoWay):
		return "acme-way", ""
	case errors.As(err, &order):
		return "acme-refused", order.Status
	case errors.Is(err, context.DeadlineExceeded), isNet(err):
		return "acme-down", ""
	case errors.As(err, &at) && at.step == "directory":
		return "acme-directory", ""
	}
	return "acme-refused", ""
}

func isNet(err error) bool {
	var n interface{ Timeout() bool }
	return errors.As(err, &n)
}

// problemOf is what the authority answered; check tells that it is about the look
// for a name, and not about a request.
func problemOf(err error) (p *acme.Error, check bool) {
	var z *acme.AuthorizationError
	if errors.As(err, &z) {
		for _, one := range z.Errors {
			if errors.As(one, &p) {
				return p, true
			}
		}
		return &acme.Error{}, true
	}
	errors.As(err, &p)
	return p, false
}

// longest is how much of an authority's words is kept, in characters.
const longest = 300

// plain makes one line of what somebody else wrote.
func plain(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || !unicode.IsPrint(r) }), " ")
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return s
}

// Wait is how long the authority wants to be left alone after an error of Get, 0
// where it doesn't say.
func Wait(err error) time.Duration {
	var p *acme.Error
	if !errors.As(err, &p) {
		return 0
	}
	d, _ := acme.RateLimit(p)
	return d
}
