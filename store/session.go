package store

import "time"

// Session is a sign-in in a browser. Its token is never stored, only the
// token's digest, which is the record's key.
type Session struct {
	ID      string    `json:"id"` // public name of the session in entries
	UserID  string    `json:"user"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Agent   string    `json:"agent,omitempty"`

	Address  string    `json:"address,omitempty"`  // of the network, at sign-in
	Seen     time.Time `json:"seen,omitzero"`      // last request, coarse
	Method   string    `json:"method,omitempty"`   // password, directory, oidc, saml, passkey, guest, break-glass
	Provider string    `json:"provider,omitempty"` // who vouched, where it wasn't this box
	Sid      string    `json:"sid,omitempty"`      // the provider's own session
	Factors  []string  `json:"factors,omitempty"`  // what was shown: password, totp, webauthn, recovery
	Fresh    time.Time `json:"fresh,omitzero"`     // last proof of presence
	Needs    []string  `json:"needs,omitempty"`    // steps without which nothing is served
}

// APIKeyRecord is a program's way in, bound to a user. Only the digest of the
// secret is stored.
type APIKeyRecord struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	UserID  string    `json:"user"`
	Digest  string    `json:"digest"`
	Created time.Time `json:"created"`
	Revoked bool      `json:"revoked,omitempty"`

	Scopes   []string  `json:"scopes,omitempty"`   // read, ask, write, admin, audit; nil: all that the user may
	Expires  time.Time `json:"expires,omitzero"`   // never where zero
	Networks []string  `json:"networks,omitempty"` // in CIDR form; any address where empty
	Used     time.Time `json:"used,omitzero"`      // last use, to the hour
}

var (
	sessions = table[Session]("sessions")
	apiKeys  = table[APIKeyRecord]("apikeys")
)

// Session returns the session of a token digest; NotFound once it is over.
func (v *View) Session(digest string) (Session, error) {
	s, err := sessions.get(v, []byte(digest))
	if err == nil && !v.t.now().Before(s.Expires) {
		return Session{}, errNotFound
	}
	return s, err
}

// PutSession stores a session under its token's digest and removes those that
// are over.
func (tx *Tx) PutSession(digest string, s Session) error {
	var dead [][]byte
	err := sessions.each(&tx.View, nil, func(k []byte, o Session) bool {
		if !tx.t.now().Before(o.Expires) {
			dead = append(dead, append([]byte{}, k...))
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, k := range dead {
		if err := sessions.delete(tx, k); err != nil {
			return err
		}
	}
	return sessions.put(tx, []byte(digest), s)
}

// DeleteSession ends a session.
func (tx *Tx) DeleteSession(digest string) error { return sessions.delete(tx, []byte(digest)) }

// DeleteSessionsOf ends all sessions of a user.
func (tx *Tx) DeleteSessionsOf(userID string) error {
	var gone [][]byte
	err := sessions.each(&tx.View, nil, func(k []byte, s Session) bool {
		if s.UserID == userID {
			gone = append(gone, append([]byte{}, k...))
		}
		return true
	})
	for _, k := range gone {
		if err := sessions.delete(tx, k); err != nil {
			return err
		}
	}
	return err
}

// APIKey returns a key by id, revoked or not. In hardened mode its end is the one
// that the mode leaves it (Hardened.ends).
func (v *View) APIKey(id string) (APIKeyRecord, error) {
	k, err := apiKeys.get(v, []byte(id))
	return v.Hardened().ends(k), err
}

// APIKeyByDigest returns the key with this secret digest; NotFound if there is
// none or it is revoked.
func (v *View) APIKeyByDigest(digest string) (APIKeyRecord, error) {
	id := v.getCopy("apikeys", []byte("digest:"+digest))
	if id == nil {
		return APIKeyRecord{}, errNotFound
	}
	k, err := v.APIKey(string(id[1 : len(id)-1]))
	if err == nil && k.Revoked {
		return APIKeyRecord{}, errNotFound
	}
	return k, err
}

// APIKeys returns all keys, of one user if userID is not empty.
func (v *View) APIKeys(userID string) ([]APIKeyRecord, error) {
	var out []APIKeyRecord
	mode := v.Hardened()
	err := apiKeys.each(v, []byte("key-"), func(_ []byte, k APIKeyRecord) bool {
		if userID == "" || k.UserID == userID {
			out = append(out, mode.ends(k))
		}
		return true
	})
	return out, err
}

// CreateAPIKey stores a key; k.Digest is TokenDigest of its secret.
func (tx *Tx) CreateAPIKey(k APIKeyRecord) (APIKeyRecord, error) {
	if _, err := tx.User(k.UserID); err != nil {
		return k, err
	}
	if len(k.Name) > 200 {
		return k, Fail(Invalid, "invalid-name", "field", "name")
	}
	k.ID, k.Created = "key-"+NewID(), tx.t.now().UTC()
	tx.Event.Object.Kind, tx.Event.Object.ID = "api_key", k.ID
	tx.Event.Detail["user"] = k.UserID
	if err := tx.putRaw("apikeys", []byte("digest:"+k.Digest), []byte(`"`+k.ID+`"`)); err != nil {
		return k, err
	}
	return k, apiKeys.put(tx, []byte(k.ID), k)
}

// RevokeAPIKey ends a key at once.
func (tx *Tx) RevokeAPIKey(id string) error {
	k, err := tx.APIKey(id)
	if err != nil {
		return err
	}
	k.Revoked = true
	tx.Event.Object.Kind, tx.Event.Object.ID = "api_key", id
	return apiKeys.put(tx, []byte(id), k)
}
