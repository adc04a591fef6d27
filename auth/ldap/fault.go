package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"regexp"
	"strings"
	"syscall"

	goldap "github.com/go-ldap/ldap/v3"
)

// Step is a stage of talking to a directory, in order.
type Step string

// The steps.
const (
	StepName   Step = "name"
	StepTCP    Step = "tcp"
	StepTLS    Step = "tls"
	StepBind   Step = "bind"
	StepBase   Step = "base"
	StepFilter Step = "filter"
	StepGroups Step = "groups"
	StepSignIn Step = "signin"
)

// Fault is what went wrong: at which step, as a code for the catalogue, with
// parameters that a person who sets up a directory may see. Err is for the log.
type Fault struct {
	Step   Step
	Code   string
	Params map[string]string
	Err    error
}

// Error tells step and code, and neither names nor parameters.
func (f *Fault) Error() string { return "directory " + string(f.Step) + ": " + f.Code }

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

func fault(step Step, code string, err error, params ...string) *Fault {
	f := &Fault{Step: step, Code: code, Err: err}
	for i := 0; i+1 < len(params); i += 2 {
		if f.Params == nil {
			f.Params = map[string]string{}
		}
		f.Params[params[i]] = params[i+1]
	}
	return f
}

// AsFault finds the Fault in err's chain; anything else is a fault of the step
// with code "failed".
func AsFault(err error, step Step) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return fault(step, "failed", err)
}

// Unreachable tells whether err says that no server could be spoken to, rather
// than that one answered no.
func Unreachable(err error) bool {
	var f *Fault
	if !errors.As(err, &f) {
		return false
	}
	switch f.Step {
	case StepName, StepTCP, StepTLS:
		return true
	}
	return f.Code == "slow" || f.Code == "lost" || f.Code == "busy"
}

// dialFault says why no connection was made.
func dialFault(err error) *Fault {
	var dns *net.DNSError
	var timeout net.Error
	var known *Fault
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &dns) && dns.IsNotFound:
		return fault(StepName, "unknown-name", err)
	case errors.As(err, &dns):
		return fault(StepName, "no-name-server", err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault(StepTCP, "refused", err)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fault(StepTCP, "timeout", err)
	case strings.Contains(err.Error(), "the way out is closed"):
		return fault(StepTCP, "closed-way", err)
	}
	return fault(StepTCP, "unreachable", err)
}

// tlsFault says why a certificate wasn't accepted.
func tlsFault(err error, s Server, seen *x509.Certificate) *Fault {
	params := []string{"host", s.Host}
	if seen != nil {
		params = append(params, "fingerprint", Fingerprint(seen), "names", certNames(seen), "until", seen.NotAfter.UTC().Format("2006-01-02"), "issuer", seen.Issuer.CommonName)
	}
	var (
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		ca      x509.UnknownAuthorityError
		record  tls.RecordHeaderError
		timeout net.Error
	)
	code := "failed"
	switch {
	case errors.As(err, &name):
		code = "wrong-name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && seen != nil && seen.NotBefore.After(verifyTime()):
		code = "not-yet-valid"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		code = "expired"
	case errors.As(err, &ca):
		code = "unknown-ca"
	case errors.As(err, &invalid):
		code = "bad-certificate"
	case errors.As(err, &record):
		code = "not-tls"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		code = "timeout"
	}
	return fault(StepTLS, code, err, params...)
}

var subCode = regexp.MustCompile(`, data ([0-9a-fA-F]{3,8}),`)

// SubCode is the number that Active Directory puts into a refused bind's text,
// such as 52e or 773, or "" where there is none (MS-ADTS; Win32 error codes).
func SubCode(diagnostic string) string {
	m := subCode.FindStringSubmatch(diagnostic)
	if m == nil || len(m[1]) > 4 {
		return ""
	}
	return strings.ToLower(m[1])
}

// diagnostic is the text that a server sent with a refusal.
func diagnostic(err error) string {
	var e *goldap.Error
	if errors.As(err, &e) && e.Err != nil {
		return e.Err.Error()
	}
	return ""
}

// answerFault says what a server's refusal of a request means at a step.
func answerFault(step Step, err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	is := func(codes ...uint16) bool { return goldap.IsErrorAnyOf(err, codes...) }
	code := "failed"
	switch {
	case is(goldap.ErrorNetwork), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		code = "lost"
		if strings.Contains(err.Error(), "timed out") || errors.Is(err, context.DeadlineExceeded) {
			code = "slow"
		}
	case is(goldap.LDAPResultBusy, goldap.LDAPResultUnavailable):
		code = "busy"
	case is(goldap.LDAPResultStrongAuthRequired, goldap.LDAPResultConfidentialityRequired):
		code = "needs-tls"
	case is(goldap.LDAPResultInvalidCredentials):
		code = "wrong-password"
	case is(goldap.LDAPResultNoSuchObject):
		code = "no-such-base"
	case is(goldap.LDAPResultReferral):
		code = "referral"
	case is(goldap.LDAPResultInvalidDNSyntax):
		code = "bad-dn"
	case is(goldap.LDAPResultInsufficientAccessRights, goldap.LDAPResultOperationsError, goldap.LDAPResultInappropriateAuthentication):
		code = "not-allowed"
	case is(goldap.LDAPResultSizeLimitExceeded, goldap.LDAPResultAdminLimitExceeded, goldap.LDAPResultTimeLimitExceeded):
		code = "limit"
	case is(goldap.LDAPResultUnwillingToPerform):
		code = "unwilling"
	case is(goldap.ErrorFilterCompile, goldap.ErrorFilterDecompile):
		code = "bad-filter"
	}
	return fault(step, code, err)
}
