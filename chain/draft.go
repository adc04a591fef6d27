package chain

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"
)

// Draft is a payload but for what its place in the chain gives it: its number,
// its time and how far the clock was behind. Whoever wants an entry makes it,
// side by side with others; whoever holds the chain's head has little left to do.
type Draft struct {
	head []byte // up to the number
	tail []byte // from behind the number to the time
}

// anyPlace is where a draft is tried.
var anyPlace = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Draft validates all of the payload but Seq, Time and SkewMS, which it passes
// over. Errors: those of Canonical.
func (p Payload) Draft() (Draft, error) {
	if err := p.CheckAction(); err != nil {
		return Draft{}, err
	}
	head, err := p.appendHead(make([]byte, 0, 640))
	if err != nil {
		return Draft{}, fmt.Errorf("draft payload: %w", err)
	}
	tail, err := p.appendSession(nil)
	if err != nil {
		return Draft{}, fmt.Errorf("draft payload: %w", err)
	}
	d := Draft{head, tail}
	b, err := d.Append(make([]byte, 0, d.Size()), 1, anyPlace, 0)
	if err != nil {
		return Draft{}, err
	}
	// The same reader that verifies is the one that decides what may be written.
	var e entry
	if err := e.parse(b); err != nil {
		return Draft{}, fmt.Errorf("draft payload: %w", err)
	}
	return d, nil
}

// placeBytes is how long what a draft lacks is at the most.
const placeBytes = len(`9007199254740991`) + len(`,"skew_ms":-9007199254740991`) + len(`,"time":"`+milliLayout+`","v":1}`)

// Size is how many bytes Append adds at the most.
func (d Draft) Size() int { return len(d.head) + len(d.tail) + placeBytes }

// Append appends the canonical payload at its place: what Canonical returns for
// the same members. at is cut to the millisecond. Error: ErrPayload.
func (d Draft) Append(b []byte, seq uint64, at time.Time, skewMS int64) ([]byte, error) {
	at = at.UTC()
	if year := at.Year(); seq < 1 || seq > MaxInteger || skewMS > MaxInteger || skewMS < -MaxInteger || year < 0 || year > 9999 {
		return nil, fmt.Errorf("%w: no place for entry %d", ErrPayload, seq)
	}
	b = strconv.AppendUint(append(b, d.head...), seq, 10)
	return appendPlace(append(b, d.tail...), skewMS, at), nil
}

// LinkRecord returns the chain hash of the payload that lies in record behind
// 32 free bytes, as Link does, and writes it into them.
func LinkRecord(prev Hash, record []byte) Hash {
	copy(record, prev[:])
	h := Hash(sha256.Sum256(record))
	copy(record, h[:])
	return h
}
