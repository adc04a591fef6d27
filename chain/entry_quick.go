package chain

import "encoding/binary"

// quick reads the payload at the start of b as members does and returns how
// long it is, or -1 where the scanner has to decide. e must be zero; after a -1
// it holds rubbish.
func (e *entry) quick(b []byte) int {
	i := quickText(b, 0, `{"action":"`, &e.action)
	if i < 0 || !isActionName(e.action) {
		return -1
	}
	if i = e.actor.quick(b, i, `,"actor":{"id":"`); i < 0 || !isActorKind(e.actor.kind.raw) {
		return -1
	}
	if hasAt(b, i, `,"detail":{`) {
		from := i + len(`,"detail":`)
		if i = quickObject(b, from, 1); i < 0 || i == from+2 {
			return -1
		}
		e.detail = b[from:i]
	}
	if i, e.nonce = quickHex(b, i, `,"nonce":"`, 32); i < 0 {
		return -1
	}
	if hasAt(b, i, `,"object":{`) {
		if i = e.object.quick(b, i, `,"object":{"id":"`); i < 0 {
			return -1
		}
	}
	if i = quickText(b, i, `,"outcome":"`, &e.outcome); i < 0 || !isOutcome(e.outcome) {
		return -1
	}
	if hasAt(b, i, `,"request":"`) {
		if i = e.request.quick(b, i, `,"request":"`); i < 0 {
			return -1
		}
	}
	if hasAt(b, i, `,"sealed":"`) {
		if i, e.sealed = quickHex(b, i, `,"sealed":"`, 64); i < 0 {
			return -1
		}
	}
	return e.quickLast(b, i)
}

// quickLast is lastMembers for quick.
func (e *entry) quickLast(b []byte, i int) int {
	if !hasAt(b, i, `,"seq":`) {
		return -1
	}
	n, i := quickInteger(b, i+len(`,"seq":`))
	if i < 0 || n < 1 {
		return -1
	}
	e.seq = uint64(n)
	if hasAt(b, i, `,"session":"`) {
		if i = e.session.quick(b, i, `,"session":"`); i < 0 {
			return -1
		}
	}
	if hasAt(b, i, `,"skew_ms":`) {
		if e.skew, i = quickInteger(b, i+len(`,"skew_ms":`)); i < 0 || e.skew == 0 {
			return -1
		}
	}
	const lead, length, tail = `,"time":"`, len(milliLayout), `","v":1}`
	if !hasAt(b, i, lead) || len(b)-i < len(lead)+length+len(tail) {
		return -1
	}
	i += len(lead)
	e.time = b[i : i+length]
	if i += length; !isMilliTime(e.time) || !hasAt(b, i, tail) {
		return -1
	}
	return i + len(tail)
}

// quick reads `{"id":…,"kind":…}` after lead, which ends with the id's quote.
func (p *party) quick(b []byte, i int, lead string) int {
	if i = p.id.quick(b, i, lead); i < 0 {
		return -1
	}
	if i = p.kind.quick(b, i, `,"kind":"`); i < 0 || i >= len(b) || b[i] != '}' {
		return -1
	}
	return i + 1
}

// quick reads a string that is not empty and holds no escape, after lead, which
// ends with its quote.
func (t *text) quick(b []byte, i int, lead string) int {
	t.plain = true
	return quickText(b, i, lead, &t.raw)
}

func quickText(b []byte, i int, lead string, dst *[]byte) int {
	if !hasAt(b, i, lead) {
		return -1
	}
	i += len(lead)
	end, plain := quickString(b, i)
	if !plain || end == i {
		return -1
	}
	*dst = b[i:end]
	return end + 1
}

// quickHex reads n hex digits, a multiple of 8, and a quote after lead.
func quickHex(b []byte, i int, lead string, n int) (int, []byte) {
	if !hasAt(b, i, lead) || len(b)-i <= len(lead)+n {
		return -1, nil
	}
	i += len(lead)
	digits := b[i : i+n]
	for at := 0; at < n; at += 8 {
		if !hexWord(binary.LittleEndian.Uint64(digits[at:])) {
			return -1, nil
		}
	}
	if b[i+n] != '"' {
		return -1, nil
	}
	return i + n + 1, digits
}

// hasAt reports whether lit stands at i.
func hasAt(b []byte, i int, lit string) bool {
	return len(b)-i >= len(lit) && string(b[i:i+len(lit)]) == lit
}
