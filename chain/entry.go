package chain

import "fmt"

// entry is a payload as the verifier sees it: slices of the bytes that were
// hashed, so that reading one allocates nothing.
type entry struct {
	seq              uint64
	skew             int64
	time, nonce      []byte
	action, outcome  []byte
	actor, object    party
	session, request text
	detail           []byte // canonical object, or nil
	sealed           []byte // 64 hex digits, or nil
}

// party is the {kind, id} of an actor or an object.
type party struct{ kind, id text }

// parse reads a payload strictly; e must be zero. Its slices point into b.
func (e *entry) parse(b []byte) error {
	s := scanner{b: b, strict: true}
	if err := e.scan(&s); err != nil {
		return err
	}
	s.end()
	return s.err
}

// scan reads the payload at which a strict scanner stands. Canonical members
// come in one order, so it asks for each in turn instead of reading names.
func (e *entry) scan(s *scanner) error {
	start := s.i
	if n := e.quick(s.b[start:]); n >= 0 {
		s.i += n
		return nil
	}
	*e = entry{}
	bad := e.members(s)
	if bad == "" {
		return nil
	}
	// Two kinds of fault: bytes that no canonical encoder writes, or a canonical
	// object that is no payload.
	again := scanner{b: s.b, i: start, strict: true}
	if again.peek() != '{' {
		again.fail("no object")
	}
	if again.skip(0); again.err != nil {
		return again.err
	}
	return fmt.Errorf("%w: at member %s", ErrPayload, bad)
}

// members reads the table of audit-chain.md and returns the name of the member
// that does not fit it, or nothing.
func (e *entry) members(s *scanner) string {
	var ok bool
	if e.action, ok = s.member(`{"action":`); !ok || !isActionName(e.action) {
		return "action"
	}
	if !s.lit(`,"actor":`) || !e.actor.parse(s) || !isActorKind(e.actor.kind.raw) {
		return "actor"
	}
	if s.lit(`,"detail":`) {
		from := s.i
		if s.peek() != '{' || !s.skip(1) || s.i == from+2 {
			return "detail"
		}
		e.detail = s.b[from:s.i]
	}
	if e.nonce, ok = s.hex(`,"nonce":"`, 32); !ok {
		return "nonce"
	}
	if s.lit(`,"object":`) && !e.object.parse(s) {
		return "object"
	}
	if e.outcome, ok = s.member(`,"outcome":`); !ok || !isOutcome(e.outcome) {
		return "outcome"
	}
	if s.lit(`,"request":`) {
		if e.request, ok = s.str(); !ok || len(e.request.raw) == 0 {
			return "request"
		}
	}
	if s.has(`,"sealed":`) {
		if e.sealed, ok = s.hex(`,"sealed":"`, 64); !ok {
			return "sealed"
		}
	}
	return e.lastMembers(s)
}

func (e *entry) lastMembers(s *scanner) string {
	if !s.lit(`,"seq":`) {
		return "seq"
	}
	n, ok := s.integer()
	if !ok || n < 1 {
		return "seq"
	}
	e.seq = uint64(n)
	if s.lit(`,"session":`) {
		if e.session, ok = s.str(); !ok || len(e.session.raw) == 0 {
			return "session"
		}
	}
	if s.lit(`,"skew_ms":`) {
		if e.skew, ok = s.integer(); !ok || e.skew == 0 {
			return "skew_ms"
		}
	}
	const length = len(milliLayout)
	if !s.lit(`,"time":"`) || len(s.b)-s.i < length || !isMilliTime(s.b[s.i:s.i+length]) {
		return "time"
	}
	e.time = s.b[s.i : s.i+length]
	s.i += length
	if !s.lit(`","v":1}`) {
		return "v"
	}
	return ""
}

// has reports whether lit is what follows.
func (s *scanner) has(lit string) bool {
	return len(s.b)-s.i >= len(lit) && string(s.b[s.i:s.i+len(lit)]) == lit
}

// lit passes over lit if it is what follows.
func (s *scanner) lit(lit string) bool {
	if !s.has(lit) {
		return false
	}
	s.i += len(lit)
	return true
}

// member reads a string without escapes after lit.
func (s *scanner) member(lit string) ([]byte, bool) {
	if !s.lit(lit) {
		return nil, false
	}
	t, ok := s.str()
	return t.raw, ok && t.plain
}

// hex reads n hex digits and a quote after lit, which ends in a quote.
func (s *scanner) hex(lit string, n int) ([]byte, bool) {
	if !s.lit(lit) || len(s.b)-s.i <= n || s.b[s.i+n] != '"' {
		return nil, false
	}
	digits := s.b[s.i : s.i+n]
	s.i += n + 1
	return digits, isHex(digits)
}

func (p *party) parse(s *scanner) bool {
	var ok1, ok2 bool
	if !s.lit(`{"id":`) {
		return false
	}
	if p.id, ok1 = s.str(); !ok1 || !s.lit(`,"kind":`) {
		return false
	}
	p.kind, ok2 = s.str()
	return ok2 && s.lit(`}`) && len(p.id.raw) > 0 && len(p.kind.raw) > 0
}

func isActorKind(b []byte) bool {
	switch string(b) {
	case "user", "api_key", "system", "connector", "cli":
		return true
	}
	return false
}

func isOutcome(b []byte) bool {
	switch string(b) {
	case OK, Denied, Failed:
		return true
	}
	return false
}

// isMilliTime reports whether b is a date that exists, as milliLayout writes
// it. Such texts of years 0000 to 9999 sort as the times they stand for.
func isMilliTime(b []byte) bool {
	if len(b) != len(milliLayout) || b[4] != '-' || b[7] != '-' || b[10] != 'T' ||
		b[13] != ':' || b[16] != ':' || b[19] != '.' || b[23] != 'Z' {
		return false
	}
	good := true
	two := func(i int) int {
		tens, ones := b[i]-'0', b[i+1]-'0'
		good = good && tens <= 9 && ones <= 9
		return int(tens)*10 + int(ones)
	}
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	if two(20); !good || b[22]-'0' > 9 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days = 29
	}
	return day >= 1 && day <= days
}
