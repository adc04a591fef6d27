package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The bucket "mail" holds the records "state", which alerts were told and how mail
// goes, and "entered", which alerts the journal has, and the mails that wait,
// "wait:" and their id. Neither is a fact about the
// firm: like the position of forwarding they are written between two commits
// (Tenant.MarkMail), so that a box without a relay's answer fills no journal. What
// was sent, or given up, has its entry (Tx.MarkMail). Both are written in one
// transaction, so that an alert counts as told exactly if its mail waits.

// MailTold is how far people were told that a check is bad.
type MailTold struct {
	Seen time.Time `json:"seen"`          // since when the check has been bad
	Told time.Time `json:"told,omitzero"` // of the first mail, zero while it waits to be sure
	Last time.Time `json:"last,omitzero"` // of the newest mail that names it
	Fine time.Time `json:"fine,omitzero"` // since when it has been well again, zero while it is bad
}

// MailFault is why mail doesn't go.
type MailFault struct {
	Since time.Time `json:"since"`
	Code  string    `json:"code"`            // of a sentence for people
	Reply string    `json:"reply,omitempty"` // what the relay said
}

// AlertState is what was told.
type AlertState struct {
	Told   map[string]MailTold `json:"told,omitempty"`   // by the check's name
	Digest string              `json:"digest,omitempty"` // day of the newest digest, 2006-01-02
}

// MailState is what was told by mail, and how mail goes.
type MailState struct {
	AlertState
	Sent time.Time `json:"sent,omitzero"` // when the relay took the newest mail
	// Fault is why nothing goes at all, Refused why one recipient's mail doesn't.
	Fault   *MailFault           `json:"fault,omitempty"`
	Refused map[string]MailFault `json:"refused,omitempty"`
	Entered bool                 `json:"entered,omitempty"` // the Fault has its entry
	Tries   int                  `json:"tries,omitempty"`
	Next    time.Time            `json:"next,omitzero"`  // next attempt after a failure
	Lost    int                  `json:"lost,omitempty"` // mails that were given up since one was sent
}

// Mail is one that waits for the relay. It names checks and figures, never a
// document, a question or a person.
type Mail struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"` // urgent, reminder, fine or digest
	To      string    `json:"to"`
	Lang    string    `json:"lang"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	Made    time.Time `json:"made"`
}

var (
	mailStates  = table[MailState]("mail")
	alertStates = table[AlertState]("mail")
	mails       = table[Mail]("mail")
	keyMail     = []byte("state")
	keyEntered  = []byte("entered")
)

const mailWaiting = "wait:"

// MailChange is what changes together: the state, mails that are new and the ids
// of those that wait no more.
type MailChange struct {
	State MailState
	Add   []Mail
	Drop  []string
}

// MailState returns what was told; the zero state where nothing was.
func (v *View) MailState() (MailState, error) {
	s, err := mailStates.get(v, keyMail)
	if IsNotFound(err) {
		return MailState{}, nil
	}
	return s, err
}

// AlertsEntered returns which alerts the journal has; the zero state where it has
// none.
func (v *View) AlertsEntered() (AlertState, error) {
	s, err := alertStates.get(v, keyEntered)
	if IsNotFound(err) {
		return AlertState{}, nil
	}
	return s, err
}

// EnterAlerts keeps s together with the entry that tells of it.
func (tx *Tx) EnterAlerts(s AlertState) error { return alertStates.put(tx, keyEntered, s) }

// MarkAlerts keeps s by itself, durably: what is not sure yet has no entry.
func (t *Tenant) MarkAlerts(ctx context.Context, s AlertState) error {
	return t.markMail(ctx, map[string]any{string(keyEntered): s}, nil)
}

// MailQueue lists the mails that wait, the oldest first.
func (v *View) MailQueue() (out []Mail, err error) {
	err = mails.each(v, []byte(mailWaiting), func(_ []byte, m Mail) bool { out = append(out, m); return true })
	return out, err
}

// MarkMail changes state and queue together with an entry.
func (tx *Tx) MarkMail(c MailChange) error {
	for _, id := range c.Drop {
		if err := mails.delete(tx, []byte(mailWaiting+id)); err != nil {
			return err
		}
	}
	for _, m := range c.Add {
		if err := mails.put(tx, []byte(mailWaiting+m.ID), m); err != nil {
			return err
		}
	}
	return mailStates.put(tx, keyMail, c.State)
}

// MarkMail changes state and queue by itself, durably.
func (t *Tenant) MarkMail(ctx context.Context, c MailChange) error {
	put := map[string]any{string(keyMail): c.State}
	for _, m := range c.Add {
		put[mailWaiting+m.ID] = m
	}
	return t.markMail(ctx, put, c.Drop)
}

func (t *Tenant) markMail(ctx context.Context, put map[string]any, drop []string) error {
	if err := t.usable(); err != nil {
		return err
	}
	return t.committer.between(ctx, func() error {
		err := guard(t.path, func() error {
			return t.db().Update(func(tx *bolt.Tx) error { return changeMail(tx.Bucket([]byte(mails)), put, drop) })
		})
		if err != nil {
			return fmt.Errorf("write state of mail: %w", err)
		}
		return nil
	})
}

func changeMail(b *bolt.Bucket, put map[string]any, drop []string) error {
	for _, id := range drop {
		if err := b.Delete([]byte(mailWaiting + id)); err != nil {
			return fmt.Errorf("delete mail: %w", err)
		}
	}
	for key, rec := range put {
		text, err := json.Marshal(rec)
		if err != nil {
			return fmt.Errorf("encode mail: %w", err)
		}
		if err := b.Put([]byte(key), text); err != nil {
			return fmt.Errorf("put mail: %w", err)
		}
	}
	return nil
}
