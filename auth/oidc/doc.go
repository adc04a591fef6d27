// Package oidc signs people in at a firm's OpenID Connect provider: the code flow
// of OpenID Connect Core 1.0 with PKCE (RFC 7636), the issuer in the answer (RFC
// 9207), and Back-Channel Logout 1.0.
//
// Its rules: it knows no store and no page; it reaches out by the http.Client
// that it is handed and by nothing else, only over https, never after a redirect
// and never for more than a megabyte; what a token claims is looked at only after
// its signature, issuer, audience, time and nonce are what they must be; whatever
// is refused is a Refusal with a reason that an auditor can read.
package oidc
