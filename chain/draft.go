package chain

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Draft is a payload but for what its place in the chain gives it: its number,
// its time and how far the clock was behind. Whoever wants an entry makes it,
// side by side with others; whoever holds the chain's head has little left to do.
type Draft struct {
	record []byte // room for a chain hash, then the members up to the number
	tail   []byte // the session, if there is one
	room   []byte // holds both
}

// placeBytes is how long what a draft lacks is at the most.
const placeBytes = len(`9007199254740991`) + len(`,"skew_ms":-9007199254740991`) + len(`,"time":"`+milliLayout+`","v":1}`)

// anyPlace is where a draft is tried.
var anyPlace = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// draftRoom is what most payloads fit into with what Place adds.
const draftRoom = 1024

// Draft validates all of the payload but Seq, Time and SkewMS, which it passes
// over. Errors: those of Canonical.
func (p Payload) Draft() (Draft, error) { return p.DraftIn(make([]byte, 0, draftRoom)) }

// DraftIn is Draft written into room, where that is large enough: whoever makes
// many drafts gives it what Room returned of one whose record nobody reads any
// more.
func (p *Payload) DraftIn(room []byte) (Draft, error) {
	if !KnownAction(p.Action) {
		return Draft{}, p.CheckAction()
	}
	const lead = len(Hash{})
	b, err := p.appendHead(append(room[:0], make([]byte, lead)...))
	if err != nil {
		return Draft{}, fmt.Errorf("draft payload: %w", err)
	}
	head := len(b)
	if b, err = p.appendSession(b); err != nil {
		return Draft{}, fmt.Errorf("draft payload: %w", err)
	}
	// The session stands behind what Place writes, and is copied before it.
	tail := len(b) - head
	b = slices.Grow(b, tail+placeBytes)
	end := cap(b)
	d := Draft{record: b[: head : end-tail], tail: b[end-tail : end], room: b}
	copy(d.tail, b[head:])
	record, err := d.place(1, anyPlace, 0)
	if err != nil {
		return Draft{}, err
	}
	// The same reader that verifies is the one that decides what may be written.
	var e entry
	if err := e.parse(record[lead:]); err != nil {
		return Draft{}, fmt.Errorf("draft payload: %w", err)
	}
	return d, nil
}

// Room returns the memory of a draft and of its record.
func (d Draft) Room() []byte { return d.room }

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
