package chain

import "encoding/binary"

// The members of a canonical payload, in their order, as far as the value.
var (
	litAction  = literalOf(`{"action":"`)
	litActor   = literalOf(`,"actor":{"id":"`)
	litDetail  = literalOf(`,"detail":{`)
	litNonce   = literalOf(`,"nonce":"`)
	litObject  = literalOf(`,"object":{"id":`)
	litOutcome = literalOf(`,"outcome":"`)
	litRequest = literalOf(`,"request":"`)
	litSealed  = literalOf(`,"sealed":"`)
	litSession = literalOf(`,"session":"`)
	litSkew    = literalOf(`,"skew_ms":`)
	litTime    = literalOf(`,"time":"`)
	litLast    = literalOf(`","v":1}`)
	litKind    = literalOf(`,"kind":"`)
)

// quick reads the payload at the start of b as members does and returns how
// long it is, or -1 where the scanner has to decide. e must be zero; after a -1
// it holds rubbish.
func (e *entry) quick(b []byte) int {
	if !litAction.at(b, 0) {
		return -1
	}
	i := quickText(b, litAction.n, &e.action)
	if i < 0 || !isActionName(e.action) || !litActor.at(b, i) {
		return -1
	}
	if i = e.actor.quick(b, i+litActor.n); i < 0 || !isActorKind(e.actor.kind.raw) {
		return -1
	}
	if litDetail.at(b, i) {
		from := i + litDetail.n - 1
		if i = quickObject(b, from, 1); i < 0 || i == from+2 {
			return -1
		}
		e.detail = b[from:i]
	}
	if !litNonce.at(b, i) {
		return -1
	}
	if i, e.nonce = quickHex(b, i+litNonce.n, 32); i < 0 {
		return -1
	}
	if litObject.at(b, i) {
		if i += litObject.n; i >= len(b) || b[i] != '"' {
			return -1
		}
		if i = e.object.quick(b, i+1); i < 0 {
			return -1
		}
	}
	if !litOutcome.at(b, i) {
		return -1
	}
	if i = quickText(b, i+litOutcome.n, &e.outcome); i < 0 || !isOutcome(e.outcome) {
		return -1
	}
	return e.quickLast(b, i)
}

// quickLast reads the members from request on.
func (e *entry) quickLast(b []byte, i int) int {
	if litRequest.at(b, i) {
		if i = e.request.quick(b, i+litRequest.n); i < 0 {
			return -1
		}
	}
	if litSealed.at(b, i) {
		if i, e.sealed = quickHex(b, i+litSealed.n, 64); i < 0 {
			return -1
		}
	}
	if len(b)-i < 7 || string(b[i:i+7]) != `,"seq":` {
		return -1
	}
	n, i := quickInteger(b, i+7)
	if i < 0 || n < 1 {
		return -1
	}
	e.seq = uint64(n)
	if litSession.at(b, i) {
		if i = e.session.quick(b, i+litSession.n); i < 0 {
			return -1
		}
	}
	if litSkew.at(b, i) {
		if e.skew, i = quickInteger(b, i+litSkew.n); i < 0 || e.skew == 0 {
			return -1
		}
	}
	const length = len(milliLayout)
	if !litTime.at(b, i) || len(b)-i < litTime.n+length+litLast.n {
		return -1
	}
	i += litTime.n
	e.time = b[i : i+length]
	if i += length; !isMilliTime(e.time) || !litLast.at(b, i) {
		return -1
	}
	return i + litLast.n
}

// quick reads an id and `,"kind":…}`.
func (p *party) quick(b []byte, i int) int {
	if i = p.id.quick(b, i); i < 0 || !litKind.at(b, i) {
		return -1
	}
	if i = p.kind.quick(b, i+litKind.n); i < 0 || i >= len(b) || b[i] != '}' {
		return -1
	}
	return i + 1
}

// quick reads the inside of a string that is not empty and holds no escape, and
// its quote.
func (t *text) quick(b []byte, i int) int {
	t.plain = true
	return quickText(b, i, &t.raw)
}

func quickText(b []byte, i int, dst *[]byte) int {
	end, plain := quickString(b, i)
	if !plain || end == i {
		return -1
	}
	*dst = b[i:end]
	return end + 1
}

// quickHex reads n hex digits, a multiple of 8, and a quote.
func quickHex(b []byte, i, n int) (int, []byte) {
	if len(b)-i <= n || b[i+n] != '"' {
		return -1, nil
	}
	digits := b[i : i+n]
	for at := 0; at < n; at += 8 {
		if !hexWord(binary.LittleEndian.Uint64(digits[at:])) {
			return -1, nil
		}
	}
	return i + n + 1, digits
}
