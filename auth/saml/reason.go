package saml

import (
	"errors"
	"fmt"
)

// Reason is why a response was refused, as it stands in an entry.
type Reason string

// The reasons.
const (
	Malformed   Reason = "malformed"
	TooLarge    Reason = "too-large"
	DocType     Reason = "doctype"
	Comment     Reason = "comment"
	Shape       Reason = "shape"       // not one signed assertion in its place
	Assertions  Reason = "assertions"  // none, or more than one
	Encrypted   Reason = "encrypted"   // this box has no key for it
	Unsigned    Reason = "unsigned"    // neither response nor assertion
	Signature   Reason = "signature"   // not the provider's
	Algorithm   Reason = "algorithm"   // SHA-1
	Status      Reason = "status"      // the provider says that it failed
	Issuer      Reason = "issuer"      // another provider
	Audience    Reason = "audience"    // for somebody else
	Recipient   Reason = "recipient"   // for another address
	Destination Reason = "destination" // sent to another address
	Request     Reason = "request"     // not the answer to what was asked
	Expired     Reason = "expired"
	NotYet      Reason = "not-yet-valid"
	Subject     Reason = "subject" // no lasting id
	Metadata    Reason = "metadata"
	Panicked    Reason = "parser" // the parser gave up
)

// Refusal is the one error of this package.
type Refusal struct {
	Reason Reason
	Err    error // for the log
}

// Error names the reason and its cause.
func (r *Refusal) Error() string {
	if r.Err != nil {
		return fmt.Sprintf("sign in by SAML: %s: %v", r.Reason, r.Err)
	}
	return "sign in by SAML: " + string(r.Reason)
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// ReasonOf is the reason of a Refusal, "" for any other error.
func ReasonOf(err error) Reason {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Reason
	}
	return ""
}

func refuse(why Reason, err error) error { return &Refusal{Reason: why, Err: err} }
