// Package ldap speaks to a firm's directory: Active Directory, OpenLDAP and
// others that follow RFC 4511. It finds people and groups, binds as them and says
// in codes what is wrong.
//
// Its rules: it is pure protocol and knows no store; every connection comes from
// the dialler that it is handed; no password leaves over clear text unless
// Config.Clear says so beside StartTLS being off; an empty password never leaves
// at all (RFC 4513, section 5.1.2: servers may answer success); what people typed
// reaches a filter only through EscapeFilter; referrals are counted and never
// followed. Errors are *Fault, whose texts hold no name, no DN and no password.
package ldap
