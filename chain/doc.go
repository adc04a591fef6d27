// Package chain fixes the bytes of the audit chain, format v1: canonical
// payloads, the links between entries, the Merkle tree over them, signed
// checkpoints, proofs, exports, and the verification of all that.
//
// The room's rule: chain is pure. It reads and writes only through the
// io.Reader, io.Writer, Nodes and LogSource that a caller hands it, takes an entry's
// time from its caller (it reads a clock only to state its own speed), and knows neither a database nor who is asking.
// It writes nothing to disk. Whatever it parses may come from an adversary:
// bad input yields an error or a fault in a Report, never a panic.
//
// The law is audit-chain.md; where code and that page disagree, the code
// is wrong. The tree is RFC 6962, section 2.1; canonical JSON is RFC 8785 on a
// restricted schema; notes and checkpoints follow C2SP signed-note and
// tlog-checkpoint.
package chain
