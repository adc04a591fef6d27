package auth

import (
	"context"
	"strings"

	"coffre/chain"
	"coffre/store"
)

// CreateKey makes an API key for a user and returns its secret, which exists
// nowhere else. A person makes keys for themselves only; the operator for
// anybody. Errors: Denied "not-allowed", NotFound, Invalid "invalid-name".
func (s *Service) CreateKey(ctx context.Context, t *store.Tenant, p store.Principal, userID, name string) (secret string, rec store.APIKeyRecord, err error) {
	need := KeysOwn
	if userID != p.UserID || userID == "" {
		need = KeysForOthers
	}
	if err := Require(p, need); err != nil {
		return "", rec, err
	}
	name = printable(strings.TrimSpace(name), 201)
	if name == "" || len(name) > 200 {
		return "", rec, store.Fail(store.Invalid, "invalid-name", "field", "name")
	}
	secret = store.NewToken()
	ev := chain.Event{Action: chain.KeyCreate, Session: p.Session, Private: chain.Detail{"name": name}}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		if _, err := tx.Principal(userID, p.Actor); err != nil {
			return err
		}
		rec, err = tx.CreateAPIKey(store.APIKeyRecord{Name: name, UserID: userID, Digest: store.TokenDigest(secret)})
		return err
	})
	if err != nil {
		return "", store.APIKeyRecord{}, err
	}
	return keyToken(t.ID, secret), withoutDigest(rec), nil
}

// Key resolves an API key to its user, who is the principal with the role and
// groups of this moment: a key can do at most what its user can now, and nothing
// once the user is disabled or gone. Error: Denied "bad-key", whatever the reason.
func (s *Service) Key(_ context.Context, t *store.Tenant, bearer string) (store.Principal, error) {
	tenant, secret, ok := ParseKey(bearer)
	if !ok || tenant != t.ID {
		return store.Principal{}, store.Fail(store.Denied, "bad-key")
	}
	p, err := view(t, func(v *store.View) (p store.Principal, err error) {
		rec, err := v.APIKeyByDigest(store.TokenDigest(secret))
		if err != nil {
			return p, err
		}
		p, err = v.Principal(rec.UserID, store.APIKey(rec.ID, rec.UserID))
		p.Scopes = rec.Scopes
		return p, err
	})
	if store.IsNotFound(err) {
		return store.Principal{}, store.Fail(store.Denied, "bad-key")
	}
	return p, err
}

// Keys lists the keys that p may see, without their digests: p's own, or with
// keys.admin those of userID, of everybody where it is "".
func (s *Service) Keys(t *store.Tenant, p store.Principal, userID string) ([]store.APIKeyRecord, error) {
	need := KeysOwn
	if userID != p.UserID || userID == "" {
		need = KeysAdmin
	}
	if err := Require(p, need); err != nil {
		return nil, err
	}
	recs, err := view(t, func(v *store.View) ([]store.APIKeyRecord, error) { return v.APIKeys(userID) })
	for i := range recs {
		recs[i] = withoutDigest(recs[i])
	}
	return recs, err
}

// RevokeKey ends a key at once: its user may, and keys.admin. A key that p may
// not see is NotFound.
func (s *Service) RevokeKey(ctx context.Context, t *store.Tenant, p store.Principal, id string) error {
	if !strings.HasPrefix(id, "key-") {
		return store.Fail(store.NotFound, "not-found")
	}
	ev := chain.Event{Action: chain.KeyRevoke, Session: p.Session}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		rec, err := tx.APIKey(id)
		if err != nil {
			return err
		}
		if rec.UserID != p.UserID && !Allowed(p, KeysAdmin) || !Allowed(p, KeysOwn) {
			return store.Fail(store.NotFound, "not-found")
		}
		tx.Event.Detail["user"] = rec.UserID
		return tx.RevokeAPIKey(id)
	})
	return err
}

func withoutDigest(rec store.APIKeyRecord) store.APIKeyRecord {
	rec.Digest = ""
	return rec
}
