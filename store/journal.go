package store

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"

	"coffre/chain"
)

// JournalEntry is an entry of the chain as the database holds it.
type JournalEntry struct {
	chain.Payload
	Hash chain.Hash
	Raw  []byte // the canonical payload
}

// entry reads one entry.
func (v *View) entry(seq uint64) (JournalEntry, error) {
	b := v.getCopy("entries", u64(seq))
	if len(b) <= 32 {
		return JournalEntry{}, errNotFound
	}
	return readEntry(b)
}

// readEntry reads a record of the bucket entries, and keeps b.
func readEntry(b []byte) (JournalEntry, error) {
	p, err := chain.ParsePayload(b[32:])
	if err != nil {
		return JournalEntry{}, Fail(Corrupt, "damaged").Because(err)
	}
	return JournalEntry{p, chain.Hash(b[:32]), b[32:]}, nil
}

// Entry returns one entry; the caller has checked the role.
func (v *View) Entry(seq uint64) (JournalEntry, error) { return v.entry(seq) }

// JournalFilter narrows the journal. Empty members match everything.
type JournalFilter struct {
	Actor   string // actor id
	Class   string // first part of the action, or the whole action
	Outcome string
	From    time.Time // inclusive
	To      time.Time // exclusive
	Before  uint64    // only entries before this number; 0 for the newest
	Limit   int       // 0 means 100
}

func (f JournalFilter) matches(p chain.Payload) bool {
	class, _, _ := strings.Cut(p.Action, ".")
	return (f.Actor == "" || f.Actor == p.Actor.ID) &&
		(f.Class == "" || f.Class == class || f.Class == p.Action) &&
		(f.Outcome == "" || f.Outcome == p.Outcome) &&
		(f.From.IsZero() || !p.Time.Before(f.From)) &&
		(f.To.IsZero() || p.Time.Before(f.To))
}

// Journal lists entries, newest first; next is the Before of the following
// page, 0 at the end. The caller has checked the role and traced the read.
func (v *View) Journal(f JournalFilter) (out []JournalEntry, next uint64, err error) {
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = 100
	}
	c := v.tx.Bucket([]byte("entries")).Cursor()
	k, b := c.Last()
	if f.Before > 0 {
		if k, b = c.Seek(u64(f.Before)); k == nil {
			k, b = c.Last()
		}
		for k != nil && binary.BigEndian.Uint64(k) >= f.Before {
			k, b = c.Prev()
		}
	}
	for ; k != nil; k, b = c.Prev() {
		if len(b) <= 32 {
			continue
		}
		p, err := chain.ParsePayload(bytes.Clone(b[32:]))
		if err != nil {
			// A damaged entry is shown as what it is; verification names the fault.
			p = chain.Payload{Seq: binary.BigEndian.Uint64(k), Action: "damaged", Outcome: "error"}
		}
		if !f.matches(p) {
			if !f.From.IsZero() && err == nil && p.Time.Before(f.From) {
				return out, 0, nil
			}
			continue
		}
		if len(out) == f.Limit {
			return out, out[len(out)-1].Seq, nil
		}
		out = append(out, JournalEntry{p, chain.Hash(b[:32]), bytes.Clone(b[32:])})
	}
	return out, 0, nil
}
