package chain

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Actor is who acted. Kind is user, api_key, system, connector or cli; ID is
// opaque and stable, never a name or an address.
type Actor struct{ Kind, ID string }

// Object is what was acted on. Both fields are empty, or neither is.
type Object struct{ Kind, ID string }

// Detail holds facts that are safe to keep for ever, of the types that
// Canonical takes.
type Detail = map[string]any

// Event is what a caller says about its act; the rest of a payload is added
// when the entry gets its place. An empty Outcome means ok. Private never
// enters the chain: only its commitment does.
type Event struct {
	Action, Outcome  string
	Object           Object
	Session, Request string
	Detail           Detail
	Private          Detail
}

// The outcomes of an act.
const (
	OK     = "ok"
	Denied = "denied"
	Failed = "error"
)

// Payload is one entry of the chain before it is linked, version 1 of the table
// in audit-chain.md.
type Payload struct {
	Seq              uint64    // from 1, no gaps
	Time             time.Time // to the millisecond
	SkewMS           int64     // milliseconds that the clock was behind; 0 is left out
	Nonce            string    // 32 hex digits
	Actor            Actor
	Action, Outcome  string
	Object           Object
	Session, Request string
	Detail           Detail
	Sealed           string // commitment to the private part as hex, or empty
}

// ErrPayload is wrapped where bytes are canonical JSON but no payload, and where
// a Payload can't be written.
var ErrPayload = errors.New("invalid payload")

// ErrAction is returned for an action outside the closed list.
var ErrAction = errors.New("action is not in the closed list")

const milliLayout = "2006-01-02T15:04:05.000Z"

// CheckAction returns ErrAction where the payload's action is not in the closed
// list. Verification of files doesn't ask it: other versions know others.
func (p Payload) CheckAction() error {
	if !KnownAction(p.Action) {
		return fmt.Errorf("%w: %q", ErrAction, p.Action)
	}
	return nil
}

// Canonical validates the payload and returns the bytes that are hashed and
// kept. Empty optional members are left out. Errors: ErrAction, ErrPayload,
// ErrNotCanonical.
func (p Payload) Canonical() ([]byte, error) {
	if err := p.CheckAction(); err != nil {
		return nil, err
	}
	return p.encode()
}

func (p Payload) encode() ([]byte, error) {
	b, err := p.append(make([]byte, 0, 640))
	if err != nil {
		return nil, fmt.Errorf("encode payload %d: %w", p.Seq, err)
	}
	// The same reader that verifies is the one that decides what may be written.
	var e entry
	if err := e.parse(b); err != nil {
		return nil, fmt.Errorf("encode payload %d: %w", p.Seq, err)
	}
	return b, nil
}

// append writes the members in the order of their names.
func (p *Payload) append(b []byte) ([]byte, error) {
	b, err := p.appendHead(b)
	if err != nil {
		return nil, err
	}
	if b, err = appendValue(b, p.Seq, 1); err != nil {
		return nil, err
	}
	if b, err = p.appendSession(b); err != nil {
		return nil, err
	}
	if p.SkewMS > MaxInteger || p.SkewMS < -MaxInteger {
		return nil, fmt.Errorf("%w: integer of 2^53 or more", ErrNotCanonical)
	}
	return appendPlace(b, p.SkewMS, p.Time), nil
}

// appendHead writes the members up to the number, and its name.
func (p *Payload) appendHead(b []byte) ([]byte, error) {
	w := memberWriter{b: b}
	w.text(`{"action":`, p.Action)
	w.text(`,"actor":{"id":`, p.Actor.ID)
	w.text(`,"kind":`, p.Actor.Kind)
	w.b = append(w.b, '}')
	if len(p.Detail) > 0 {
		w.value(`,"detail":`, p.Detail)
	}
	w.text(`,"nonce":`, p.Nonce)
	if p.Object != (Object{}) {
		w.text(`,"object":{"id":`, p.Object.ID)
		w.text(`,"kind":`, p.Object.Kind)
		w.b = append(w.b, '}')
	}
	w.text(`,"outcome":`, p.Outcome)
	w.optional(`,"request":`, p.Request)
	w.optional(`,"sealed":`, p.Sealed)
	return append(w.b, `,"seq":`...), w.err
}

func (p *Payload) appendSession(b []byte) ([]byte, error) {
	w := memberWriter{b: b}
	w.optional(`,"session":`, p.Session)
	return w.b, w.err
}

// appendPlace writes what is left behind the session.
func appendPlace(b []byte, skewMS int64, at time.Time) []byte {
	if skewMS != 0 {
		b = strconv.AppendInt(append(b, `,"skew_ms":`...), skewMS, 10)
	}
	b = append(b, `,"time":"`...)
	b = appendMilli(b, at.UTC())
	return append(b, `","v":1}`...)
}

// appendMilli writes a time of UTC as milliLayout has it, cut to the
// millisecond. AppendFormat reads its layout anew for each time.
func appendMilli(b []byte, at time.Time) []byte {
	year, month, day := at.Date()
	if year < 0 || year > 9999 {
		return at.AppendFormat(b, milliLayout)
	}
	hour, minute, second := at.Clock()
	two := func(b []byte, n int) []byte { return append(b, '0'+byte(n/10), '0'+byte(n%10)) }
	b = two(two(b, year/100), year%100)
	b = two(append(b, '-'), int(month))
	b = two(append(b, '-'), day)
	b = two(append(b, 'T'), hour)
	b = two(append(b, ':'), minute)
	b = two(append(b, ':'), second)
	ms := at.Nanosecond() / int(time.Millisecond)
	return append(two(append(b, '.', '0'+byte(ms/100)), ms%100), 'Z')
}

// memberWriter appends members, each behind what introduces it, until one can't
// be written.
type memberWriter struct {
	b   []byte
	err error
}

func (w *memberWriter) value(intro string, v any) {
	if w.err != nil {
		return
	}
	b, err := appendValue(append(w.b, intro...), v, 1)
	if w.err = err; err == nil {
		w.b = b
	}
}

func (w *memberWriter) text(intro, s string) {
	if w.err != nil {
		return
	}
	b, err := appendString(append(w.b, intro...), s)
	if w.err = err; err == nil {
		w.b = b
	}
}

func (w *memberWriter) optional(intro, s string) {
	if s != "" {
		w.text(intro, s)
	}
}

// ParsePayload reads bytes that must be exactly a canonical payload of version
// 1: known members only, each of its type, none of them empty. Errors:
// ErrNotCanonical, ErrPayload.
func ParsePayload(b []byte) (Payload, error) {
	var e entry
	if err := e.parse(b); err != nil {
		return Payload{}, err
	}
	at, err := time.Parse(milliLayout, string(e.time))
	if err != nil {
		return Payload{}, fmt.Errorf("%w: time", ErrPayload)
	}
	p := Payload{
		Seq: e.seq, Time: at, SkewMS: e.skew, Nonce: string(e.nonce),
		Actor:  Actor{e.actor.kind.String(), e.actor.id.String()},
		Action: string(e.action), Outcome: string(e.outcome),
		Session: e.session.String(), Request: e.request.String(),
		Sealed: string(e.sealed),
	}
	if e.object.kind.raw != nil {
		p.Object = Object{e.object.kind.String(), e.object.id.String()}
	}
	if e.detail != nil {
		v, err := ParseCanonical(e.detail)
		if err != nil {
			return Payload{}, err
		}
		p.Detail = v.(map[string]any)
	}
	return p, nil
}
