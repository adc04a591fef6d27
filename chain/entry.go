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
	have             uint16 // members met, one bit each
}

// party is the {kind, id} of an actor or an object.
type party struct{ kind, id text }

const (
	hasAction = 1 << iota
	hasActor
	hasNonce
	hasOutcome
	hasSeq
	hasTime
	hasVersion
	required = 1<<iota - 1
)

// parse reads a payload strictly; e must be zero. Its slices point into b.
func (e *entry) parse(b []byte) error {
	s := scanner{b: b, strict: true}
	if err := e.scan(&s); err != nil {
		return err
	}
	s.end()
	return s.err
}

// scan reads the payload at which a strict scanner stands.
func (e *entry) scan(s *scanner) error {
	if !s.take('{') {
		return s.err
	}
	var last text
	for n := 0; s.next(n, '}'); n++ {
		k, ok := s.key(n, &last)
		if !ok {
			break
		}
		if err := e.member(s, k.raw); err != nil {
			return err
		}
	}
	if s.err != nil {
		return s.err
	}
	if e.have != required {
		return fmt.Errorf("%w: a required member is missing", ErrPayload)
	}
	return nil
}

func (e *entry) member(s *scanner, name []byte) error {
	ok := false
	switch string(name) {
	case "action":
		e.action, ok = e.plain(s, hasAction)
		ok = ok && isActionName(e.action)
	case "actor":
		ok = e.actor.parse(s) && isActorKind(e.actor.kind.raw)
		e.have |= hasActor
	case "detail":
		start := s.i
		ok = s.peek() == '{' && s.skip(1) && s.i > start+2
		e.detail = s.b[start:s.i]
	case "nonce":
		e.nonce, ok = e.plain(s, hasNonce)
		ok = ok && len(e.nonce) == 32 && isHex(e.nonce)
	case "object":
		ok = e.object.parse(s)
	case "outcome":
		e.outcome, ok = e.plain(s, hasOutcome)
		ok = ok && isOutcome(e.outcome)
	case "request":
		e.request, ok = s.str()
		ok = ok && len(e.request.raw) > 0
	case "sealed":
		e.sealed, ok = e.plain(s, 0)
		ok = ok && len(e.sealed) == 64 && isHex(e.sealed)
	case "session":
		e.session, ok = s.str()
		ok = ok && len(e.session.raw) > 0
	case "seq":
		var n int64
		n, ok = s.integer()
		ok = ok && n > 0
		e.seq, e.have = uint64(n), e.have|hasSeq
	case "skew_ms":
		e.skew, ok = s.integer()
		ok = ok && e.skew != 0
	case "time":
		e.time, ok = e.plain(s, hasTime)
		ok = ok && isMilliTime(e.time)
	case "v":
		var n int64
		n, ok = s.integer()
		ok = ok && n == 1
		e.have |= hasVersion
	}
	if s.err != nil {
		return s.err
	}
	if !ok {
		return fmt.Errorf("%w: member %.20q", ErrPayload, name)
	}
	return nil
}

func (e *entry) plain(s *scanner, bit uint16) ([]byte, bool) {
	t, ok := s.str()
	e.have |= bit
	return t.raw, ok && t.plain
}

func (p *party) parse(s *scanner) bool {
	if !s.take('{') {
		return false
	}
	var last text
	n := 0
	for ; s.next(n, '}'); n++ {
		k, ok := s.key(n, &last)
		if !ok {
			return false
		}
		switch string(k.raw) {
		case "id":
			p.id, ok = s.str()
		case "kind":
			p.kind, ok = s.str()
		default:
			return false
		}
		if !ok {
			return false
		}
	}
	return s.err == nil && len(p.id.raw) > 0 && len(p.kind.raw) > 0
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
	const shape = "0000-00-00T00:00:00.000Z"
	if len(b) != len(shape) {
		return false
	}
	for i := range len(shape) {
		if shape[i] == '0' && b[i]-'0' > 9 || shape[i] != '0' && b[i] != shape[i] {
			return false
		}
	}
	two := func(i int) int { return int(b[i]-'0')*10 + int(b[i+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	if month < 1 || month > 12 || two(11) > 23 || two(14) > 59 || two(17) > 59 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days = 29
	}
	return day >= 1 && day <= days
}
