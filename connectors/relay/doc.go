// Package relay hands mails to a firm's own SMTP relay (RFC 5321, RFC 6409).
//
// Its rules: a password goes over TLS alone; where TLS was asked for, nothing is
// said without it; and a server can make the box read or wait for no more than a
// bounded amount. Every failure is a Fault with a code for people and, where the
// server said something, its words. It dials through whoever gives it a Dial, and
// reads and writes nothing on disk.
package relay
