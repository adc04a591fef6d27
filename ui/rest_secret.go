package ui

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/vault"
)

func (s *Server) restSecretRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/secrets", may: auth.SettingsAdmin, do: (*request).restSecrets},
		{method: "POST", path: "/api/v1/secrets", may: auth.SettingsAdmin, do: (*request).restSecretCreate},
		{method: "POST", path: "/api/v1/secrets/{id}/rotate", may: auth.SettingsAdmin, do: (*request).restSecretRotate},
		{method: "DELETE", path: "/api/v1/secrets/{id}", may: auth.SettingsAdmin, do: (*request).restSecretRevoke},
	}
}

// secretJSON is all that is ever told of a secret.
type secretJSON struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Purpose string    `json:"purpose"`
	Address string    `json:"address"` // the only one that it may be sent to
	State   string    `json:"state"`   // good, soon, due, expired or revoked
	Version uint64    `json:"version"`
	Created time.Time `json:"created"`
	Changed time.Time `json:"changed"` // when its value was last given
	Due     time.Time `json:"due"`     // when another is wanted
	Remind  int       `json:"remind_days"`
	Expires time.Time `json:"expires,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Used    time.Time `json:"used,omitzero"`
	UsedBy  string    `json:"used_by,omitempty"`
	Users   []string  `json:"users"` // settings that name it
}

func asSecretJSON(v *store.View, c store.Credential) (secretJSON, error) {
	state, due := v.CredentialState(c)
	users, err := v.CredentialUsers(c.ID)
	return secretJSON{
		ID: c.ID, Name: c.Name, Purpose: c.Purpose, Address: c.Address, State: state, Version: c.Version,
		Created: c.Created, Changed: c.Changed, Due: due, Remind: v.RotateDays(c), Expires: c.Expires, Ended: c.Ended,
		Used: c.Used, UsedBy: c.UsedBy, Users: append([]string{}, users...),
	}, err
}

// secrets lists them as they may be told.
func (q *request) secrets() (out []secretJSON, err error) {
	out = []secretJSON{}
	err = q.view(func(v *store.View) error {
		all, err := v.Credentials()
		for _, c := range all {
			s, serr := asSecretJSON(v, c)
			out, err = append(out, s), errors.Join(err, serr)
		}
		return err
	})
	return out, err
}

func (q *request) secret(id string) (out secretJSON, err error) {
	err = q.view(func(v *store.View) error {
		c, err := v.Credential(id)
		if err == nil {
			out, err = asSecretJSON(v, c)
		}
		return err
	})
	return out, err
}

func (q *request) restSecrets() error {
	all, err := q.secrets()
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"secrets": all, "cursor": ""})
}

// mostSecretBody bounds a request that brings a value: each byte of it may be
// six in JSON.
const mostSecretBody = 6*vault.MaxSecret + 8<<10

// secretBody reads a request that brings a value into memory of its own, and
// gives it to fn; then it is wiped.
func (q *request) secretBody(fn func(body []byte) error) error {
	body := make([]byte, mostSecretBody+1)
	defer clear(body)
	n, err := io.ReadFull(q.r.Body, body)
	switch {
	case err == nil:
		return store.Fail(store.TooLarge, "request-too-large")
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return store.Fail(store.Invalid, "bad-request")
	}
	return fn(body[:n])
}

// decodeSecret reads a JSON body that holds a value; what is wrong with it is not
// told, since that could quote it.
func (q *request) decodeSecret(v any) error {
	return q.secretBody(func(body []byte) error {
		err := json.Unmarshal(body, v)
		switch {
		case errors.Is(err, vault.ErrSecretText):
			return store.Fail(store.Invalid, "secret-value", "name", "value")
		case err != nil:
			return store.Fail(store.Invalid, "bad-request")
		}
		return nil
	})
}

func (q *request) restSecretCreate() error {
	var in struct {
		Name    string       `json:"name"`
		Purpose string       `json:"purpose"`
		Address string       `json:"address"`
		Value   vault.Secret `json:"value"`
		Remind  int          `json:"remind_days"`
		Expires time.Time    `json:"expires"`
	}
	defer func() { in.Value.Wipe() }()
	if err := q.decodeSecret(&in); err != nil {
		return err
	}
	c, err := q.t.CreateCredential(q.r.Context(), q.p, store.NewCredential{
		Name: in.Name, Purpose: in.Purpose, Address: in.Address, Value: in.Value, Remind: in.Remind, Expires: in.Expires,
	}, q.id)
	if err != nil {
		return err
	}
	out, err := q.secret(c.ID)
	if err != nil {
		return err
	}
	return q.json(http.StatusCreated, out)
}

func (q *request) restSecretRotate() error {
	var in struct {
		Value   vault.Secret `json:"value"`
		Address string       `json:"address"`
		Remind  *int         `json:"remind_days"`
		Expires *time.Time   `json:"expires"`
	}
	defer func() { in.Value.Wipe() }()
	if err := q.decodeSecret(&in); err != nil {
		return err
	}
	id := q.r.PathValue("id")
	_, err := q.t.RotateCredential(q.r.Context(), q.p, id, store.NewValue{Value: in.Value, Address: in.Address, Remind: in.Remind, Expires: in.Expires}, q.id)
	if err != nil {
		return err
	}
	out, err := q.secret(id)
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, out)
}

// revokedJSON is what ended with a secret.
type revokedJSON struct {
	ID      string   `json:"id"`
	Users   []string `json:"users"`   // settings that name it still
	Running int      `json:"running"` // uses that were ended
}

// restSecretRevoke needs accept=users where settings name the secret.
func (q *request) restSecretRevoke() error {
	id := q.r.PathValue("id")
	i, err := q.t.RevokeCredential(q.r.Context(), q.p, id, q.r.FormValue("accept") == "users", q.id)
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, revokedJSON{id, append([]string{}, i.Users...), i.Running})
}
