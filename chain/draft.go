package chain

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// Draft is a payload but for what its place in the chain gives it: its number,
// its time and how far the clock was behind. Whoever wants an entry makes it,
// side by side with others; whoever holds the chain's head has little left to do.
type Draft struct {
	record []byte // room for a chain hash, then the members up to the number
	tail   []byte // the session, if there is one
}

// placeBytes is how long what a draft lacks is at the most.
const placeBytes = len(`9007199254740991`) + len(`,"skew_ms":-9007199254740991`) + len(`,"time":"`+milliLayout+`","v":1}`)

// anyPlace is where a draft is tried.
var anyPlace = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// scratches keep the memory in which drafts grow to a length not known before.
var scratches = sync.Pool{New: func() any { return new(make([]byte, 0, 4096)) }}

// Draft validates all of the payload but Seq, Time and SkewMS, which it passes
// over. Errors: those of Canonical.
func (p Payload) Draft() (Draft, error) {
	if err := p.CheckAction(); err != nil {
		return Draft{}, err
	}
	scratch := scratches.Get().(*[]byte)
	defer scratches.Put(scratch)
	head, err := p.appendHead((*scratch)[:0])
	if err != nil {
		return Draft{}, fmt.Errorf("draft payload: %w", err)
	}
	if cap(head) <= 64<<10 {
		*scratch = head
	}
	var d Draft
	if d.tail, err = p.appendSession(nil); err != nil {
		return Draft{}, fmt.Errorf("draft payload: %w", err)
	}
	room := len(Hash{})
	d.record = append(make([]byte, room, room+len(head)+len(d.tail)+placeBytes), head...)
	record, err := d.place(1, anyPlace, 0)
	if err != nil {
		return Draft{}, err
	}
	// The same reader that verifies is the one that decides what may be written.
	var e entry
	if err := e.parse(record[room:]); err != nil {
		return Draft{}, fmt.Errorf("draft payload: %w", err)
	}
	return d, nil
}

// place writes into the draft's spare memory.
func (d Draft) place(seq uint64, at time.Time, skewMS int64) ([]byte, error) {
	at = at.UTC()
	if year := at.Year(); seq < 1 || seq > MaxInteger || skewMS > MaxInteger || skewMS < -MaxInteger || year < 0 || year > 9999 {
		return nil, fmt.Errorf("%w: no place for entry %d", ErrPayload, seq)
	}
	b := strconv.AppendUint(d.record, seq, 10)
	return appendPlace(append(b, d.tail...), skewMS, at), nil
}

// Place gives the draft its place behind the entry whose chain hash is prev, and
// returns its own chain hash with the record to be kept: that hash, then what
// Canonical returns for the same members. The time is cut to the millisecond. A
// draft has one place: another call overwrites the record. Error: ErrPayload.
func (d Draft) Place(prev Hash, seq uint64, at time.Time, skewMS int64) (h Hash, record []byte, err error) {
	if record, err = d.place(seq, at, skewMS); err != nil {
		return h, nil, err
	}
	copy(record, prev[:])
	h = sha256.Sum256(record)
	copy(record, h[:])
	return h, record, nil
}
