// Package syslog writes messages to a firm's syslog receiver or SIEM: RFC 5424
// messages, over TLS as RFC 5425 has it, or over bare TCP with the same octet
// counting (RFC 6587, section 3.4.1).
//
// Its rule: it dials nothing itself. Whoever opens a Conn hands it the egress
// gate's dialer, and the certificate of the receiver is always checked: there is
// no switch that turns that off. Syslog has no acknowledgement, so a write that
// succeeded says that the bytes left the process and no more; how much to send
// again after a broken connection is the caller's business.
package syslog
