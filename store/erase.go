package store

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"coffre/chain"
)

// ErasedName is what an erased person is called where no page says it better.
const ErasedName = "Personne effacée · Erased person"

// Erasure is a line of the ledger: what was destroyed of a person, and where the
// chain says so. It names nobody: only the opaque id is left.
type Erasure struct {
	Person        string    `json:"person"` // user id
	Time          time.Time `json:"time"`
	Seq           uint64    `json:"seq"`
	Approval      string    `json:"approval,omitempty"`
	Replayed      bool      `json:"replayed,omitempty"` // done once more after a restore
	Parts         int       `json:"parts"`              // private parts with their salts
	Conversations int       `json:"conversations"`
	Sessions      int       `json:"sessions"`
	Keys          int       `json:"keys"`               // API keys
	Backups       int       `json:"backups"`            // days that backups are kept, as the firm says; -1 unknown
	Compacted     time.Time `json:"compacted,omitzero"` // from then on the file holds no byte of it
	CompactedBy   uint64    `json:"compacted_by,omitempty"`
}

var erasures = table[Erasure]("erasures")

const erasedPerson = "person:"

// Erasures returns the ledger, the newest first.
func (v *View) Erasures() (out []Erasure, err error) {
	err = erasures.each(v, []byte(erasedPerson), func(_ []byte, e Erasure) bool { out = append(out, e); return true })
	slices.SortFunc(out, func(a, b Erasure) int { return b.Time.Compare(a.Time) })
	return out, err
}

// Erasure returns the line of one person.
func (v *View) Erasure(person string) (Erasure, error) {
	return erasures.get(v, []byte(erasedPerson+person))
}

// checkErasable refuses a person who is erased already, the last administrator,
// and whoever a legal hold protects: Conflict "person-erased", "last-admin",
// "held".
func (v *View) checkErasable(u User) error {
	if !u.Erased.IsZero() {
		return Fail(Conflict, "person-erased")
	}
	if u.canAdminister() {
		if err := v.keepsAdmin(User{ID: u.ID, Disabled: true}, v.ElevationMode()); err != nil {
			return err
		}
	}
	kept, err := v.activeHolds()
	if err != nil || len(kept) == 0 {
		return err
	}
	return v.eachPrivateOf(u, func(e JournalEntry, subject string) error {
		if kept.cover(e.Payload, subject) {
			return Fail(Conflict, "held")
		}
		return nil
	})
}

// eachPrivateOf calls fn for every entry whose private part is about a person:
// sealed with their key, or telling of them what somebody else did or typed.
func (v *View) eachPrivateOf(u User, fn func(e JournalEntry, subject string) error) error {
	c := v.tx.Bucket([]byte("private")).Cursor()
	for k, rec := c.First(); k != nil; k, rec = c.Next() {
		e, err := v.entry(binary.BigEndian.Uint64(k))
		if err != nil {
			return err
		}
		subject := privateSubject(rec)
		if subject != u.ID && !v.tellsOf(e, u) {
			continue
		}
		if err := fn(e, subject); err != nil {
			return err
		}
	}
	return nil
}

func (v *View) tellsOf(e JournalEntry, u User) bool {
	if e.Object == (chain.Object{Kind: "user", ID: u.ID}) || e.Detail["user"] == u.ID || e.Detail["person"] == u.ID {
		return true
	}
	if classOf(e.Action) != "auth" {
		return false
	}
	plain, _, err := v.privateRecord(e.Seq) // a name typed at a sign-in that failed
	return err == nil && bytes.Contains(bytes.ToLower(plain), loginKey(u.Login))
}

// erasePerson destroys what ties a person to what they did: the data key, every
// private part with its salt, names, sign-ins, keys, conversations. What they
// brought in for the firm, the documents, stays. The entry stays too, and the
// chain with it: only commitments to what is gone.
func (tx *Tx) erasePerson(u User, approval string) (err error) {
	if err := tx.t.Sealed(); err != nil {
		return err // which sign-ins that failed told of them can't be seen
	}
	id := u.ID
	out := Erasure{Person: id, Time: tx.t.now().UTC(), Seq: tx.Seq, Approval: approval, Backups: tx.Retention().Backups}
	if err := tx.erasePrivate(u, &out); err != nil {
		return err
	}
	if err := tx.eraseAccess(id, &out); err != nil {
		return err
	}
	if out.Conversations, err = tx.eraseConversations(id); err != nil {
		return err
	}
	if err := tx.eraseReasons(id); err != nil {
		return err
	}
	if err := tx.eraseAccount(u); err != nil {
		return err
	}
	tx.Event.Object = chain.Object{Kind: "user", ID: id}
	tx.Event.Detail["parts"], tx.Event.Detail["conversations"] = out.Parts, out.Conversations
	if err := erasures.put(tx, []byte(erasedPerson+id), out); err != nil {
		return err
	}
	return tx.mustCompact()
}

func (tx *Tx) erasePrivate(u User, out *Erasure) error {
	var gone []uint64
	err := tx.eachPrivateOf(u, func(e JournalEntry, _ string) error { gone = append(gone, e.Seq); return nil })
	if err != nil {
		return err
	}
	out.Parts = len(gone)
	for _, seq := range gone {
		if err := tx.deleteRaw("private", u64(seq)); err != nil {
			return err
		}
	}
	if rec := tx.getCopy("datakeys", dataKeyName(u.ID)); len(rec) > keyIDSize {
		wrapped := string(rec[keyIDSize:])
		tx.AfterCommit(func() { tx.t.dataKeys.Delete(wrapped) })
	}
	return tx.deleteRaw("datakeys", dataKeyName(u.ID))
}

// closeErasures notes in the ledger that the file holds nothing any more of whom
// the entries up to head erased.
func (tx *Tx) closeErasures(head uint64) error {
	all, err := tx.Erasures()
	if err != nil {
		return err
	}
	for _, e := range all {
		if !e.Compacted.IsZero() || e.Seq > head {
			continue
		}
		e.Compacted, e.CompactedBy = tx.t.now().UTC(), tx.Seq
		if err := erasures.put(tx, []byte(erasedPerson+e.Person), e); err != nil {
			return err
		}
	}
	return nil
}
