package store

import (
	"slices"
	"time"
)

// A guest is a visitor of the public demonstration. Guests share the account of
// a person of the sample firm; what they ask belongs to their session alone, is
// bounded, and is gone for good once it is dropped.
const (
	guestConversations = 8  // kept for one visitor
	guestMessages      = 30 // in one conversation
	guestAll           = 2000
	guestFor           = 12 * time.Hour
	guestDrops         = 50 // at most in one act
	guestPrefix        = "guest "
)

// isGuest tells whether a principal is a visitor with a session.
func (p Principal) isGuest() bool { return p.Guest && p.Session != "" }

// admitGuest makes room for a guest's question in conversation id, a new one if
// empty. Error: Conflict "demo-conversation-full".
func (tx *Tx) admitGuest(p Principal, id string) error {
	if !p.isGuest() {
		return nil
	}
	var own, all []Conversation
	err := conversations.each(&tx.View, nil, func(_ []byte, c Conversation) bool {
		if len(c.Owner) > len(guestPrefix) && c.Owner[:len(guestPrefix)] == guestPrefix {
			all = append(all, c)
			if c.Owner == p.owner() {
				own = append(own, c)
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(own, func(c Conversation) bool { return c.ID == id }); i >= 0 {
		if own[i].N >= guestMessages {
			return Fail(Conflict, "demo-conversation-full")
		}
		return nil
	}
	oldest := func(a, b Conversation) int { return a.Updated.Compare(b.Updated) }
	slices.SortFunc(own, oldest)
	slices.SortFunc(all, oldest)
	var drop []Conversation
	drop = append(drop, own[:max(0, len(own)-guestConversations+1)]...)
	for i, c := range all {
		old := tx.t.now().Sub(c.Updated) > guestFor || len(all)-i >= guestAll
		if !old || len(drop) >= guestDrops {
			break
		}
		drop = append(drop, c)
	}
	return tx.dropConversations(drop)
}

// dropConversations removes conversations with their messages and the texts that
// these sealed. One that waits for an answer stays.
func (tx *Tx) dropConversations(all []Conversation) error {
	for _, c := range all {
		said, err := tx.Messages(c)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(said, func(m Message) bool { return m.Answer == 0 }) {
			continue
		}
		for _, m := range said {
			for _, seq := range []uint64{m.Question, m.Answer} {
				if err := tx.deleteRaw("private", u64(seq)); err != nil {
					return err
				}
			}
			if err := messages.delete(tx, messageKey(c.ID, m.N)); err != nil {
				return err
			}
		}
		if err := conversations.delete(tx, []byte(c.ID)); err != nil {
			return err
		}
	}
	return nil
}
