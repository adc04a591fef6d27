// Package order asks an ACME authority (RFC 8555) for a certificate.
//
// Its rule: it dials nothing by itself, keeps nothing, and says in a code what an
// authority refused, with the authority's own words beside it. The account's key,
// the dialer and the place where answers are shown come from who calls.
package order
