package store

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"coffre/chain"
)

// Conversation is a row of questions and answers of one person. Its texts are
// the private parts of the entries that its messages name.
type Conversation struct {
	ID      string    `json:"id"`
	Owner   string    `json:"owner"` // user id, or the operator's actor id
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
	N       int       `json:"n"`               // messages so far
	Named   uint64    `json:"named,omitempty"` // entry whose private part holds the title
	Deleted bool      `json:"deleted,omitempty"`
}

// Citation points from an answer to the text of a passage: Quote is byte for
// byte the extracted text of that version at [Start, End).
type Citation struct {
	N        int    `json:"n"`
	Document string `json:"document_id"`
	Version  string `json:"version"`
	Page     int    `json:"page"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
	Verified bool   `json:"verified"`
	Passage  uint32 `json:"passage"`
}

// Message is one question and, once given, its answer.
type Message struct {
	Conversation string     `json:"conversation"`
	N            int        `json:"n"`
	Question     uint64     `json:"question"` // sequence number of question.ask
	Answer       uint64     `json:"answer"`   // of answer.give, 0 until then
	Asked        time.Time  `json:"asked"`
	Abstained    bool       `json:"abstained,omitempty"`
	Cut          bool       `json:"cut,omitempty"` // the reader left or stopped it
	Failed       string     `json:"failed,omitempty"`
	Mode         string     `json:"mode,omitempty"` // quotes, model
	Model        string     `json:"model,omitempty"`
	Citations    []Citation `json:"citations,omitempty"`
	Nearest      []uint32   `json:"nearest,omitempty"` // passages shown with it, in the order of their numbers
	// Found says how each of Nearest was found, in its order; records of before
	// it was kept have none.
	Found []Found `json:"found,omitempty"`
	// Unkept: nothing of what was said is stored, and the conversation is gone
	// with the answer.
	Unkept bool `json:"unkept,omitempty"`
	// Sure is how probable it was that the passages hold the answer, Least what
	// the setting asked for at that moment, both from 0 to 1; records of before
	// they were kept have a Least of 0.
	Sure  float64 `json:"sure,omitempty"`
	Least float64 `json:"least,omitempty"`
}

// Found is how a passage was found: its place from 1 in what the words and in
// what the meaning found, 0 where that way didn't find it, and the share of the
// question that it holds, from 0 to 1 by weight of the words.
type Found struct {
	Words    int     `json:"words,omitempty"`
	Meaning  int     `json:"meaning,omitempty"`
	Coverage float64 `json:"coverage,omitempty"`
	// Before and After are how many passages of its version were shown with it
	// as one text, from right before it and right behind it.
	Before int `json:"before,omitempty"`
	After  int `json:"after,omitempty"`
}

var (
	conversations = table[Conversation]("conversations")
	messages      = table[Message]("messages")
)

func messageKey(conversation string, n int) []byte {
	return append([]byte(conversation+"\x00"), u32(uint32(n))...)
}

// owner is what a conversation's Owner must equal.
func (p Principal) owner() string {
	if p.isGuest() {
		return guestPrefix + p.Session
	}
	if p.UserID != "" {
		return p.UserID
	}
	return p.Actor.ID
}

// Conversation returns one of p's own conversations; everything else is
// NotFound.
func (v *View) Conversation(p Principal, id string) (Conversation, error) {
	c, err := conversations.get(v, []byte(id))
	switch {
	case err != nil || c.Deleted:
		return Conversation{}, errNotFound
	case c.Owner != p.owner():
		return Conversation{}, hidden("conversation", id)
	}
	return c, nil
}

// Conversations returns p's own conversations, newest first, at most limit.
func (v *View) Conversations(p Principal, limit int) ([]Conversation, error) {
	var out []Conversation
	err := conversations.each(v, nil, func(_ []byte, c Conversation) bool {
		if !c.Deleted && c.Owner == p.owner() {
			out = append(out, c)
		}
		return true
	})
	slices.SortFunc(out, func(a, b Conversation) int { return b.Updated.Compare(a.Updated) })
	return out[:min(len(out), limit)], err
}

// Messages returns the messages of a conversation got from Conversation.
func (v *View) Messages(c Conversation) ([]Message, error) {
	var out []Message
	err := messages.each(v, []byte(c.ID+"\x00"), func(_ []byte, m Message) bool { out = append(out, m); return true })
	return out, err
}

// DeleteConversation unlinks a conversation; its texts end with the retention
// of their entries' class.
func (tx *Tx) DeleteConversation(p Principal, id string) error {
	c, err := tx.Conversation(p, id)
	if err != nil {
		return err
	}
	c.Deleted = true
	tx.Event.Object = chain.Object{Kind: "conversation", ID: id}
	return conversations.put(tx, []byte(id), c)
}

// RenameConversation makes the title in the event's private part its name.
func (tx *Tx) RenameConversation(p Principal, id string) error {
	c, err := tx.Conversation(p, id)
	if err != nil {
		return err
	}
	c.Named = tx.Seq
	tx.Event.Object = chain.Object{Kind: "conversation", ID: id}
	return conversations.put(tx, []byte(id), c)
}

// PutQuestion opens a message in a conversation, a new one if id is empty. It
// belongs in the Update whose event is question.ask.
func (tx *Tx) PutQuestion(p Principal, id string) (Message, error) {
	if err := tx.admitGuest(p, id); err != nil {
		return Message{}, err
	}
	if err := tx.admitQuestion(); err != nil {
		return Message{}, err
	}
	now := tx.t.now().UTC()
	c := Conversation{ID: id, Owner: p.owner(), Created: now}
	if id == "" {
		c.ID = NewID()
	} else {
		var err error
		if c, err = tx.Conversation(p, id); err != nil {
			return Message{}, err
		}
	}
	c.N++
	c.Updated = now
	m := Message{Conversation: c.ID, N: c.N, Question: tx.Seq, Asked: now}
	tx.Event.Object = chain.Object{Kind: "conversation", ID: c.ID}
	if err := conversations.put(tx, []byte(c.ID), c); err != nil {
		return m, err
	}
	key := messageKey(c.ID, m.N)
	if err := tx.putRaw("open_questions", u64(tx.Seq), key); err != nil {
		return m, err
	}
	return m, messages.put(tx, key, m)
}

// PutAnswer ends a message. It belongs in the Update whose event is
// answer.give.
func (tx *Tx) PutAnswer(m Message) error {
	m.Answer = tx.Seq
	if m.Unkept {
		if err := tx.forget(&m); err != nil {
			return err
		}
	}
	tx.Event.Object = chain.Object{Kind: "conversation", ID: m.Conversation}
	tx.Event.Detail["question"] = m.Question
	if err := tx.deleteRaw("open_questions", u64(m.Question)); err != nil {
		return err
	}
	return messages.put(tx, messageKey(m.Conversation, m.N), m)
}

// openQuestions returns the messages that a crash left without an answer.
func (v *View) openQuestions() ([]Message, error) {
	var out []Message
	c := v.tx.Bucket([]byte("open_questions")).Cursor()
	for k, key := c.First(); k != nil; k, key = c.Next() {
		m, err := messages.get(v, bytes.Clone(key))
		if err != nil {
			return nil, err
		}
		m.Question = binary.BigEndian.Uint64(k)
		out = append(out, m)
	}
	return out, nil
}
