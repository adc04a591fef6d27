package oidc

import (
	"errors"
	"fmt"
)

// Reason is why a sign-in or a logout was refused, as it stands in an entry.
type Reason string

// The reasons.
const (
	Unreachable   Reason = "provider-unreachable"
	Certificate   Reason = "provider-certificate"
	Discovery     Reason = "provider-discovery" // its description is missing or broken
	Issuer        Reason = "issuer"
	Audience      Reason = "audience"
	Party         Reason = "authorized-party" // azp
	Nonce         Reason = "nonce"
	Expired       Reason = "expired"
	NotYet        Reason = "not-yet-valid"
	Algorithm     Reason = "algorithm"
	Signature     Reason = "signature"
	Keys          Reason = "keys" // the signing keys can't be read
	AccessHash    Reason = "access-token-hash"
	Malformed     Reason = "malformed"
	Code          Reason = "code" // the provider doesn't know the code (any more)
	ClientRefused Reason = "client-refused"
	TokenAnswer   Reason = "token-endpoint"
	NoToken       Reason = "no-id-token"
	ProviderSaid  Reason = "provider-refused" // by error= in its answer
	Event         Reason = "logout-event"
	Clear         Reason = "not-https"
)

// Refusal is the one error of this package.
type Refusal struct {
	Reason Reason
	// Said is an error code of the provider's, such as "invalid_grant" of RFC 6749.
	Said string
	// Err is for the log: it holds no token and no claim.
	Err error
}

// Error names the reason and its cause.
func (r *Refusal) Error() string {
	if r.Err != nil {
		return fmt.Sprintf("sign in by OpenID Connect: %s: %v", r.Reason, r.Err)
	}
	return "sign in by OpenID Connect: " + string(r.Reason)
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
