package store

import "coffre/chain"

// SettingUnkept says whether people may ask without anything being kept: "on" or
// "off". In hardened mode they always may.
const SettingUnkept = "ask.unkept"

// ValidUnkept tells whether a value of SettingUnkept will do.
func ValidUnkept(s string) bool { return s == "on" || s == "off" }

// MayAskUnkept tells whether the firm lets people ask without anything being kept.
func (v *View) MayAskUnkept() bool { return v.Setting(SettingUnkept, "off") == "on" }

// Unkept has the private part of this entry never written: the entry commits to it
// with a salt that is thrown away, so that it shows that something was said, when
// and by whom, and can't be compared even with a guess.
func (tx *Tx) Unkept() {
	tx.unkept = true
	tx.Event.Detail["kept"] = false
}

// PutUnkeptQuestion is PutQuestion for one of which nothing is kept. It stands in a
// conversation of its own, which is over with its answer. Errors: Denied
// "unkept-off" where the firm doesn't let people; Conflict "unkept-held" under a
// legal hold.
func (tx *Tx) PutUnkeptQuestion(p Principal) (Message, error) {
	if !tx.MayAskUnkept() {
		return Message{}, Fail(Denied, "unkept-off")
	}
	held, err := tx.activeHolds()
	if err != nil {
		return Message{}, err
	}
	now := tx.t.now()
	for _, action := range []string{chain.QuestionAsk, chain.AnswerGive} {
		if held.cover(chain.Payload{Action: action, Actor: p.Actor.Actor, Time: now}, p.UserID) {
			return Message{}, Fail(Conflict, "unkept-held")
		}
	}
	m, err := tx.PutQuestion(p, "")
	if err != nil {
		return m, err
	}
	m.Unkept = true
	tx.Unkept()
	return m, messages.put(tx, messageKey(m.Conversation, m.N), m)
}

// forget takes out of a message that ends what tells of its contents, and its
// conversation out of sight.
func (tx *Tx) forget(m *Message) error {
	tx.Unkept()
	m.Citations, m.Nearest, m.Found, m.Sure, m.Least = nil, nil, nil, 0, 0
	c, err := conversations.get(&tx.View, []byte(m.Conversation))
	if err != nil {
		return err
	}
	c.Deleted = true
	return conversations.put(tx, []byte(c.ID), c)
}
