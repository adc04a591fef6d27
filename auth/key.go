package auth

import (
	"context"
	"strconv"
	"strings"
	"time"

	"coffre/chain"
	"coffre/store"
)

// NewKey is an API key to be made.
type NewKey struct {
	UserID, Name string
	Scopes       []string  // CleanScopes' default where empty
	All          bool      // instead: all that the user may
	Expires      time.Time // zero: never
	Networks     []string  // addresses or networks that it is used from; everywhere where empty
	Request      string
}

// CreateKey makes a key with all that its user may, without an end: the one of a
// new box, which nobody could renew.
func (s *Service) CreateKey(ctx context.Context, t *store.Tenant, p store.Principal, userID, name string) (secret string, rec store.APIKeyRecord, err error) {
	return s.MakeKey(ctx, t, p, NewKey{UserID: userID, Name: name, All: true})
}

// MakeKey makes an API key for a user and returns its secret, which exists
// nowhere else. A person makes keys for themselves only; the operator for
// anybody. Errors: Denied "not-allowed", NotFound, Invalid "invalid-name",
// "key-scope", "key-network", "key-networks", "key-expires" (max days, where the
// firm sets any), "hardened-key-scope" for one without scopes in hardened mode.
func (s *Service) MakeKey(ctx context.Context, t *store.Tenant, p store.Principal, n NewKey) (secret string, rec store.APIKeyRecord, err error) {
	need := KeysOwn
	if n.UserID != p.UserID || n.UserID == "" {
		need = KeysForOthers
	}
	if err := Require(p, need); err != nil {
		return "", rec, err
	}
	if rec, err = s.newKey(n); err != nil {
		return "", rec, err
	}
	secret = store.NewToken()
	rec.Digest = store.TokenDigest(secret)
	ev := chain.Event{Action: chain.KeyCreate, Session: p.Session, Request: n.Request, Private: chain.Detail{"name": rec.Name}}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *store.Tx) error {
		if _, err := tx.Principal(n.UserID, p.Actor); err != nil {
			return err
		}
		hard := tx.Hardened().On
		if hard && rec.Scopes == nil {
			return store.Fail(store.Invalid, "hardened-key-scope")
		}
		if hard || !p.All {
			if err := s.checkKeyEnd(&tx.View, rec.Expires); err != nil {
				return err
			}
		}
		made, err := tx.CreateAPIKey(rec)
		if err != nil {
			return err
		}
		tx.Event.Detail["scopes"], tx.Event.Detail["networks"] = orAll(rec.Scopes), len(rec.Networks)
		if !rec.Expires.IsZero() {
			tx.Event.Detail["expires"] = rec.Expires.Format(time.RFC3339)
		}
		rec.ID, rec.Created = made.ID, made.Created
		return nil
	})
	if err != nil {
		return "", store.APIKeyRecord{}, err
	}
	return keyToken(t.ID, secret), withoutDigest(rec), nil
}

// newKey checks what was asked for.
func (s *Service) newKey(n NewKey) (rec store.APIKeyRecord, err error) {
	rec = store.APIKeyRecord{UserID: n.UserID, Name: printable(strings.TrimSpace(n.Name), 201), Expires: n.Expires.UTC()}
	if rec.Name == "" || len(rec.Name) > 200 {
		return rec, store.Fail(store.Invalid, "invalid-name", "field", "name")
	}
	if !n.All {
		if rec.Scopes, err = CleanScopes(n.Scopes); err != nil {
			return rec, err
		}
	}
	if rec.Networks, err = CleanNetworks(n.Networks); err != nil {
		return rec, err
	}
	now := s.now()
	if !rec.Expires.IsZero() && (!rec.Expires.After(now) || rec.Expires.After(now.AddDate(0, 0, maxKeyDays+1))) {
		return rec, store.Fail(store.Invalid, "key-expires")
	}
	return rec, nil
}

// SettingKeyDays is the most days that a new key may be valid for; "" sets no
// bound and allows keys without an end.
const SettingKeyDays = "auth.key_days"

// ValidKeyDays tells whether a value of SettingKeyDays will do.
func ValidKeyDays(s string) bool {
	_, ok := bounded(s, 1, maxKeyDays)
	return ok || s == ""
}

// KeyDays is the most days that a new key may be valid for; 0: no bound.
func KeyDays(v *store.View) int {
	n, _ := bounded(v.Setting(SettingKeyDays, ""), 1, maxKeyDays)
	return n
}

func (s *Service) checkKeyEnd(v *store.View, expires time.Time) error {
	most := KeyDays(v)
	if most == 0 || !expires.IsZero() && !expires.After(s.now().Add(time.Duration(most)*24*time.Hour+time.Minute)) {
		return nil
	}
	return store.Fail(store.Invalid, "key-expires", "max", strconv.Itoa(most))
}

func orAll(scopes []string) []string {
	if scopes == nil {
		return []string{"all"}
	}
	return scopes
}

// Key is KeyFrom for a caller without an address: a key that is bound to
// networks is refused.
func (s *Service) Key(ctx context.Context, t *store.Tenant, bearer string) (store.Principal, error) {
	return s.KeyFrom(ctx, t, bearer, "", "")
}

// KeyFrom resolves an API key to its user, who is the principal with the role and
// groups of this moment: a key can do at most what its user can now, and nothing
// once the user is disabled or gone. address is the caller's, request the
// request's id. Errors: Denied "bad-key", whatever the reason, but for whoever
// holds a key that exists: "key-expired", "key-elsewhere", "key-suspended" (KeysRest); they are
// entered like failed sign-ins.
func (s *Service) KeyFrom(ctx context.Context, t *store.Tenant, bearer, address, request string) (store.Principal, error) {
	tenant, secret, ok := ParseKey(bearer)
	if !ok || tenant != t.ID {
		return store.Principal{}, store.Fail(store.Denied, "bad-key")
	}
	var rec store.APIKeyRecord
	var rests bool
	p, err := view(t, func(v *store.View) (p store.Principal, err error) {
		if rec, err = v.APIKeyByDigest(store.TokenDigest(secret)); err != nil {
			return p, err
		}
		if rests, err = KeysRest(v, rec.UserID, s.now()); err != nil {
			return p, err
		}
		p, err = v.Principal(rec.UserID, store.APIKey(rec.ID, rec.UserID))
		p.Scopes = rec.Scopes
		return p, err
	})
	if store.IsNotFound(err) {
		return store.Principal{}, store.Fail(store.Denied, "bad-key")
	}
	if err != nil {
		return store.Principal{}, err
	}
	x := failure{userID: rec.UserID, login: rec.ID, address: address, request: request}
	switch now := s.now(); {
	case !rec.Expires.IsZero() && !now.Before(rec.Expires):
		x.reason = reasonKeyExpired
	case !within(rec.Networks, address):
		x.reason = reasonKeyElsewhere
	case rests:
		x.reason = reasonKeyRests
	default:
		s.uses.noteKey(t.ID, rec.ID, now)
		return p, nil
	}
	s.failures.note(ctx, t, x)
	return store.Principal{}, store.Fail(store.Denied, x.reason)
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
			return store.Fail(store.NotFound, "not-found").Because(&store.Refusal{Of: "key", ID: id})
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
