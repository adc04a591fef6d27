// Package auth says who somebody is and what they may do.
//
// Its rules: a principal is resolved anew for every request and never cached,
// so a leaver is out at the next one; whatever the table of actions (policy.go)
// does not allow is denied; no answer and no duration tells a known login from
// an unknown one; back-off comes before any password is hashed.
//
// It writes through store.Tenant.Update only and has no files of its own.
// Throttling and idle times are in memory and bounded: a restart forgets them.
package auth
