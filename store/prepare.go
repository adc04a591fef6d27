package store

import (
	"fmt"

	"coffre/chain"
)

// Strict makes an act fail whose entry holds what the schema of its action lacks.
// Tests set it. A box only notes it in its log: the trace counts for more.
var Strict bool

// prepared is an entry without its place. Where no fn can still change the
// event, the caller's goroutine makes it: the committer's has the whole firm's
// acts to link.
type prepared struct {
	room        []byte // memory for the draft, from an entry before
	draft       chain.Draft
	person      string // data subject of the private part
	plain, salt []byte // canonical private part and its salt; nil where there is none
}

// prepare encodes and checks an event into out. It reads nothing of the tenant's.
func (t *Tenant) prepare(out *prepared, by Actor, ev chain.Event) error {
	p := chain.Payload{
		Nonce: chain.NewNonce(), Actor: by.Actor, Action: ev.Action, Outcome: ev.Outcome,
		Object: ev.Object, Session: ev.Session, Request: ev.Request, Detail: ev.Detail,
	}
	if p.Outcome == "" {
		p.Outcome = chain.OK
	}
	if err := p.CheckAction(); err != nil {
		return fmt.Errorf("append entry: %w", err)
	}
	if err := ev.CheckSchema(); err != nil {
		if Strict {
			return fmt.Errorf("append entry: %w", err)
		}
		t.log.Error("entry holds what the list of actions lacks", "err", err)
	}
	out.person = by.Person
	if len(ev.Private) > 0 {
		plain, err := chain.Canonical(ev.Private)
		if err != nil {
			return fmt.Errorf("encode private part: %w", err)
		}
		out.plain, out.salt = plain, chain.NewSalt()
		p.Sealed = chain.Commit(out.plain, out.salt).String()
	}
	var err error
	if out.draft, err = p.DraftIn(out.room); err != nil {
		return fmt.Errorf("append entry: %w", err)
	}
	return nil
}
