package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// When a session or a key was last used is no fact about the firm and no entry:
// one a request would drown the chain. It is written by itself, between two
// commits, some at a time, and a kill loses a minute of it.

// Uses are the latest uses that are not on disk yet: of sessions by the digest
// of their token, of API keys by id.
type Uses struct {
	Sessions, Keys map[string]time.Time
}

// MarkUses writes when sessions and keys were last used, durably. What has ended
// meanwhile, and what is newer on disk, stays as it is.
func (t *Tenant) MarkUses(ctx context.Context, u Uses) error {
	if len(u.Sessions)+len(u.Keys) == 0 {
		return nil
	}
	if err := t.usable(); err != nil {
		return err
	}
	return t.committer.between(ctx, func() error {
		err := guard(t.path, func() error {
			return t.db().Update(func(tx *bolt.Tx) error {
				if err := markAll(tx, sessions, u.Sessions, func(s *Session) *time.Time { return &s.Seen }); err != nil {
					return err
				}
				return markAll(tx, apiKeys, u.Keys, func(k *APIKeyRecord) *time.Time { return &k.Used })
			})
		})
		if err != nil {
			return fmt.Errorf("write last uses: %w", err)
		}
		return nil
	})
}

func markAll[T any](tx *bolt.Tx, in table[T], uses map[string]time.Time, field func(*T) *time.Time) error {
	b := tx.Bucket([]byte(in))
	for key, at := range uses {
		raw := b.Get([]byte(key))
		if raw == nil {
			continue
		}
		var rec T
		if err := json.Unmarshal(raw, &rec); err != nil {
			return in.damaged(err)
		}
		last := field(&rec)
		if !at.After(*last) {
			continue
		}
		*last = at.UTC()
		out, err := json.Marshal(rec)
		if err != nil {
			return fmt.Errorf("encode %s record: %w", string(in), err)
		}
		if err := b.Put([]byte(key), out); err != nil {
			return fmt.Errorf("put %s record: %w", string(in), err)
		}
	}
	return nil
}

// SessionsOf returns the sessions of a user, of everybody where userID is "",
// those that are over left out.
func (v *View) SessionsOf(userID string) (out []Session, err error) {
	now := v.t.now()
	err = sessions.each(v, nil, func(_ []byte, s Session) bool {
		if (userID == "" || s.UserID == userID) && now.Before(s.Expires) {
			out = append(out, s)
		}
		return true
	})
	return out, err
}

// EndSession ends a session by its public id and returns it with its token's
// digest; NotFound where there is none.
func (tx *Tx) EndSession(id string) (ended Session, digest string, err error) {
	err = sessions.each(&tx.View, nil, func(k []byte, s Session) bool {
		if s.ID == id {
			ended, digest = s, string(k)
		}
		return digest == ""
	})
	if err != nil {
		return ended, "", err
	}
	if digest == "" {
		return ended, "", errNotFound
	}
	return ended, digest, sessions.delete(tx, []byte(digest))
}

// EndSessionsOf ends the sessions of a user but the one with the id keep, and
// returns how many.
func (tx *Tx) EndSessionsOf(userID, keep string) (n int, err error) {
	var gone [][]byte
	err = sessions.each(&tx.View, nil, func(k []byte, s Session) bool {
		if s.UserID == userID && s.ID != keep {
			gone = append(gone, append([]byte{}, k...))
		}
		return true
	})
	for _, k := range gone {
		if err := sessions.delete(tx, k); err != nil {
			return 0, err
		}
	}
	return len(gone), err
}
