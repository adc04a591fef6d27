// Package saml signs people in at a firm's SAML 2.0 identity provider: the web
// browser SSO profile (saml-profiles-2.0-os, section 4.1), begun here, with the
// HTTP-Redirect binding out and HTTP-POST back.
//
// Its rules: it knows no store and no network. A response must have one shape
// before any signature is looked at (response_shape.go): what the published
// wrapping attacks need, a second assertion, a signature elsewhere, an id twice, a
// comment or a document type, is refused for its shape alone. Signatures are
// checked by goxmldsig through gosaml2, only against the provider's own
// certificates, and only what the signature covered is read. Parsers run under
// recover. Replay is the caller's to remember (Person.ID, Person.Until).
package saml
